# Start here: `make run` (the whole service with a demo programme), `make test`, `make help`.
PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11; do \
	$$p -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
BIN := .venv/bin
CATALOGUES := $(patsubst %.po,%.mo,$(wildcard locales/*/LC_MESSAGES/*.po tests/programmes/*/locales/*/LC_MESSAGES/*.po))

.PHONY: help setup catalogues chromium run test prove mutants check bench fmt hashes
.DEFAULT_GOAL := help

help:  ## list the targets
	@sed -n 's/^\([a-z]*\):.*## /\1|/p' Makefile | while IFS='|' read -r name what; do printf '  make %-8s %s\n' "$$name" "$$what"; done

setup: .venv/.installed catalogues chromium  ## create .venv with everything for running and testing; compile catalogues; install a browser

.venv/.installed: pyproject.toml constraints.txt
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer with venv is missing: install python3 and python3-venv."; exit 1; }
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[laptop,dev]'
	@touch $@

catalogues: .venv/.installed $(CATALOGUES)

%.mo: %.po
	@$(BIN)/sms-app flows compile $< >/dev/null

# The browser tests need a Chromium. They use the system's; as root with apt-get, this installs it.
chromium:
	@for name in chromium chromium-browser google-chrome; do command -v $$name >/dev/null && exit 0; done; \
	if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
		echo "installing the package chromium"; \
		{ apt-get -qq update && DEBIAN_FRONTEND=noninteractive apt-get -qq install -y --no-install-recommends chromium; } >/dev/null; \
	else echo "No Chromium found: the browser tests need one. Install your system's package 'chromium'."; fi

run: catalogues  ## run the whole service with a demo programme; ARGS="--data DIR --port N"
	@exec $(BIN)/sms-app up $(ARGS)

test: setup  ## run all tests; ARGS="tests/test_up.py -k port"
	$(BIN)/pytest $(ARGS)

# the tests whose longer versions need PROVE; docs/messages.md has the figures
LONGER := tests/test_start_kills.py tests/test_send_kills.py tests/test_up.py tests/web/test_sms_webhooks.py \
	tests/conversation/test_strange_phone.py tests/simulator/test_year.py tests/console/test_accessible.py $(patsubst %,tests/messaging/test_%.py,broadcasts \
	changes corrections daily_cap demo_week reports)

prove: setup  ## run the longer tests: 100 kills, 2,000 messages while workers are killed, 10,000 reports, a broadcast to 100,000, a simulated week
	PROVE=1 $(BIN)/pytest -n 1 $(LONGER) $(ARGS)

# not part of `make test` or of a commit: it takes some minutes for each module
mutants: setup catalogues  ## plant small faults in a dialogue, a PIN, a key and the wall, one at a time: does a test notice? ARGS="pins vault"
	$(BIN)/python -m tests.mutants $(ARGS)

check: setup  ## check style, types, imports, flows and catalogues
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/sms-app flows check

bench: setup  ## measure a hop beside two baselines, planning, sending, importing people and the console; ARGS="--only sending"
	$(BIN)/python -m bench.run $(ARGS)

fmt: setup  ## format the code
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

# pip-compile reads the hashes of every file of each version, so they fit every platform. It is not installed in .venv.
hashes: build/pins/bin/pip-compile  ## write requirements-production.txt from pyproject.toml and constraints.txt
	build/pins/bin/pip-compile --quiet --generate-hashes --allow-unsafe --all-build-deps --strip-extras --no-annotate \
		--no-header --no-emit-index-url --no-emit-trusted-host --no-emit-find-links \
		--constraint constraints.txt --output-file build/requirements.txt pyproject.toml
	{ echo "# What production installs, with hashes: made by \`make hashes\` out of pyproject.toml and constraints.txt."; \
		cat build/requirements.txt; } > requirements-production.txt

build/pins/bin/pip-compile:
	$(PYTHON) -m venv build/pins
	build/pins/bin/pip install --quiet --disable-pip-version-check 'pip-tools>=7.5'
