.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

PYTHON := .venv/bin/python
PACKAGE := {{cookiecutter.project_slug}}/packages/alembic-workflow
port ?= 8000
export port n
# Each of the many processes that the tests start would compile what it imports.
unexport PYTHONDONTWRITEBYTECODE

demo: install ## Bake the default project into build/demo and serve it; port=8000
	@mkdir -p build/demo && find build/demo -mindepth 1 -maxdepth 1 ! -name .env ! -name .postgres \
	  ! -name .venv ! -name .uv ! -name uv.lock -exec rm -rf {} +
	@$(PYTHON) -m cookiecutter . --no-input --overwrite-if-exists --default-config \
	  --output-dir build project_slug=demo \
	  python_version="$$($(PYTHON) -c 'import sys; print(*sys.version_info[:2], sep=".")')"
	@exec $(MAKE) -C build/demo run

test: install ## Run all tests
	@$(PYTHON) -m pytest -n auto --dist loadfile $(args)

test-fast: install ## Run the tests that install nothing
	@$(PYTHON) -m pytest -n auto --dist loadfile -m "not installs" $(args)

bench: install ## Compare requests, migrations and the linter with other ways; sizes="100 1000"
	@$(PYTHON) -P bench/requests.py $(clients)
	@$(PYTHON) -P bench/migrations.py $(sizes)
	@$(PYTHON) -P bench/lint.py

cookbook: install ## Follow docs/cookbook/, and write into it what it finds; args="100000 PAGE"
	@$(PYTHON) -P bench/cookbook.py $(args)

docs: install ## Build the site in build/site, and serve it; port=8000
	@exec $(PYTHON) -P tools/docs_site.py "$$port"

lesson: install ## Make a project that is ready at the beginning of a lesson of docs/course/: n=7
	@test -n "$$n" || { echo 'lesson: name one: make lesson n=7' >&2; exit 1; }
	@PYTHONPATH=tests:hooks $(PYTHON) -m documents.course lesson "$$n"

course-outputs: install ## Follow the course, and write what its commands print into it; n=7 for one lesson
	@PYTHONPATH=tests:hooks $(PYTHON) -m documents.course outputs $$n

lint: install ## Check style and types, of the template's Python too
	@$(PYTHON) -m ruff check hooks tests bench tools
	@$(PYTHON) -m ruff format --check hooks tests bench tools
	@$(PYTHON) -m ruff check --isolated --select E,F --line-length 100 --no-cache --exclude '**/app/__init__.py' '{{cookiecutter.project_slug}}'
	@$(PYTHON) -m ruff format --check --isolated --line-length 100 --no-cache --exclude '**/app/__init__.py' --exclude README.md \
	  '{{cookiecutter.project_slug}}'
	@$(PYTHON) -m mypy
	@.venv/bin/lint-imports --no-cache '$(PACKAGE)/pyproject.toml'

format: install ## Rewrite the template's Python files in the project's style
	@$(PYTHON) -m ruff check --fix --exit-zero hooks tests bench tools
	@$(PYTHON) -m ruff format hooks tests bench tools
	@$(PYTHON) -m ruff format --isolated --line-length 100 --no-cache --exclude '**/app/__init__.py' --exclude README.md \
	  '{{cookiecutter.project_slug}}'

picture: install ## Run the session on a terminal that README.md shows
	@$(PYTHON) -P tools/terminal_session.py

clean: ## Stop the demo's PostgreSQL; delete what was built
	@if [ -f build/demo/Makefile ]; then $(MAKE) -C build/demo clean; fi
	@rm -rf build .venv .uv .mypy_cache .pytest_cache .ruff_cache

help:
	@awk 'BEGIN {FS = ":.*## "} /^[a-z-]+:.*## / {printf "  %-14s %s\n", $$1, $$2}' Makefile

install: .venv/installed

# The interpreter that .venv points to may be gone, or the folder moved.
.venv/installed: pyproject.toml $(PACKAGE)/pyproject.toml $(if $(shell test -x $(PYTHON) && test "$$(cat .venv/installed 2>/dev/null)" = "$$(pwd -P)" && echo there),,missing)
	@sh '{{cookiecutter.project_slug}}/scripts/install.sh'
	@pwd -P >$@

missing:

.PHONY: demo docs test test-fast bench cookbook lesson course-outputs lint format picture clean help install missing
