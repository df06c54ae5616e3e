# make demo    install into .venv from the lock, then run the demo study
# make test    install the same way, then run every check
# make test-slow    the tests that simulate longest
# Others: install, lint, bench, docs, lock, clean.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
CORES ?= $(shell nproc 2>/dev/null || echo 2)
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.PHONY: demo test test-slow install lint bench docs lock clean
.DEFAULT_GOAL := demo

demo: install
	@echo "== demo: simulate, analyse and draw the demo study =="
	@start=$$(date +%s) && $(BIN)/snakemake --cores $(CORES) && \
	echo "== demo done in $$(( $$(date +%s) - start )) s; look at results/demo/figures and results/demo.nxs =="

test: install lint
	@echo "== tests: units, real data, one small workflow =="
	@start=$$(date +%s) && $(BIN)/pytest -q -n $(CORES) --dist loadfile && \
	echo "== tests done in $$(( $$(date +%s) - start )) s =="

test-slow: install
	@echo "== slow tests: quoted sigmas over thousands of simulated cases, a second whole demo =="
	@start=$$(date +%s) && $(BIN)/pytest -q -n $(CORES) --dist loadfile -m slow && \
	echo "== slow tests done in $$(( $$(date +%s) - start )) s =="

install: $(STAMP)

$(STAMP): requirements/lock.txt pyproject.toml
	@$(PYTHON) -c 'import sys; v = sys.version_info; \
	sys.exit(None if v >= (3, 11) else f"Python 3.11 or newer is needed, this is {v[0]}.{v[1]}; say PYTHON=python3.11")'
	@echo "== install: $$(grep -c == requirements/lock.txt) packages into $(VENV), 2.6 GB, about two minutes =="
	@start=$$(date +%s) && $(PYTHON) -m venv $(VENV) && \
	$(BIN)/python -m pip install --quiet --no-deps --require-hashes -r requirements/lock.txt && \
	$(BIN)/python -m pip install -qq --no-deps --no-build-isolation -e . && \
	touch $@ && echo "== install done in $$(( $$(date +%s) - start )) s =="

lint: install
	@echo "== checks: format, lint, types, import contracts =="
	@start=$$(date +%s) && $(BIN)/ruff format --check --quiet . && $(BIN)/ruff check --quiet . && \
	$(BIN)/snakefmt --check Snakefile workflow/rules && \
	$(BIN)/mypy --no-error-summary && $(BIN)/lint-imports --no-cache > $(VENV)/lint-imports.log || \
	{ cat $(VENV)/lint-imports.log 2>/dev/null; false; } && \
	echo "== checks done in $$(( $$(date +%s) - start )) s =="

bench: install
	@OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 MKL_NUM_THREADS=1 $(BIN)/python -m benchmarks

docs: install
	@$(BIN)/python -m pipeline docs

# The lock is for every platform and Python; uv resolves it in a minute. No index address goes into it.
lock:
	@command -v uv > /dev/null || { echo "make lock needs uv: pip install uv"; exit 1; }
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-header \
	--no-emit-index-url --no-emit-find-links --upgrade \
	requirements/base.in requirements/dev.in --output-file requirements/lock.txt

clean:
	rm -rf results .snakemake raw/demo
