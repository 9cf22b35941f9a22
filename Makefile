# Two commands: `make demo` and `make test`. Both work in a fresh clone and install what they need
# into .venv; PYTHON chooses the interpreter.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PARALLEL := -n auto --maxprocesses 4 --dist worksteal
PIP := $(BIN)/pip install --quiet --disable-pip-version-check --constraint constraints.txt

.PHONY: demo test test-fast check docs reference notebooks lite clean

demo: $(VENV)/samples
	$(BIN)/compressclf classify sample:bbc-news

test: $(VENV)/test check
	$(BIN)/python -m pytest $(PARALLEL) --durations 10

test-fast: $(VENV)/test
	$(BIN)/python -m pytest $(PARALLEL) -m "not slow"

check: $(VENV)/test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

docs: $(VENV)/test
	$(BIN)/python -m docs.figures
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict

reference: $(VENV)/test
	$(BIN)/python -m compressclf.cli._reference > docs/reference/cli.md

notebooks: $(VENV)/test
	$(BIN)/python -m notebooks.execute

lite: $(VENV)/lite
	$(BIN)/python -m notebooks.lite

$(VENV)/%: setup.cfg pyproject.toml constraints.txt
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "installing compressclf[$*] into $(VENV)" >&2
	@$(PIP) --editable '.[$*]'
	@$(BIN)/compressclf compressors > $(VENV)/compressors.txt # compiles what is compiled once
	@$(BIN)/python -c "from compressclf.models.blocks.model import compile_blocks; compile_blocks()"
	@touch $@

clean:
	rm -rf $(VENV) build site *.egg-info
