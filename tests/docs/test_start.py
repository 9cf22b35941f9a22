"""The commands of the page Start, run in order in an empty folder, and the outputs it shows."""

import doctest
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "index.md").read_text(encoding="utf-8")
# a block of commands, and the output below it, if there is one
BLOCKS = re.findall(r"```sh\n(.*?)```(?:\n\n```text\n(.*?)```)?", PAGE, flags=re.DOTALL)


def test_the_page_goes_from_the_installation_to_a_page_for_others():
    commands = [re.findall(r"^(?:pip|compressclf) \S+", block, re.MULTILINE) for block, _ in BLOCKS]
    assert [command for block in commands for command in block] == [
        "pip install",
        "compressclf datasets",
        "compressclf classify",
        "compressclf predict",
        "compressclf predict",
        "compressclf explain",
        "compressclf export",
    ]


def test_all_commands_run_in_order_and_print_what_the_page_shows(tmp_path):
    (tmp_path / "bin").mkdir()
    script = tmp_path / "bin" / "compressclf"
    script.write_text(f"#!{sys.executable}\nfrom compressclf.cli import main\nmain()\n")
    script.chmod(0o755)
    here = tmp_path / "empty"
    here.mkdir()
    environment = os.environ | {
        "PATH": f"{script.parent}{os.pathsep}{os.environ['PATH']}",
        "PYTHONPATH": str(ROOT),
    }
    for block, shown in BLOCKS[1:]:  # the package is installed
        run = subprocess.run(
            ["sh", "-e", "-c", block],
            capture_output=True,
            text=True,
            cwd=here,
            env=environment,
            timeout=300,
        )
        assert run.returncode == 0, (block, run.stderr)
        if shown:
            options = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE
            example = doctest.Example(block, shown)
            checker = doctest.OutputChecker()
            assert checker.check_output(shown, run.stdout, options), checker.output_difference(
                example, run.stdout, options
            )
    assert sorted(path.name for path in here.iterdir()) == [
        "messages", "messages.csv", "new.txt", "page.html", "why.svg",
    ]  # fmt: skip
    picture = (here / "why.svg").read_text(encoding="utf-8")
    assert picture == (ROOT / "docs" / "start" / "why.svg").read_text(encoding="utf-8")
