"""Training: it learns, it goes on where it stopped, and says what it needs."""

import json
import os
import signal

import numpy as np
import pytest

from compressclf.compressors import build_compressor
from compressclf.compressors.bytelm.training import loop
from compressclf.compressors.bytelm.training.card import read_log
from compressclf.compressors.bytelm.training.lanes import PADDING, Lanes, hold_out, padded_batches
from compressclf.compressors.bytelm.training.loop import Recipe, Run
from compressclf.compressors.bytelm.training.produce import train_model
from compressclf.documents import Corpus

pytestmark = pytest.mark.slow

torch = pytest.importorskip("torch")
SMALL = Recipe(hidden=32, lanes=4, window=16, rate=0.01)
TEXTS = Corpus.from_documents([b"to be, or not to be\n" * n for n in (1, 5, 20)] + [b""])
HELD_OUT = Corpus.from_documents([b"to be, or not to be\n" * 3])


@pytest.fixture(autouse=True)
def one_thread():
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def trained(folder, steps, **options):
    run = Run(steps=steps, precision="fp32", device="cpu")
    return train_model(TEXTS, folder, SMALL, run, held_out=HELD_OUT, **options)


def test_it_learns_and_writes_weights_card_and_log(tmp_path):
    said = []
    facts = trained(
        tmp_path / "m", 300, sources=["a play"], licences=["public domain"], say=said.append
    )
    assert float(facts["bits per byte, float32"]) < 2.5  # of 8
    difference = float(facts["bits per byte, integers"]) - float(facts["bits per byte, float32"])
    assert abs(difference) < 0.03
    compressor = build_compressor(f"bytelm:weights={tmp_path / 'm' / 'weights.safetensors'}")
    measured = compressor.codelengths(HELD_OUT).sum() / HELD_OUT.nbytes
    assert f"{measured:.4f}" == facts["bits per byte, integers"]
    card = (tmp_path / "m" / "README.md").read_text()
    assert "- a play" in card
    assert "- public domain" in card
    assert compressor.digest in card
    [line] = (tmp_path / "m" / "log.jsonl").read_text().splitlines()
    assert json.loads(line)["steps"] == 300
    assert said[0].startswith("4 training documents, 0.0 MB; 1 held-out documents, 0.1 kB")
    assert "100%  step 300" in said[1]


def test_going_on_gives_what_not_stopping_gives(tmp_path, monkeypatch):
    trained(tmp_path / "whole", 60)
    steps = loop._Trainer.step

    def stop_in_between(trainer):
        if trainer.steps == 25:
            signal.raise_signal(signal.SIGINT)  # in a step, which is finished
        steps(trainer)

    with monkeypatch.context() as patch:
        patch.setattr(loop._Trainer, "step", stop_in_between)
        with pytest.raises(KeyboardInterrupt):
            trained(tmp_path / "parts", 60)
    assert not (tmp_path / "parts" / "weights.safetensors").exists()
    trained(tmp_path / "parts", 60, resume=True)
    whole, parts = (
        loop.unpack_tensors((tmp_path / name / "checkpoint.safetensors").read_bytes())[0]
        for name in ("whole", "parts")
    )
    assert set(whole) == set(parts)
    assert all((whole[name] == parts[name]).all() for name in whole)
    logs = [read_log(tmp_path / name) for name in ("whole", "parts")]
    for log in logs:
        log[0].pop("seconds")
    assert logs[0] == logs[1]


def test_a_second_interrupt_is_not_waited_for(tmp_path, monkeypatch):
    def twice(trainer):
        signal.raise_signal(signal.SIGINT)
        signal.raise_signal(signal.SIGINT)
        pytest.fail("the step goes on")

    monkeypatch.setattr(loop._Trainer, "step", twice)
    with pytest.raises(KeyboardInterrupt):
        trained(tmp_path / "m", 5)
    assert os.listdir(tmp_path / "m") == []  # a step that is not finished is not saved


def test_a_killed_run_leaves_a_log_that_is_read_and_continued(tmp_path):
    trained(tmp_path / "m", 4)
    log = tmp_path / "m" / "log.jsonl"
    later = json.dumps({**json.loads(log.read_text()), "steps": 5})  # no checkpoint of it
    log.write_text(f'{log.read_text()}{later}\n{{"steps": 6, "sec')
    trained(tmp_path / "m", 6, resume=True)
    assert [line["steps"] for line in read_log(tmp_path / "m")] == [4, 6]


def test_other_data_may_be_taken_up(tmp_path):
    trained(tmp_path / "m", 5)
    said = []
    other = Corpus.from_documents([b"short"])
    run = Run(steps=8, precision="bf16", device="cpu")
    train_model(other, tmp_path / "m", SMALL, run, held_out=HELD_OUT, resume=True, say=said.append)
    assert "The data differ from those of the checkpoint: all lanes start again." in said


