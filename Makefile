# Every target does its own set-up with python3 (3.11 or later) and make.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
ARGS ?=
unexport PYTHONPATH PYTHONHOME PIP_TARGET PIP_USER PIP_REQUIRE_VIRTUALENV
# Nothing of the caller's may configure the product under test.
unexport SLACK_BOT_TOKEN SLACK_SIGNING_SECRET SLACK_APP_TOKEN SLACK_API_URL AIVEN_TOKEN AIVEN_WEB_URL REDIS_URL

.PHONY: help try test lint format types check test-servers crash chaos bench warnings lock clean
.DEFAULT_GOAL := help

help: ## show what there is to make
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

try: $(VENV)/.run ## play the tour: the real bot against simulators, no account, no network (ARGS=--keep to go on)
	$(BIN)/python -m bot try $(ARGS)

test: $(VENV)/.dev ## run the tests (ARGS=… goes to pytest)
	$(BIN)/python -m pytest -q -n 3 $(ARGS)

lint: $(VENV)/.dev ## ruff: rules and format
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

format: $(VENV)/.dev ## let ruff write what it can
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

types: $(VENV)/.dev ## mypy, strictly
	$(BIN)/mypy

check: lint types test ## all that a change must pass

test-servers: $(VENV)/.dev ## the store under Sentinels and on Debian's redis-server, with TLS too (apt-get install redis-server)
	$(BIN)/python -m pytest -q -m servers tests/store $(ARGS)

crash: $(VENV)/.dev ## crash the bot at every call of every scene; takes twenty minutes
	SLUICE_CRASH=all $(BIN)/python -m pytest -q -n 2 tests/crash $(ARGS)

chaos: $(VENV)/.dev ## kill replicas under load, and judge from outside (ARGS="--kills 2000 --seed 7")
	$(BIN)/python -m chaos $(ARGS)

bench: $(VENV)/.dev ## measure speed and size side by side, and print the table
	$(BIN)/python -m benchmarks $(ARGS)

warnings: $(VENV)/.dev ## make docs/warnings.md anew from the rules
	PYTHONPATH=. $(BIN)/python tools/warnings_page.py

lock: $(VENV)/.dev ## pin the requirements anew, with hashes
	$(BIN)/python tools/lock.py

clean: ## remove what was made here
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .hypothesis .coverage build *.egg-info

$(VENV)/.python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Sluice needs Python 3.11 or later; set PYTHON=python3.11"; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || \
		{ echo "Python's venv is missing; on Debian: apt-get install python3-venv"; exit 1; }
	$(PYTHON) -m venv $(VENV)
	@touch $@

$(VENV)/.run: $(VENV)/.python requirements.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.txt
	@touch $@

$(VENV)/.dev: $(VENV)/.run requirements-dev.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.txt
	@touch $@
