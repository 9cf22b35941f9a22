import json
import subprocess
import sys

import click
import pytest
from click.testing import CliRunner

from compressclf import pairwise_distances
from compressclf.cli import COMMANDS, cli
from compressclf.compressors import COMPRESSORS, build_compressor
from tests.registered import QUICK

HEAVY = ("numpy", "numba", "sklearn", "torch", "datasets", "pandas", "pyarrow", "scipy")


def run(*arguments, **options):
    result = CliRunner().invoke(cli, list(map(str, arguments)), **options)
    assert result.exit_code == 0, result.stderr
    return result


@pytest.mark.parametrize("statement", ["import compressclf", "import compressclf.cli"])
def test_importing_loads_nothing_heavy(statement):
    code = f"{statement}; import sys; print([m for m in {HEAVY} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize("arguments", [["--help"], *([name, "--help"] for name in COMMANDS)])
def test_help_loads_nothing_heavy(arguments):
    heavy = HEAVY if len(arguments) == 1 else HEAVY[1:]  # a command's options need numpy
    code = (
        f"import sys\nfrom compressclf.cli import main\nsys.argv = ['compressclf', *{arguments}]\n"
        f"try: main()\nfinally: print([m for m in {heavy} if m in sys.modules], file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stderr.strip() == "[]"
    assert "Usage" in done.stdout


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_is_documented_with_an_example(name):
    command = cli.get_command(click.Context(cli), name)
    assert command.help.split("\n", 1)[0] == COMMANDS[name]
    assert f"compressclf {name}" in command.help
    text = run(name, "-h").stdout
    assert "Usage: cli" in text or "Usage: compressclf" in text


def test_every_option_has_help():
    for name in COMMANDS:
        command = cli.get_command(click.Context(cli), name)
        for option in command.params:
            if isinstance(option, click.Option) and option.name not in {"style", "seed"}:
                assert option.help or option.name.endswith("_column"), f"{name} {option.name}"


def test_version():
    assert run("--version").stdout.startswith("compressclf, version ")


def test_compressors():
    rows = json.loads(run("compressors", "--format", "json").stdout)
    assert [row["spec"].partition(":")[0] for row in rows] == COMPRESSORS.names()
    gzip = rows[0]
    assert (gzip["overhead"], gzip["window"], gzip["lossless"]) == (20, 32768, "yes")
    assert gzip["engine"] in {"deflate engine, exact", "library"}  # as the running zlib is
    assert {row["engine"] for row in rows[:3]} == {gzip["engine"]}
    assert "gzip:level=9" in run("compressors").stdout


def test_a_compressor_that_is_not_installed_names_its_extra(monkeypatch):
    monkeypatch.setitem(sys.modules, "lz4", None)
    monkeypatch.delitem(sys.modules, "compressclf.compressors.lz4", raising=False)
    rows = json.loads(run("compressors", "--format", "json").stdout)
    row = next(row for row in rows if row["spec"] == "lz4")
    assert row["version"] == "not installed: pip install 'compressclf[lz4]'"
    failed = CliRunner().invoke(
        cli, ["classify", "sample:digits", "--method", "ncd-knn", "--compressor", "lz4"]
    )
    assert failed.exit_code == 1
    assert failed.stderr == "Error: 'lz4' is not installed: pip install 'compressclf[lz4]'\n"


def test_codelength_in_bits_per_byte(tmp_path):
    text = b"to be or not to be, that is the question. " * 20
    (tmp_path / "a.txt").write_bytes(text)
    table = json.loads(run("codelength", tmp_path / "a.txt", "--format", "json").stdout)
    assert table[0]["bytes"] == len(text)
    assert [*table[0]][2:] == QUICK
    for name in QUICK:
        assert table[0][name] == build_compressor(name).codelength(text) / len(text)
    chosen = run("codelength", "-", "--compressor", "zstd:level=19", "--format", "json", input=text)
    expected = build_compressor("zstd:level=19").codelength(text) / len(text)
    assert json.loads(chosen.stdout) == [
        {"file": "-", "bytes": len(text), "zstd:level=19": expected}
    ]


def test_distance(tmp_path):
    for name, text in (("a", b"to be or not to be"), ("b", b"not to be")):
        (tmp_path / name).write_bytes(text)
    expected = pairwise_distances([b"to be or not to be"], [b"not to be"])[0, 0]
    assert float(run("distance", tmp_path / "a", tmp_path / "b").stdout) == pytest.approx(
        expected, rel=1e-5
    )
    report = json.loads(
        run(
            "distance",
            "--literal",
            "to be or not to be",
            "not to be",
            "--compressor",
            "xz",
            "--metric",
            "conditional",
            "--format",
            "json",
        ).stdout
    )
    assert report["distance"] == report["bits"]["yx"] - report["bits"]["y"]
    assert report["order"] == "yx"


def test_datasets(tmp_path):
    assert "sample:bbc-news" in run("datasets").stdout
    (tmp_path / "train.csv").write_text("text,label\none,a\none,a\nthree,b\n")
    (tmp_path / "test.csv").write_text("text,label\none,a\nnew,b\n")
    rows = json.loads(run("datasets", tmp_path, "--format", "json").stdout)
    assert rows[0] == {
        "part": "train",
        "documents": 3,
        "classes": 2,
        "smallest class": 1,
        "largest class": 2,
        "mean bytes": 4,
        "longest": 5,
        "empty": 0,
        "repeated": 1,
        "in train": None,
        "read_as": {
            "format": "CSV",
            "encoding": "UTF-8",
            "delimiter": "comma",
            "columns": "'text' (text), 'label' (label)",
            "parts": "train.csv and test.csv",
        },
        "remarks": [],
    }
    assert (rows[1]["documents"], rows[1]["in train"]) == (2, 1)


def test_datasheet(tmp_path):
    (tmp_path / "train.csv").write_text("text,label\none,a\none,b\nthree,b\n")
    (tmp_path / "test.csv").write_text("text,label\none,a\nnew,b\n")
    sheet = run("datasets", tmp_path, "--datasheet").stdout
    assert sheet.startswith(f"# Datasheet: {tmp_path.name}".replace("_", "\\_"))
    assert "training part: 1 of 2 (50.0%)." in sheet
    assert "with two or more labels: 1 (3 rows)." in sheet
    run("datasets", tmp_path, "--datasheet", "--format", "md", "-o", tmp_path / "SHEET.md")
    assert (tmp_path / "SHEET.md").read_text(encoding="utf-8") == sheet


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "--datasheet needs a SOURCE to describe."),
        (
            ["sample:digits", "--format", "json"],
            "A datasheet is Markdown: leave --format out, or use --format md.",
        ),
    ],
)
def test_datasheets_that_cannot_be(arguments, message):
    result = CliRunner().invoke(cli, ["datasets", "--datasheet", *arguments])
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.endswith(f"Error: {message}\n")


