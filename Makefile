# Apportion's commands. `make help` lists them.
.DEFAULT_GOAL := help
SHELL := /bin/sh
BIN := .venv/bin
export DATABASE_URL DATABASE_APP_URL REDIS_URL
PYTEST := $(BIN)/pytest

.PHONY: help run test test-long test-mutations bench test-external lint lock assets setup setup-development wheel clean

help: ## list the commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-15s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: setup assets ## run everything until Ctrl-C; DATABASE_URL=... REDIS_URL=... use your own servers
	@exec $(BIN)/apportion run

test: setup-development assets lint ## check and test everything
	@$(PYTEST) -n 3 --dist worksteal $(PYTEST_ARGUMENTS)

lint: setup-development ## style, types, layering
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

bench: setup-development assets ## measure: imports, pages, PDF
	@$(PYTEST) tests/benchmarks --override-ini=python_files=bench_*.py -p no:xdist

test-long: setup-development assets ## the tests of isolation with every case and many more steps
	@LONG_TESTS=1 $(PYTEST) -n 2 --timeout 3600 tests/isolation

test-mutations: setup-development assets ## take down each policy, key, cell and route's permission; name what nobody notices
	@LONG_TESTS=1 $(PYTEST) -n 2 --timeout 3600 -rP tests/isolation/test_mutations.py tests/isolation/test_matrix_mutations.py tests/isolation/test_proof.py

test-external: setup-development assets ## what needs servers or programs that wheels don't bring
	@sh scripts/external.sh

assets: setup ## build scripts, styles and fonts of the pages
	@$(BIN)/python platform/apportion/assets/build.py

lock: setup-development ## lock exact versions with hashes
	@sh scripts/lock.sh

wheel: setup-development assets ## build dist/apportion-*.whl
	@$(BIN)/python -m pip wheel --quiet --no-deps --no-build-isolation --wheel-dir dist .

setup: ## install what `make run` needs
	@sh scripts/setup.sh runtime

setup-development: ## install what `make test` needs
	@sh scripts/setup.sh development

clean: ## remove what was built; the data folder stays
	rm -rf .venv dist build platform/apportion/static/built platform/apportion/assets/node_modules
