# Run `make` to list the targets.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
SERVING := $(VENV)/.serving
DEVELOPING := $(VENV)/.developing
PAGE := web/dist/index.html
PAGE_SOURCES := $(shell find web/src web/public web/index.html web/*.ts web/package.json -type f -not -path "web/src/gql/*")
PIP := $(BIN)/pip --disable-pip-version-check install
COMPILE := $(BIN)/pip-compile --quiet --upgrade --generate-hashes --allow-unsafe --strip-extras \
	--no-emit-index-url --no-emit-trusted-host --no-emit-find-links --no-emit-options --no-header
export PAYRANK_PORT := $(or $(PORT),$(PAYRANK_PORT))
unexport PYTHONDONTWRITEBYTECODE  # tests start hundreds of processes, and each would compile the project again

# $(call quietly,what it does,command): one line for a step; its output is shown only if it fails.
define quietly
	@echo "$(1)"
	@mkdir -p $(VENV)
	@$(2) > $(VENV)/make.log 2>&1 || { cat $(VENV)/make.log; echo "$(1): failed, see the output above."; exit 1; }
endef

.DEFAULT_GOAL := help
.PHONY: help install serve test slow browser lint format bench soak screening estimates validate sdl lock pythons vulnerabilities clean

help: ## List the targets
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

install: $(DEVELOPING) ## Install everything that serving, testing and checking need, at pinned versions

$(SERVING): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "PayRank needs Python 3.11 or newer; this is " + sys.version.split()[0])'
	$(call quietly,Creating the virtual environment in $(VENV),$(PYTHON) -m venv $(VENV))
	$(call quietly,Installing the packages that serving needs (a minute or two),$(PIP) --require-hashes --requirement requirements.lock)
	$(call quietly,Installing PayRank,$(PIP) --no-deps --no-build-isolation --editable .)
	@touch $@

$(DEVELOPING): $(SERVING) requirements-dev.lock web/package-lock.json
	$(call quietly,Installing the packages for tests and checks (a minute or two),$(PIP) --require-hashes --requirement requirements-dev.lock)
	$(call quietly,Installing the page's packages for tests and checks,$(BIN)/python web/build_page.py install)
	@touch $@

$(PAGE): $(SERVING) $(PAGE_SOURCES) web/package-lock.json web/build_page.py schema/schema.graphql
	@$(BIN)/python web/build_page.py
	@touch $@

serve: $(PAGE) ## Serve http://127.0.0.1:8000 with open pay data (PORT=9000 for another port)
	@$(BIN)/payrank serve

test: $(DEVELOPING) $(PAGE) ## Run the tests, except the slow ones, against a temporary PostgreSQL server
	@$(BIN)/pytest --numprocesses=auto --dist=loadfile --no-loadscope-reorder -m "not slow"

slow: $(DEVELOPING) $(PAGE) ## Run the slow tests: they kill servers, open thousands of sockets and fit models
	@$(BIN)/pytest --numprocesses=auto --dist=loadfile --no-loadscope-reorder -m slow

browser: $(DEVELOPING) $(PAGE) ## Run only the browser tests, including the slow ones
	@$(BIN)/pytest tests/browser

lint: $(DEVELOPING) ## Check style, types and the layers that imports may cross
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(BIN)/python web/build_page.py lint

format: $(DEVELOPING) ## Format the code
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .
	@$(BIN)/python web/build_page.py format

bench: $(DEVELOPING) ## Benchmark requests, index and imports beside plain SQL; writes docs/performance.md (RECORDS="20000 1000000")
	@$(BIN)/python -m bench $(RECORDS)

soak: $(DEVELOPING) ## Load a service continuously while editions are published and record its memory (MINUTES=10)
	@$(BIN)/python -m bench.soak $(MINUTES)

screening: $(DEVELOPING) ## Measure how many planted errors screening finds in real data (DATA=folder)
	@$(BIN)/python -m bench.screening $(DATA)

estimates: $(DEVELOPING) ## Compare estimates with cohorts and a linear model on held-out records (DATA=folder)
	@$(BIN)/python -m bench.estimates $(DATA)

validate: $(DEVELOPING) ## Compare results with BLS, BEA and the source files; writes docs/validation.md and a table of docs/data.md (DATA=folder)
	@$(BIN)/python -m bench.validation $(DATA)

sdl: $(DEVELOPING) ## Regenerate schema/schema.graphql
	@$(BIN)/payrank sdl > schema/schema.graphql

lock: $(DEVELOPING) ## Upgrade the pinned dependencies to the newest that pyproject.toml allows
	@$(COMPILE) --extra build --extra telemetry --output-file requirements.lock pyproject.toml
	@$(COMPILE) --extra build --extra telemetry --extra dev --constraint requirements.lock --output-file requirements-dev.lock pyproject.toml

pythons: $(SERVING) ## Report for which versions of Python all pinned packages of the service have wheels (needs the network)
	@for version in 3.11 3.12 3.13 3.14; do \
		if $(PIP) --quiet --dry-run --ignore-installed --no-deps --require-hashes --only-binary=:all: \
			--python-version=$$version --target=$(VENV)/none --requirement=requirements.lock > $(VENV)/make.log 2>&1; \
		then echo "Python $$version: all pinned packages have wheels."; \
		else echo "Python $$version: not all pinned packages were found."; grep '^ERROR' $(VENV)/make.log || true; fi \
	done

vulnerabilities: $(DEVELOPING) ## Check all pinned packages for known vulnerabilities (needs the network)
	@$(PYTHON) -m venv $(VENV)/audit
	@$(VENV)/audit/bin/pip install --quiet --disable-pip-version-check pip-audit
	@$(VENV)/audit/bin/pip-audit --strict --require-hashes --disable-pip --requirement requirements-dev.lock
	@cd web && npm audit --package-lock-only

clean: ## Remove the virtual environment and caches, but no data
	@rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
