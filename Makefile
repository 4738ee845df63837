# Every target installs what it needs. Needed beforehand: make and Python 3.11, 3.12 or 3.13.
PYTHON ?= python3
BIN := .venv/bin
export PYTHONPATH := $(CURDIR)
export DO_NOT_TRACK := 1

.PHONY: run test test-unit ui lint format bench docs lock clean install help

help: ## Show this help
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

install: .venv/.ready ## Create .venv and install the locked packages

.venv/.ready: requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; ok = (3, 11) <= sys.version_info[:2] <= (3, 13); sys.exit(0 if ok else "Python 3.11, 3.12 or 3.13 is needed, found " + sys.version.split()[0] + "; try: make PYTHON=python3.11 " )'
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps -r requirements-bootstrap.lock
	UV_PYTHON_DOWNLOADS=never $(BIN)/uv pip sync --quiet --compile-bytecode --python $(BIN)/python requirements.lock
	UV_PYTHON_DOWNLOADS=never $(BIN)/uv pip install --quiet --no-deps --python $(BIN)/python --editable .
	$(BIN)/python -m extractors.posting_text.warm
	@touch $@

run: .venv/.ready ## Build and release the fictional sample state
	$(BIN)/currency refresh --sample

test: .venv/.ready ## All tests; what needs an absent system package is skipped by name
	$(BIN)/python -m pytest -n auto --dist loadfile

test-unit: .venv/.ready ## The fast tier
	$(BIN)/python -m pytest tests/unit

ui: .venv/.ready ## Open Dagster on what was built
	$(BIN)/currency ui

lint: .venv/.ready ## ruff, mypy, sqlfluff
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/sqlfluff lint dbt_project/models dbt_project/tests -p 2 --disable-progress-bar

format: .venv/.ready ## Apply ruff's formatting
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: .venv/.ready ## Measure every figure that we claim
	$(BIN)/python -m benchmarks.run

docs: .venv/.ready ## Regenerate docs/generated
	$(BIN)/currency docs generate

lock: .venv/.ready ## Resolve pyproject.toml anew into requirements.lock (hashes, no addresses)
	cp pyproject.toml README.md LICENSE $$(mktemp -d -p .venv lock-XXXX)/ && cd .venv/lock-* && ../bin/uv lock --quiet && \
	../bin/uv export --quiet --format requirements-txt --no-header --no-annotate --no-emit-project -o ../../requirements.lock > /dev/null
	rm -rf .venv/lock-*
	@! grep -n '://' requirements.lock

clean: ## Remove the environment and the sample's data
	rm -rf .venv warehouse/data dbt_project/target dbt_project/logs
