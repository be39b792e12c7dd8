# The targets make .venv on first use, from hash-pinned wheels; they need Python 3.11 or newer with pip and venv.
PYTHON ?= python3
PIP = .venv/bin/python -m pip --disable-pip-version-check --quiet

# One process for each core; the tests of a file stay together, for they share their database.
SIDE_BY_SIDE = -n auto --dist loadfile

# Some machines switch the cache of compiled modules off; here it spares seconds of each run.
export PYTHONDONTWRITEBYTECODE =

.PHONY: demo test test-all lint lock clean

demo: .venv/runtime  ## show the whole way on sample feeds
	.venv/bin/digest demo

test: .venv/development  ## the tests that run in well under a minute
	.venv/bin/python -m pytest $(SIDE_BY_SIDE)

test-all: .venv/development  ## every test, the exhaustive and long ones too
	.venv/bin/python -m pytest $(SIDE_BY_SIDE) -m ""

lint: .venv/development  ## style, formatting, types
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	.venv/bin/mypy

.venv/runtime: requirements.lock pyproject.toml
	test -x .venv/bin/python || $(PYTHON) -m venv .venv
	$(PIP) install --require-hashes --only-binary :all: -r requirements.lock
	$(PIP) install --no-deps --no-build-isolation --editable .
	touch $@

.venv/development: requirements-dev.lock pyproject.toml
	test -x .venv/bin/python || $(PYTHON) -m venv .venv
	$(PIP) install --require-hashes --only-binary :all: -r requirements-dev.lock
	$(PIP) install --no-deps --no-build-isolation --editable .
	touch $@

lock:  ## refresh both lock files; needs uv
	uv pip compile -q --upgrade --universal --generate-hashes --no-header --no-annotate --no-emit-index-url --extra build pyproject.toml -o requirements.lock
	uv pip compile -q --universal --generate-hashes --no-header --no-annotate --no-emit-index-url --extra build --extra postgres --extra dev \
	  --constraint requirements.lock pyproject.toml -o requirements-dev.lock

clean:
	rm -rf .venv var dist build .mypy_cache .ruff_cache .pytest_cache
