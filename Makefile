# Everything is set up on first use: a fresh clone needs Python 3.11 or later and make, no more.
#
#   make demo       the whole road on real data: lexicon, compiled type, shards, batches, a trained classifier
#   make test       `make check`, then the tests (ten minutes on two cores)
#   make check      types, lint, formatting, import rules, compiled code up to date
#   make test-long  kills, thousands of examples, other implementations
#   make bench      how fast we are beside others (an hour; `make bench ARGS=--quick` for a try); writes docs/benchmarks.md
#   make build      compile lexicons/ into generated/
#   make format     black and ruff, writing
#   make clean      remove what these targets made

PYTHON ?= python3
VENV   ?= .venv
JOBS   ?= 2
# Twice as many as cores: a third of its time a process of tests waits for servers and for what it has started.
TESTERS ?= 4
ARGS   ?=

BIN    := $(VENV)/bin
STAMP  := $(VENV)/.atdata-installed
# The two long ones first.
CHECKS := check-mypy check-pyright check-ruff check-black check-generated check-imports check-compiled
WHOLE  := $(if $(filter output-sync,$(.FEATURES)),--output-sync=target)
# Without it `python3` of another environment could be found by the tools that look for one.
export PATH := $(CURDIR)/$(BIN):$(PATH)
export PIP_DISABLE_PIP_VERSION_CHECK := 1
# Tests start hundreds of processes, and each would compile every module again.
export PYTHONDONTWRITEBYTECODE :=

.DEFAULT_GOAL := test
.PHONY: demo test check $(CHECKS) test-long bench build format clean setup

setup: $(STAMP)

# Installed again only when pyproject.toml has changed. The new pip is for dependency groups (PEP 735).
$(STAMP): pyproject.toml
	@test -x $(BIN)/python || $(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "atdata needs Python 3.11 or later, this is " + sys.version)'
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade 'pip>=25.1'
	$(BIN)/python -m pip install --quiet --editable . --group dev
	@touch $@

demo: $(STAMP)
	$(BIN)/python examples/digits/demo.py

test: check
	$(BIN)/python -m pytest -n $(TESTERS) --dist loadgroup

test-long: $(STAMP)
	$(BIN)/python -m pytest -n $(JOBS) --dist loadgroup -m long

# Beside each other, each with its output in one piece where make can do that; all say what they find.
check: $(STAMP)
	+@$(MAKE) --no-print-directory --jobs=$(JOBS) $(WHOLE) --keep-going $(CHECKS)

check-mypy:
	$(BIN)/mypy

check-pyright:
	$(BIN)/pyright --pythonpath $(BIN)/python

check-ruff:
	$(BIN)/ruff check .

check-black:
	$(BIN)/black --quiet --check --diff .

check-generated:
	$(BIN)/black --quiet --check --diff --config /dev/null --line-length 88 --target-version py311 generated

check-imports:
	$(BIN)/lint-imports --no-logo

check-compiled:
	$(BIN)/atdata-gen check

bench: $(STAMP)
	$(BIN)/python -m benchmarks $(ARGS)

build: $(STAMP)
	$(BIN)/atdata-gen build

format: $(STAMP)
	$(BIN)/ruff check --fix .
	$(BIN)/black --quiet .

clean:
	rm -rf $(VENV) .bench .servers build dist demo-output .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
