# Two commands for a fresh machine: `make run` and `make test`. Python 3.11+ and a package index are enough.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
LIBRARY ?=
CORPUS ?=

.PHONY: run run-web setup test coverage matrix servers check check-workflows hooks format docs docs-open bench bench-offline bench-reading bench-cache corpus long wheels dist clean

# The stamp is newer than pyproject.toml once the environment holds what it names.
$(VENV)/.installed: pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade pip
	$(BIN)/python -m pip install --quiet --editable .
	touch $@

$(VENV)/.installed-dev: $(VENV)/.installed
	$(BIN)/python -m pip install --quiet --editable '.[dev]'
	touch $@

$(VENV)/.installed-sample: $(VENV)/.installed
	$(BIN)/python -m pip install --quiet --editable '.[sample]'
	touch $@

$(VENV)/.installed-bench: $(VENV)/.installed-dev
	$(BIN)/python -m pip install --quiet --editable '.[bench]'
	touch $@

# Each has an environment of its own: what builds pages or wheels must not decide what the tests run with.
.venv-docs/.installed: pyproject.toml
	$(PYTHON) -m venv .venv-docs
	.venv-docs/bin/python -m pip install --quiet --upgrade pip
	.venv-docs/bin/python -m pip install --quiet --editable '.[docs]'
	touch $@

.venv-release/.installed: pyproject.toml
	$(PYTHON) -m venv .venv-release
	.venv-release/bin/python -m pip install --quiet --upgrade pip
	.venv-release/bin/python -m pip install --quiet '.[release]'
	touch $@

# The sample library is made with two libraries that renai itself does not need.
run: $(if $(LIBRARY),$(VENV)/.installed,$(VENV)/.installed-sample)
	$(BIN)/python examples/first_run.py $(if $(LIBRARY),"$(LIBRARY)")

$(VENV)/.installed-web: $(VENV)/.installed
	$(BIN)/python -m pip install --quiet --editable '.[web]'
	touch $@

# The page over the sample library, or over LIBRARY=…, until Ctrl-C.
run-web: $(VENV)/.installed-web $(if $(LIBRARY),,$(VENV)/.installed-sample)
	$(BIN)/python examples/web_sample.py $(if $(LIBRARY),"$(LIBRARY)")

# Asserts are rewritten and modules compiled once, not by each process in each run.
test long: export PYTHONDONTWRITEBYTECODE =

# All that the tests, checks and hooks need.
setup: $(VENV)/.installed-dev servers

# Three processes on two processors: tests wait for servers, disks and clocks a fifth of their time.
test: $(VENV)/.installed-dev servers
	$(BIN)/python -m pytest -m "not long" -n 3 --dist worksteal

# The same tests, and how much of the code they reach, branches included; docs/testing.md says what is not.
coverage: $(VENV)/.installed-dev servers
	rm -f .coverage .coverage.*
	-$(BIN)/python -m pytest -m "not long" -n 3 --dist worksteal --cov --cov-report=
	$(BIN)/coverage report --skip-covered --sort=miss

# Chaos that takes minutes; docs/testing.md says what.
long: $(VENV)/.installed-dev servers
	$(BIN)/python -m pytest -m long -o faulthandler_timeout=3600

# Every parameter of every embedder of Haystack, LangChain and LlamaIndex, in environments of their own.
# Beside them LangChain's own tests, and real weights behind LangChain's and LlamaIndex's classes.
matrix: $(VENV)/.installed-dev
	$(BIN)/python -m pytest -m long tests/haystack_integrations/test_matrix.py \
	  tests/adapters/test_matrix.py

# What is published: renai-core, renai on top of it, renai-haystack. They come into dist/.
wheels: $(VENV)/.installed
	$(BIN)/python -m pip wheel --quiet --no-deps --wheel-dir dist \
	  ./packages/renai-core ./packages/renai ./packages/renai-haystack

# The wheels, looked into and tried out, each in an environment of its own. VERSION=1.2.3: it must be that one.
# The wheel of the program holds no file, and is meant to: its code is in renai-core.
dist: .venv-release/.installed
	rm -rf dist
	.venv-release/bin/python -m pip wheel --quiet --no-deps --wheel-dir dist \
	  ./packages/renai-core ./packages/renai ./packages/renai-haystack
	.venv-release/bin/twine check --strict dist/*.whl
	.venv-release/bin/check-wheel-contents dist/renai_*.whl
	.venv-release/bin/check-wheel-contents --ignore W007,W008 dist/renai-*.whl
	.venv-release/bin/python packages/install_wheels.py dist $(VERSION)

# The pages of docs/ as a site, in site/. A warning is a failure.
docs: .venv-docs/.installed
	.venv-docs/bin/python -m mkdocs build --strict --quiet
	@echo "The site is in site/; 'make docs-open' serves it."

docs-open: .venv-docs/.installed
	.venv-docs/bin/python -m mkdocs serve --open

# Redis and PostgreSQL, which tests start for themselves. Root may install them; others are told how.
servers:
	@tests/install_servers.sh

check: $(VENV)/.installed-dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	@$(MAKE) --no-print-directory check-workflows
	$(BIN)/hadolint Dockerfile

# What the host of the repository runs, looked at without a network.
check-workflows: $(VENV)/.installed-dev
	$(BIN)/check-jsonschema --quiet --builtin-schema vendor.github-workflows .github/workflows/*.yml
	$(BIN)/check-jsonschema --quiet --builtin-schema vendor.dependabot .github/dependabot.yml
	$(BIN)/check-jsonschema --quiet --builtin-schema vendor.github-issue-forms \
	  .github/ISSUE_TEMPLATE/bug.yml .github/ISSUE_TEMPLATE/idea.yml
	$(BIN)/zizmor --offline --quiet .github

# Before each commit, what `make check` looks at of the files that changed.
hooks: $(VENV)/.installed-dev
	$(BIN)/python -m pip install --quiet pre-commit==4.7.0
	$(BIN)/pre-commit install

format: $(VENV)/.installed-dev
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

bench: $(VENV)/.installed-bench
	$(BIN)/python benchmarks/run_all.py

# How often `offline` is right, on the corpus below.
bench-offline: $(VENV)/.installed-sample
	CORPUS="$(CORPUS)" $(BIN)/python benchmarks/offline.py

# How much OCR recovers, and how fast the corpus is read.
bench-reading: $(VENV)/.installed-bench
	CORPUS="$(CORPUS)" $(BIN)/python benchmarks/scans.py
	CORPUS="$(CORPUS)" $(BIN)/python benchmarks/extraction.py

# What looking after a large cache takes, and what counting its usage costs.
bench-cache: $(VENV)/.installed-bench
	$(BIN)/python benchmarks/maintenance.py
	$(BIN)/python benchmarks/usage_counters.py
	$(BIN)/python benchmarks/situations.py

# Real documents to measure reading with, below .corpus/ or CORPUS=…; fetched with apt-get.
corpus: $(VENV)/.installed-sample
	CORPUS="$(CORPUS)" $(BIN)/python benchmarks/corpus.py

clean:
	rm -rf $(VENV) .venv-docs .venv-release dist site sample-library
