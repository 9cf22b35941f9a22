"""A small part of ``python -m benchmarks.hostile``, in this process."""

import json
from functools import partial

import pytest

from benchmarks import hostile_files, hostile_models
from benchmarks.hostile import told
from benchmarks.hostile_models import config_changes, file_changes, use
from compressclf import NCDClassifier, save_model
from compressclf.compressors.files import pack

SLOW = ("many lists", "many members", "long names", "many names", "separator", "versions")


@pytest.fixture
def canary(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOSTILE_CANARY", str(tmp_path / "canary"))
    return tmp_path / "canary"


def test_hostile_models_are_refused_or_work(canary, tmp_path):
    classifier = NCDClassifier(2, n_jobs=1).fit(hostile_models.TEXTS, hostile_models.LABELS)
    save_model(classifier, tmp_path / "model")
    config = json.loads((tmp_path / "model" / "config.json").read_text())
    found = {}
    changes = [*file_changes(), *config_changes(config, tmp_path)]
    for attack, change in [change for change in changes if change[0] not in SLOW][::3]:
        found[attack] = told(partial(use, tmp_path / "model", change, tmp_path))
        assert not canary.exists(), attack
    assert set(found.values()) == {"refused", "accepted"}, found
    assert sum(outcome == "refused" for outcome in found.values()) > 20


def test_hostile_files_are_refused(canary, tmp_path):
    file = pack(hostile_files.TEXT, "gzip")
    attacks = [{"n_bytes": n} for n in hostile_files.LENGTHS]
    attacks += [{"spec": spec} for spec in hostile_files.specs(tmp_path)]
    attacks += [{"code": b""}, {"code": bytes(500)}, {"check": False}]
    for attack in attacks:
        hostile = hostile_files.forged(file, **attack)
        assert told(partial(hostile_files.use, hostile)) == "refused", attack
