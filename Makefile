# Two commands are enough: `make demo` runs the default week, `make test` runs the tests. Both make `.venv` if it is not there.
PYTHON ?= $(shell for p in python3.12 python3.13 python3.14 python3; do \
	if command -v $$p >/dev/null && $$p -c 'import sys; sys.exit(sys.version_info < (3, 12))' 2>/dev/null; then echo $$p; break; fi; done)
BIN := .venv/bin

.PHONY: demo test slow lint bench clean
demo: .venv/ready
	$(BIN)/p2p run --out results/demo
	@echo "Open results/demo/report.html in a browser."

test: .venv/ready
	$(BIN)/python -m pytest -n 2

slow: .venv/ready
	$(BIN)/python -m pytest -n 2 -m slow

lint: .venv/ready
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy

bench: .venv/ready
	$(BIN)/p2p bench

# Compiled on install: a later start is then three times as fast.
.venv/ready: pyproject.toml constraints.txt
	@test -n "$(PYTHON)" || { echo "p2p needs Python 3.12 or newer, and none was found. Install one, or name it: make PYTHON=/path/to/python3.12"; exit 1; }
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	PYTHONDONTWRITEBYTECODE= $(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable ".[grid,optimise,learn,dev]"
	touch .venv/ready

clean:
	rm -rf .venv build *.egg-info results .pytest_cache .mypy_cache .ruff_cache .hypothesis