def test_what_cannot_be_done_is_said(tmp_path):
    with pytest.raises(ValueError, match=r"has no checkpoint\.safetensors; leave out `resume`"):
        trained(tmp_path / "none", 5, resume=True)
    trained(tmp_path / "m", 2)
    with pytest.raises(ValueError, match="already holds a training: continue it with `resume`"):
        trained(tmp_path / "m", 5)
    other, run = Recipe(hidden=64), Run(steps=5)
    with pytest.raises(ValueError, match=r"cannot be resumed \(it was made with Recipe"):
        train_model(TEXTS, tmp_path / "m", other, run, held_out=HELD_OUT, resume=True)
    checkpoint = tmp_path / "m" / "checkpoint.safetensors"
    checkpoint.write_bytes(checkpoint.read_bytes()[:-1])
    with pytest.raises(ValueError, match=r"cannot be resumed \(not a complete safetensors file"):
        trained(tmp_path / "m", 5, resume=True)


@pytest.mark.parametrize(
    ("recipe", "run", "complaint"),
    [
        (Recipe(hidden=100), Run(steps=1), "`hidden` must be a multiple of 32 from 32 to 1024"),
        (Recipe(layers=0), Run(steps=1), "`layers` must be from 1 to 16"),
        (Recipe(rate=2.0), Run(steps=1), "`rate` between 0 and 1"),
        (Recipe(), Run(), "Give `minutes` or `steps`, which say how long to train"),
        (SMALL, Run(steps=1, device="cuda:99"), "The device 'cuda:99' cannot be used"),
        (SMALL, Run(steps=1, device="abacus"), "The device 'abacus' cannot be used"),
    ],
)
def test_wrong_parameters_are_refused(tmp_path, recipe, run, complaint):
    with pytest.raises(ValueError, match=complaint):
        train_model(TEXTS, tmp_path / "m", recipe, run, held_out=HELD_OUT)


def test_no_text_is_refused(tmp_path):
    with pytest.raises(ValueError, match="There is no held-out text"):
        train_model(TEXTS[3:], tmp_path / "m", SMALL, Run(steps=1))
    with pytest.raises(ValueError, match="There is no text to train on"):
        train_model(TEXTS[3:], tmp_path / "m", SMALL, Run(steps=1), held_out=HELD_OUT)


def test_a_loss_that_is_no_number_ends_the_training(tmp_path, monkeypatch):
    monkeypatch.setattr(loop, "_loss", lambda *_: (torch.tensor(np.nan, requires_grad=True),
                                                       torch.zeros(1, 4, 32)))  # fmt: skip
    with pytest.raises(ValueError, match="not a number after 1 steps; choose a smaller"):
        trained(tmp_path / "m", 5)


def test_lanes_read_documents_from_the_first_byte_on():
    docs = Corpus.from_documents([b"abcdefgh", b"", b"xy"])
    lanes = Lanes(docs, n_lanes=3, window=5, seed=1)
    read = [[] for _ in range(3)]
    for _ in range(40):
        inputs, targets, begins = lanes.window()
        for lane in range(3):
            there = targets[:, lane] != PADDING
            data = bytes(targets[there, lane].tolist())
            before = [256] if begins[lane] else [read[lane][-1][-1]]
            assert inputs[there, lane].tolist() == (before + list(data))[: len(data)]
            if begins[lane]:
                read[lane].append(data)
            else:
                read[lane][-1] += data
    finished = {text for texts in read for text in texts[:-1]}
    assert finished == {b"abcdefgh", b"xy"}


def test_long_documents_are_read_in_pieces_that_begin_at_lines():
    line = b"a line of a long book\n"
    book = line * 5000
    lanes = Lanes(Corpus.from_documents([book]), n_lanes=1, window=64, seed=0)
    beginnings = 0
    for _ in range(2000):
        _, targets, begins = lanes.window()
        if begins[0]:
            beginnings += 1
            assert bytes(targets[:22, 0].tolist()) == line
    assert 20 < beginnings < 200


def test_held_out_text_is_not_trained_on():
    short = [b"document %d" % i for i in range(500)]
    book = bytes(range(97, 123)) * 2000
    training_docs, measured = hold_out(Corpus.from_documents([*short, *short, book]), 0.1, 0)
    kept, held = set(training_docs), set(measured)
    assert not kept & held
    assert 20 < len(held & set(short)) < 80
    cut = int(len(book) * 0.9)
    assert book[:cut] in kept
    assert book[cut : cut + 4096] in held
    assert sum(map(len, held - set(short))) == len(book) - cut


def test_padded_batches_hold_every_byte_once():
    docs = Corpus.from_documents([b"abc", b"", b"d", b"efgh" * 10])
    found = {}
    for which, inputs, targets in padded_batches(docs, 8):
        for lane, index in enumerate(which.tolist()):
            there = targets[:, lane] != PADDING
            found[index] = bytes(targets[there, lane].tolist())
            assert inputs[0, lane] == 256
            assert inputs[1 : there.sum(), lane].tolist() == list(found[index][:-1])
    assert found == {0: b"abc", 2: b"d", 3: b"efgh" * 10}
