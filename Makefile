# Lift: `make run` and `make test` are all a newcomer needs; `make help` lists the rest.

PYTHON ?= $(firstword $(shell command -v python3.11 python3.12 python3.13 python3))
BIN    := .venv/bin
PIP    := -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps
PROMPT ?=
KILLS  ?= 1000
JOBS   ?= 4
EXAMPLES ?= 40

export PROMPT

.DEFAULT_GOAL := help
.PHONY: help run test test-vllm test-crash bench bench-store bench-tui starter demo-session demo-recording lint format lock clean

help: ## List the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 16

run: .venv/installed ## Turn a prompt into a specification and checked code (PROMPT="…" for your own)
	@if [ -n "$$PROMPT" ]; then $(BIN)/lift run -- "$$PROMPT"; \
	 else $(BIN)/lift run "Clamp a number between a low and a high bound, both inclusive. Raise ValueError when low is greater than high."; fi

# Interpreters that keep no bytecode compile Lift, its tests and Hypothesis anew in each of several hundred processes.
test: export PYTHONDONTWRITEBYTECODE :=
test: export LIFT_TEST_EXAMPLES := $(EXAMPLES)
test: .venv/test-installed ## Run the tests, with the real model where its weights can be had (EXAMPLES=1000 for a long search)
	@$(BIN)/lint-imports --no-cache >/dev/null || $(BIN)/lint-imports --no-cache
	@$(BIN)/python -m pytest -n $(JOBS) --dist worksteal -m "not model and not vllm"
	@$(BIN)/python -m pytest -m model

test-vllm: .venv/test-installed .venv-vllm/installed ## Run drafts and code through real vLLM on this CPU (3.5 GB, once; ten minutes)
	@LIFT_VLLM=$(CURDIR)/.venv-vllm $(BIN)/python -m pytest -m vllm tests/vllm -v --timeout=900

test-crash: .venv/test-installed ## Kill the writer KILLS times and look whether anything is lost
	@$(BIN)/python -m bench.crash --kills $(KILLS)

bench: .venv/installed ## Measure on all suites, warm and cold, and write PERFORMANCE_METRICS.md (an hour; goes on where it stopped)
	@$(BIN)/lift bench --baseline raw --baseline plain --json .bench/embedded-1-warm.json --resume
	@$(BIN)/lift bench --suite fresh --limit 10 --cold --json .bench/embedded-2-cold.json --resume
	@$(BIN)/python -m bench.savings .bench/savings.json
	@mkdir -p bench/results && mv .bench/embedded-*.json bench/results/ && mv .bench/savings.json bench/
	@$(BIN)/lift bench report bench/results/*.json --savings bench/savings.json --report PERFORMANCE_METRICS.md --quote README.md

bench-store: .venv/installed ## Fill a store with 100,000 sessions and time lists, filters and searches
	@$(BIN)/python -m bench.store

bench-tui: .venv/test-installed ## Time the workbench's start against other applications, and a fast stream in it
	@$(BIN)/python -m bench.tui

starter: .venv/installed ## Record the sample sessions of sessions.db anew, on the embedded model
	@$(BIN)/python -m bench.record_starter sessions.db

demo-session: .venv/installed ## Record what `lift demo` plays anew, on the embedded model
	@$(BIN)/python -m bench.record_demo_session tui/demo/session.jsonl

demo-recording: .venv/test-installed ## Record `lift demo` on a terminal: docs/demo.cast, docs/demo.svg
	@$(BIN)/python -m bench.record_demo docs

lint: .venv/test-installed .venv-lint/installed ## Lint and type-check
	@.venv-lint/bin/ruff check .
	@.venv-lint/bin/ruff format --check .
	@.venv-lint/bin/basedpyright --pythonpath $(BIN)/python

format: .venv-lint/installed ## Format the code
	@.venv-lint/bin/ruff check --fix-only --quiet .
	@.venv-lint/bin/ruff format .

lock: ## Resolve the dependencies anew (needs uv)
	uv pip compile pyproject.toml --group build --universal --python-version 3.11 --generate-hashes --no-header -q -o requirements.lock
	uv pip compile --group test --universal --python-version 3.11 --generate-hashes --no-header -q -c requirements.lock -o requirements-test.lock
	uv pip compile --group lint --universal --python-version 3.11 --generate-hashes --no-header -q -o requirements-lint.lock

clean: ## Remove the environments and caches of this checkout
	rm -rf .venv .venv-lint .venv-vllm .pytest_cache .hypothesis .ruff_cache

.venv/installed: requirements.lock pyproject.toml
	@test -n "$(PYTHON)" || { echo "Lift needs Python 3.11 or newer; install it, or name it: make PYTHON=/path/to/python3.11"; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Lift needs Python 3.11 or newer; this is $$($(PYTHON) --version). Name another: make PYTHON=/path/to/python3.11"; exit 1; }
	@echo "Setting up .venv (once; about a minute) …"
	@$(PYTHON) -m venv .venv
	@$(BIN)/python $(PIP) -r requirements.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

.venv/test-installed: .venv/installed requirements-test.lock
	@$(BIN)/python $(PIP) -r requirements-test.lock
	@touch $@

.venv-vllm/installed: tests/vllm/requirements.txt
	@echo "Setting up .venv-vllm (once; 3.5 GB, several minutes) …"
	@$(PYTHON) -m venv .venv-vllm
	@.venv-vllm/bin/python -m pip install --quiet --disable-pip-version-check --no-deps -r tests/vllm/requirements.txt
	@touch $@

.venv-lint/installed: requirements-lint.lock
	@$(PYTHON) -m venv .venv-lint
	@.venv-lint/bin/python $(PIP) -r requirements-lint.lock
	@touch $@
