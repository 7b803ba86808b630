# Targets explain themselves: `make` lists them.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
PAGE := web/dist/index.html
PAGE_SOURCES := $(shell find web/src web/public web/index.html web/*.ts web/package.json -type f -not -path "web/src/gql/*")
export PAYRANK_PORT := $(or $(PORT),$(PAYRANK_PORT))

.DEFAULT_GOAL := help
.PHONY: help install serve test slow browser lint format bench soak screening estimates validate sdl lock vulnerabilities clean

help: ## List the targets
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

install: $(STAMP) ## Make the virtual environment with all pinned dependencies

$(STAMP): requirements.lock pyproject.toml web/package-lock.json web/build_page.py
	@echo "Making the virtual environment in $(VENV)"
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "PayRank needs Python 3.11 or newer; this is " + sys.version.split()[0])'
	@$(PYTHON) -m venv $(VENV)
	@echo "Installing the pinned dependencies"
	@$(BIN)/pip install --disable-pip-version-check --require-hashes --requirement requirements.lock
	@echo "Installing the package, and building the page that it carries"
	@$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

$(PAGE): $(STAMP) $(PAGE_SOURCES) schema/schema.graphql
	@echo "Building the page"
	@$(BIN)/python web/build_page.py
	@touch $@

serve: $(PAGE) ## Serve http://127.0.0.1:8000 with a sample of made-up records (PORT=9000 for another port)
	@$(BIN)/payrank serve

test: $(PAGE) ## Run the tests on a PostgreSQL of their own, all but the slow ones
	@$(BIN)/pytest --numprocesses=auto --dist=loadfile -m "not slow"

slow: $(PAGE) ## Run the slow tests: they kill servers over and over, open thousands of sockets, fit models
	@$(BIN)/pytest --numprocesses=auto --dist=loadfile -m slow

browser: $(PAGE) ## Drive the page alone in a real Chromium, with the slow tests of the editor too
	@$(BIN)/pytest tests/browser

lint: $(STAMP) ## Check style, types and the floors that imports may cross
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

format: $(STAMP) ## Bring the code to the project's style
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

bench: $(STAMP) ## Measure requests, index, imports and PostgreSQL side by side; writes docs/performance.md (RECORDS="20000 1000000")
	@$(BIN)/python -m bench $(RECORDS)

soak: $(STAMP) ## Ask a service without pause while editions come in, and watch its memory (MINUTES=10)
	@$(BIN)/python -m bench.soak $(MINUTES)

screening: $(STAMP) ## Measure what screening catches, on real data with planted mistakes (DATA=folder)
	@$(BIN)/python -m bench.screening $(DATA)

estimates: $(STAMP) ## Measure estimates on held-out real records beside cohorts and a linear model (DATA=folder)
	@$(BIN)/python -m bench.estimates $(DATA)

validate: $(STAMP) ## Compare answers with BLS, BEA and the files themselves; writes docs/validation.md (DATA=folder)
	@$(BIN)/python -m bench.validation $(DATA)

sdl: $(STAMP) ## Write schema/schema.graphql anew
	@$(BIN)/payrank sdl > schema/schema.graphql

lock: $(STAMP) ## Pin the newest dependencies that pyproject.toml allows
	@$(BIN)/pip-compile --quiet --upgrade --generate-hashes --allow-unsafe --strip-extras --extra dev --extra telemetry \
		--no-emit-index-url --no-emit-trusted-host --no-emit-find-links --no-emit-options --no-header \
		--output-file requirements.lock pyproject.toml

vulnerabilities: $(STAMP) ## Ask for the known vulnerabilities of all pins, over the network
	@$(PYTHON) -m venv $(VENV)/audit
	@$(VENV)/audit/bin/pip install --quiet --disable-pip-version-check pip-audit
	@$(VENV)/audit/bin/pip-audit --strict --require-hashes --disable-pip --requirement requirements.lock
	@cd web && npm audit --package-lock-only

clean: ## Remove the virtual environment and caches; data stays
	@rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
