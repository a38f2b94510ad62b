# Everything a fresh clone needs: Python 3.11 with venv, and make. Nothing is installed outside this
# directory; what is made lies in .venv, var/ and two node_modules, and `make clean` removes it.

PYTHON ?= $(shell command -v python3.11 || command -v python3 || echo python3)
UV ?= uv
ARGS ?=
SEEDS ?= 5000
PYTEST_ARGS ?=

VENV := .venv/.made
HOMESERVER := var/homeserver/venv/.made
HUMAN := bot/demo/human/node_modules/.made
JUDGES := var/judges/venv/.made
JUDGES_NODE := tests/judges/node/node_modules/.made
BASELINES := var/bench/venv/.made
SET_UP := bot/demo/toolchain.py

.PHONY: help demo test check bench soak setup homeserver locks clean

help:
	@echo "make demo    whole negotiations on a real homeserver  (ARGS=\"--exit --report r.json\")"
	@echo "make test    every test                                (PYTEST_ARGS=\"-k label\")"
	@echo "make check   style, types, architecture, file lengths, links in the documents"
	@echo "make bench   the measurements                          (ARGS is handed on)"
	@echo "make soak    watches over simulated years              (SEEDS=5000, or ARGS=--mutants)"
	@echo "make setup   only install what the others need"
	@echo "make locks   resolve deploy/locks again with uv        (ARGS=--upgrade)"
	@echo "make clean   remove everything these made"

demo: $(VENV) $(HOMESERVER) $(HUMAN)
	@.venv/bin/parley demo $(ARGS)

# Three workers, one file at a time to each: the end-to-end files, with a homeserver per worker,
# wait for half of their time, and so leave two cores enough to do.
test: setup
	@.venv/bin/python -m pytest -n 3 --dist loadfile $(PYTEST_ARGS)

check: $(VENV)
	@.venv/bin/ruff check .
	@.venv/bin/ruff format --check .
	@.venv/bin/mypy
	@.venv/bin/lint-imports
	@.venv/bin/python -m tests.architecture.source_rules

bench: setup $(BASELINES)
	@.venv/bin/python -m tests.bench $(ARGS)

soak: $(VENV)
	@.venv/bin/python -m tests.soak --seeds $(SEEDS) $(ARGS)

setup: $(VENV) $(HOMESERVER) $(HUMAN) $(JUDGES) $(JUDGES_NODE)

homeserver: $(HOMESERVER)

$(VENV): deploy/locks/dev.txt pyproject.toml
	@$(PYTHON) $(SET_UP) environment
	@touch $@

$(HOMESERVER): deploy/locks/homeserver.txt
	@$(PYTHON) $(SET_UP) homeserver
	@touch $@

$(HUMAN): bot/demo/human/package-lock.json | $(VENV)
	@.venv/bin/python $(SET_UP) human
	@touch $@

$(JUDGES): deploy/locks/judges.txt
	@$(PYTHON) $(SET_UP) judges
	@touch $@

$(BASELINES): deploy/locks/bench.txt
	@$(PYTHON) $(SET_UP) bench
	@touch $@

$(JUDGES_NODE): tests/judges/node/package-lock.json | $(VENV)
	@.venv/bin/python $(SET_UP) judges-node
	@touch $@

# No index address and no header: a lock names packages, versions and hashes, never where they came from.
COMPILE = $(UV) pip compile --quiet --generate-hashes --no-emit-index-url --no-header $(ARGS) --python-version
locks:
	$(COMPILE) 3.11 pyproject.toml -o deploy/locks/runtime.txt
	$(COMPILE) 3.11 pyproject.toml --group dev --group judges -o deploy/locks/dev.txt
	$(COMPILE) 3.11 --group homeserver -o deploy/locks/homeserver.txt
	$(COMPILE) 3.11 --group bench -o deploy/locks/bench.txt
	$(COMPILE) 3.12 --group judges-apart -o deploy/locks/judges.txt

clean:
	rm -rf .venv var bot/demo/human/node_modules tests/judges/node/node_modules .mypy_cache .ruff_cache .import_linter_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
