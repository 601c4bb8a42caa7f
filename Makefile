# Every target works from a clean clone: it makes .venv, installs what it needs once, and says what is missing.

VENV ?= .venv
BIN := $(VENV)/bin
# The first interpreter that is new enough; `make PYTHON=/path/to/python3` overrides.
PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11; do \
	"$$p" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1 && { echo "$$p"; break; }; done)
PIP := $(BIN)/python -m pip --disable-pip-version-check -q
PYTEST := $(BIN)/python -m pytest
ARGS ?=

.DEFAULT_GOAL := test
.DELETE_ON_ERROR:
.NOTPARALLEL:
.PHONY: demo test test-all agreement bench bench-plates golden lint clean install install-ocr

demo: install-ocr
	@mkdir -p build/demo
	$(BIN)/alpr-policy run examples/demo --hotlist examples/demo/hotlist.csv --setting examples/demo/context.yaml \
		--policies examples/demo/policies $(addprefix --profile ,cambridge leicester waltham billerica exampletown) \
		--at 2026-05-04T10:00:00-04:00 --log build/demo/decisions.jsonl

test: install-ocr lint
	$(PYTEST) -m "not slow" -q -n auto $(ARGS)

test-all: install-ocr lint
	$(PYTEST) -q -n auto $(ARGS)

# A million drawn requests under each profile, decided by every evaluator: about twenty minutes on two cores.
agreement: install-ocr
	$(BIN)/python -m tests.laws.agreement $(or $(ARGS),1000000)

# A benchmark is a module of tests/benchmarks whose __main__ prints a table; it never fails on a slow machine.
bench: install-ocr
	@if [ -f tests/benchmarks/__main__.py ]; then $(BIN)/python -m tests.benchmarks $(ARGS); \
	else echo "no benchmarks yet: tests/benchmarks has no __main__.py"; fi

# Reads photographs with every engine that is installed; without photographs it says so. ARGS='--photos DIR' takes others.
bench-plates: install-ocr
	$(BIN)/python -m tests.benchmarks.plates $(ARGS)

# Rewrites tests/golden from what the code does now; the commit that carries the difference says why it is right.
golden: install-ocr
	@$(PYTEST) -q --update-golden $(ARGS) || [ $$? -eq 5 ]

lint: install
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo

clean:
	rm -rf $(VENV) build dist .coverage htmlcov .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache
	find . -name .git -prune -o -type d -name __pycache__ -exec rm -rf {} +

install: $(VENV)/.installed

$(VENV)/.installed: pyproject.toml constraints.txt
	@if [ -z "$(PYTHON)" ] || ! "$(PYTHON)" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then \
		echo "alpr-policy needs Python 3.11 or newer, and none was found as \`$(or $(PYTHON),python3)\`." >&2; \
		echo "Install one, or name it: make PYTHON=/path/to/python3.11" >&2; exit 1; fi
	@$(BIN)/python -m pip --version >/dev/null 2>&1 || $(PYTHON) -m venv --clear $(VENV)
	$(PIP) install -c constraints.txt --upgrade pip
	$(PIP) install -c constraints.txt --group dev -e .
	@touch $@

# The plate reader is the one heavy part that demo and tests use. Without it they still run, say so and skip; the next
# run tries again.
install-ocr: install
	@[ $(VENV)/.installed-ocr -nt $(VENV)/.installed ] || { \
		echo "$(PIP) install -c constraints.txt -e '.[ocr]'"; \
		if ! $(PIP) install -c constraints.txt -e '.[ocr]'; then \
			echo "the extra ocr could not be installed: what reads photographs is skipped" >&2; \
		elif ! $(BIN)/python -c 'import cv2, onnxruntime'; then \
			echo "the extra ocr is installed but cannot be loaded: what reads photographs is skipped" >&2; \
			echo "(where libGL or libgthread is missing, on Debian: apt-get install libgl1 libglib2.0-0)" >&2; \
		else touch $(VENV)/.installed-ocr; fi; }