@pytest.mark.skipif(sys.platform == "win32", reason="signals have no exit code there")
@pytest.mark.parametrize(
    ("command", "after", "code", "told"),
    [
        # Interrupted while a string is executed, as when a library makes a class.
        ("exec('raise KeyboardInterrupt')", "pass", 130, "Interrupted.\n"),
        # Interrupted while a library of compiled code is imported.
        ("exec('raise ImportError from KeyboardInterrupt()')", "pass", 130, "Interrupted.\n"),
        # Interrupted when the work is done.
        ("pass", "signal.raise_signal(signal.SIGINT)", 0, ""),
    ],
)
def test_an_interrupted_command_ends_with_130_and_a_finished_one_with_0(
    command, after, code, told, tmp_path
):
    (tmp_path / "interrupted.py").write_text(
        f"import atexit, click, signal, sys\n"
        f"from compressclf.cli import cli, main\n"
        f"cli.get_command = lambda *_: click.Command('datasets', callback=lambda: {command})\n"
        f"atexit.register(lambda: {after})\n"
        f"sys.argv = ['compressclf', 'datasets']\n"
        f"main()\n".replace("lambda: pass", "lambda: None")
    )
    done = subprocess.run(
        [sys.executable, "-m", "interrupted"], cwd=tmp_path, capture_output=True, text=True
    )
    assert (done.returncode, done.stderr) == (code, told)


def test_an_interrupt_while_arguments_are_read_ends_with_130(monkeypatch):
    def interrupted(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(cli, "parse_args", interrupted)
    result = CliRunner().invoke(cli, ["compressors"])
    assert (result.exit_code, result.stderr) == (130, "Interrupted.\n")
