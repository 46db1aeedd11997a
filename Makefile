# Everything a person or CI does with this repository is a target here; `make` alone lists them.
# Needs python3 (3.11 or newer), pip or python3-venv, and make. Everything else is installed into .venv.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# Number of pytest workers; `make test WORKERS=0` runs everything in one process.
WORKERS ?= auto
# More pytest arguments: `make test ARGS="-k journal -x"`.
ARGS ?=

.PHONY: help
help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

# --- environments -------------------------------------------------------------------------------
# One stamp file for each kind of environment. `test` holds all of `demo`, and `demo` all of `run`.
# A stamp depends on its lock only: after a change of entry points in pyproject.toml, `make clean` first.

# Debian's python3 lacks ensurepip without python3-venv; the second line then makes an environment
# without pip, into which the system's pip installs.
$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo 'meterhold needs Python 3.11 or newer; name one with `make PYTHON=...`' >&2; exit 1; }
	$(PYTHON) -m venv $(VENV) >/dev/null 2>&1 || $(PYTHON) -m venv --clear --without-pip $(VENV)

define install
	@echo "installing what '$(1)' needs into $(VENV)"
	@if $(BIN)/python -m pip --version >/dev/null 2>&1; then pip=('$(BIN)/python' -m pip); \
	elif $(PYTHON) -m pip --version >/dev/null 2>&1; then pip=('$(PYTHON)' -m pip --python '$(BIN)/python'); \
	else echo 'no pip: install python3-pip or python3-venv' >&2; exit 1; fi; \
	"$${pip[@]}" install --quiet --disable-pip-version-check --require-hashes -r requirements/$(1).txt; \
	"$${pip[@]}" install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@
endef

$(VENV)/.run: requirements/run.txt | $(BIN)/python
	$(call install,run)

$(VENV)/.demo: requirements/demo.txt | $(BIN)/python
	$(call install,demo)

$(VENV)/.test: requirements/test.txt | $(BIN)/python
	$(call install,test)

# Devices in another language, for the tests alone. No install script of a package runs, and no lock is kept.
$(VENV)/.node: tests/acceptance/unseen/package.json | $(BIN)/python services
	@mkdir -p $(VENV)/node && cp $< $(VENV)/node/
	@echo "installing the Node packages that tests need into $(VENV)/node"
	@npm install --prefix $(VENV)/node --ignore-scripts --no-audit --no-fund --no-package-lock --loglevel error >/dev/null
	@touch $@

.PHONY: env
env: $(VENV)/.test ## make .venv with everything that developing needs

# --- what one does with it ----------------------------------------------------------------------

.PHONY: demo
demo: $(VENV)/.demo ## run the main job against simulated meters
	$(BIN)/meterhold demo

.PHONY: test
test: $(VENV)/.test services $(VENV)/.node ## run every test
	$(BIN)/pytest -n $(WORKERS) $(ARGS)

.PHONY: services
services: ## install the brokers and clients that the tests run
	@scripts/services.sh

.PHONY: bench
bench: $(VENV)/.test ## measure, always as a ratio
	$(BIN)/python -m benchmarks $(ARGS)

# --- checks -------------------------------------------------------------------------------------

# What mypy and ruff read; a folder that does not exist yet is left out.
SOURCES := $(wildcard src simulators tests benchmarks scripts)

# Commands that fail when a generated file in the repository is out of date, one a line.
define CURRENT
$(BIN)/python -m meterhold.profiles.schema --check docs/schema/profile.schema.json
$(BIN)/python -m meterhold.documents.policy.json_schema --check docs/schema/policy.schema.json
endef

.PHONY: check
check: $(VENV)/.test ## format, lint, types, import contracts, spelling, house rules
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy $(SOURCES)
	$(BIN)/lint-imports --no-logo
	$(BIN)/codespell .
	@! grep -nE '://|find-links' requirements/*.txt || { echo 'a lock names an address: run make lock' >&2; exit 1; }
	$(BIN)/python scripts/check_house.py
	$(CURRENT)

.PHONY: format
format: $(VENV)/.test ## let ruff format and fix what it can
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

.PHONY: lock
lock: ## pin and hash the requirements again; ARGS=--upgrade takes the newest
	PYTHON=$(PYTHON) scripts/lock.sh $(ARGS)

.PHONY: clean
clean: ## remove the environment and all that tools left behind
	rm -rf $(VENV) build dist .coverage .coverage.* htmlcov .hypothesis .import_linter_cache \
		.mypy_cache .pytest_cache .ruff_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
