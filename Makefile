# The same targets for the whole life of the project; `make help` lists them.
SHELL := /bin/sh
VENV := .venv
BIN := $(VENV)/bin
SIZE ?= full
TESTS := influx_pipelines_tests
NODE_MODULES := .cache/node/node_modules/@influxdata/flux-lsp-node

# The first Python of 3.11 to 3.13 that can make an environment.
PYTHON ?= $(shell for p in python3.11 python3.12 python3.13 python3; do \
	$$p -c 'import sys, venv, ensurepip; sys.exit(not (3, 11) <= sys.version_info[:2] < (3, 14))' \
	>/dev/null 2>&1 && { echo $$p; break; }; done)

.PHONY: help run up test test-integration test-e2e test-dagster-versions lint bench proof clean referee

help: ## this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*##/ -/'

run: $(VENV)/.run ## bring the estate up, materialize every asset, print a summary
	@$(BIN)/influx-pipelines run

up: $(VENV)/.run ## InfluxDB, Dagster's web page and daemon, host sampler; Ctrl-C stops them
	@$(BIN)/influx-pipelines up

test: $(VENV)/.dev lint referee ## everything that CI runs
	$(BIN)/python -m pytest $(TESTS)/unit $(TESTS)/dagster $(TESTS)/graph -q -n 2
	$(MAKE) --jobs 2 --output-sync=target test-integration test-e2e

# A file stays with one worker, so that what its tests share is made once.
test-integration:
	$(BIN)/python -m pytest $(TESTS)/integration -q -n 2 --dist loadfile --no-loadscope-reorder

# Mostly waits for the daemon, so that it may run beside others.
test-e2e:
	$(BIN)/python -m pytest $(TESTS)/e2e -q

# Their environments stay in .cache.
test-dagster-versions: $(VENV)/.dev ## the fast layers on the oldest and the newest Dagster that we support
	@grep -viE '^(dagster|tomlkit|protobuf|grpcio|gql)' constraints.txt > .cache/constraints.txt
	$(call ON_DAGSTER,oldest,'dagster==1.13.0' 'dagster-webserver==1.13.0' 'dagster-dg-cli==1.13.0')
	$(call ON_DAGSTER,newest,'dagster<1.14' 'dagster-webserver<1.14' 'dagster-dg-cli<1.14')

# An environment of its own, in which this checkout is seen beside its dependencies.
ON_DAGSTER = $(BIN)/uv venv --quiet --clear --python $(BIN)/python .cache/dagster-$(1) \
	&& $(BIN)/uv pip install --quiet --system-certs --python .cache/dagster-$(1)/bin/python \
		-c .cache/constraints.txt -e '.[dev]' $(2) \
	&& $(BIN)/uv pip list --quiet --python .cache/dagster-$(1)/bin/python | grep '^dagster' \
	&& .cache/dagster-$(1)/bin/python -m pytest $(TESTS)/unit $(TESTS)/dagster $(TESTS)/graph -q -n 2

lint: $(VENV)/.dev ## style, types, arrows between packages, definitions
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/dg check toml
	$(BIN)/dg check yaml
	$(BIN)/dg check defs
	$(BIN)/uv pip check --python $(BIN)/python

bench: $(VENV)/.bench ## every benchmark, ours against theirs, a million rows (SIZE=ci: 100,000)
	$(BIN)/python -m benchmarks --size $(SIZE)

proof: $(VENV)/.dev ## slow proofs: kill tests, fault injection, large data
	$(BIN)/python -m pytest $(TESTS) -q -m proof --proof

clean: ## remove the environment and everything that was made, InfluxDB data of `make run` too
	rm -rf $(VENV) .cache .influx_pipelines build dist *.egg-info

# InfluxData's own Flux front end, which the parser is held against; its tests skip without it.
referee:
	@if command -v npm >/dev/null 2>&1 && [ ! -d $(NODE_MODULES) ]; then \
		npm install --silent --no-audit --no-fund --prefix .cache/node @influxdata/flux-lsp-node@0.8.40 \
		|| echo "npm could not install the Flux front end: the tests against it are skipped"; fi

$(VENV)/bin/uv:
	@test -n "$(PYTHON)" || { echo "Python 3.11, 3.12 or 3.13 with its venv module is needed."; exit 1; }
	$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt uv

# uv takes seconds where pip takes minutes; pip knows mirrors and certificates that uv does not.
INSTALL = $(BIN)/uv pip install --quiet --system-certs --python $(BIN)/python -c constraints.txt -e $(1) \
	|| $(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e $(1)

$(VENV)/.run: $(VENV)/bin/uv pyproject.toml constraints.txt
	@$(call INSTALL,.)
	@touch $@

$(VENV)/.dev: $(VENV)/bin/uv pyproject.toml constraints.txt
	@$(call INSTALL,'.[dev]')
	@touch $@ $(VENV)/.run

$(VENV)/.bench: $(VENV)/.dev
	@$(call INSTALL,'.[dev,bench]')
	@touch $@
