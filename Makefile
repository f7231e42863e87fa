# `make demo` and `make test` need nothing but Python 3.11 or newer and make.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
# Models and keys of the demo stay in this folder, not in your home.
export CASEWARDEN_STATE_DIR ?= $(CURDIR)/.casewarden

.PHONY: demo test check bench docs lock test-lowest wheel clean

demo: $(VENV)/.runs ## Show 200 tickets being tagged on a sandbox desk
	@$(BIN)/casewarden demo $(DEMO)

test: $(VENV)/.develops ## Run every test
	@env -u CASEWARDEN_STATE_DIR $(BIN)/pytest -n 2 --dist loadgroup $(TESTS)

check: $(VENV)/.develops ## Lint, format, types, floors, SOP files
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/casewarden macros lint

bench: $(VENV)/.develops ## Measure what docs/quality.md says
	$(BIN)/python -m docs.bench

docs: $(VENV)/.develops ## Write the generated pages anew
	$(BIN)/python -m docs.generate

test-lowest: requirements-lowest.lock ## Run every test on the lowest versions that are promised
	@$(PYTHON) -m venv .venv-lowest
	@.venv-lowest/bin/python -m pip install -q --require-hashes -r requirements-lowest.lock
	@.venv-lowest/bin/python -m pip install -q --no-deps --no-build-isolation -e .
	@env -u CASEWARDEN_STATE_DIR .venv-lowest/bin/pytest -n 2 --dist loadgroup -p no:cacheprovider $(TESTS)

wheel: $(VENV)/.develops ## Build the wheel into dist/
	$(BIN)/python -m hatchling build -t wheel

# Exact versions for both commands above; needs `uv` on the PATH.
lock:
	uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --upgrade --group build pyproject.toml -o requirements.lock
	uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --upgrade --group dev -c requirements.lock pyproject.toml -o requirements-dev.lock
	uv pip compile -q --universal --python-version 3.11 --resolution lowest-direct --generate-hashes --no-emit-index-url --no-header --upgrade --group dev pyproject.toml -o requirements-lowest.lock

clean:
	rm -rf .venv .venv-lowest .casewarden dist

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Casewarden needs Python 3.11 or newer; set PYTHON=/path/to/python3.11"; exit 1; }
	@$(PYTHON) -m venv $(VENV)

$(VENV)/.runs: $(VENV)/bin/python requirements.lock pyproject.toml
	@echo "Installing the pinned packages into $(VENV) (once, about a minute) ..."
	@$(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes -r requirements.lock
	@$(BIN)/python -m pip install -q --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/.develops: $(VENV)/.runs requirements-dev.lock
	@echo "Installing the pinned development packages into $(VENV) (once) ..."
	@$(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes -r requirements-dev.lock
	@touch $@
