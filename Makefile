# Everything a person or CI does with this repository is a target here; `make` alone lists them.
# Needs python3 (3.11 or newer), pip or python3-venv, and make. Everything else is installed into .venv.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
SOURCES := src simulators tests benchmarks scripts
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

.PHONY: env
env: $(VENV)/.test ## make .venv with everything that developing needs
