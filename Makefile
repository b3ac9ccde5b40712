# Every target makes .venv itself. Python 3.11 or later and make are all that it takes.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
RUNS := $(VENV)/.runs

.DEFAULT_GOAL := help
.PHONY: help run demo test test-fast lint format bench clean

help:  ## Say what each target does
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/  make \1|\2/' | column -t -s '|'

# $(call install,WHAT) installs the project, or it with an extra, at the versions of constraints.txt.
define install
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "trialdelta needs Python 3.11 or later: make PYTHON=python3.12 …"; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '$(1)'
	@$(BIN)/python -m compileall -q sync storage  # where PYTHONDONTWRITEBYTECODE is set, each command would compile them anew
endef

# What it takes to run; where the tools are installed already, they are brought up to date instead.
$(RUNS): pyproject.toml constraints.txt
ifeq ($(wildcard $(READY)),)
	@echo "== setting up $(VENV) (half a minute, once)"
	$(call install,.)
else
	@$(MAKE) --no-print-directory $(READY)
endif
	@touch $@

$(READY): pyproject.toml constraints.txt
	@echo "== setting up $(VENV), with the tools for tests (a minute or two, once)"
	$(call install,.[dev])
	@touch $(RUNS) $@

run: $(RUNS)  ## Run the daemon on embedded SQLite against the real registry (stop it with Ctrl-C)
	@$(BIN)/trialdelta run

demo: $(RUNS)  ## Show the whole thing working, without the network, on an invented cohort
	@$(BIN)/trialdelta demo

test: $(READY) browser  ## Run all tests (brings its own PostgreSQL, finds or installs Chromium)
	@echo "== all tests, in parallel"
	@$(BIN)/pytest

.PHONY: browser
browser:
	@for name in chromium chromium-browser google-chrome; do command -v $$name >/dev/null && exit 0; done; \
	if command -v apt-get >/dev/null && [ "$$(id -u)" = 0 ]; then \
	  echo "== installing Chromium for the browser tests"; \
	  { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq chromium; } >/dev/null 2>&1 \
	    || echo "Chromium could not be installed: the browser tests will be skipped"; \
	else echo "no Chromium here, and no right to install it: the browser tests will be skipped"; fi

test-fast: $(READY)  ## Run the tests that take no more than a moment each
	@$(BIN)/pytest -m 'not slow'

lint: $(READY)  ## Check style, types, layers and templates
	@echo "== ruff, mypy, import layers, templates"
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-cache
	@$(BIN)/djlint --quiet --check .
	@$(BIN)/djlint --quiet --lint .

format: $(READY)  ## Put the code into the house's form
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .
	@$(BIN)/djlint --quiet --reformat .

bench: $(READY)  ## Measure, as ratios within one run
	@for bench in tests/bench/bench_*.py; do echo "== $$bench"; $(BIN)/python $$bench || exit 1; done

clean:  ## Remove what the other targets made (not your data)
	@rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .hypothesis dist
