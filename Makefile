# Every command makes what it needs, once, and says what it does. `make help` lists them.
PYTHON ?= $(shell command -v python3.11 || command -v python3)
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check install --quiet --constraint constraints.txt

.PHONY: help demo test check bench faults quality long smoke weights clean

help: ## list the commands
	@sed -n 's/^\([a-z]*\):.*## /  make \1\t/p' Makefile

$(VENV)/server: pyproject.toml constraints.txt
	@echo "Making the virtual environment in $(VENV) (about 2.5 GB, a few minutes, once) …"
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(PIP) --editable '.[server]'
	@touch $@

$(VENV)/dev: $(VENV)/server
	@echo "Adding the tools for tests and checks …"
	@$(PIP) --editable '.[server,train,dev]'
	@touch $@

demo: $(VENV)/server ## paint the built-in demo shot the whole road; the result is in out/demo
	@$(BIN)/paintover demo

test: $(VENV)/dev ## run the tests (under 15 minutes on two cores)
	@$(BIN)/python -m pytest

check: $(VENV)/dev ## formatting, lint, types, who may import whom; the plug-in on the oldest and the newest Python of Maya
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --cache-dir $(VENV)/import-linter
	@$(BIN)/python -m tests.pythons 3.9 3.13

bench: $(VENV)/dev ## measure passes, painter, job overhead, upload on this machine
	@$(BIN)/python -m tests.bench

faults: $(VENV)/dev ## kill the worker and the server in the middle of jobs, again and again
	@$(BIN)/python -m pytest tests/faults -s --timeout 3600 -o addopts=

quality: $(VENV)/dev ## measure every look on the demo shot and on the shared jump; writes the tables of docs/quality.md
	@$(BIN)/paintover quality demo $(wildcard ../shared/data/shots/jump.usdc) --frames 240 --every 8 --keep --table docs/quality.md

long: $(VENV)/dev ## paint a thousand frames in a row: memory, drift (out/long)
	@$(BIN)/paintover quality orbit --look oil --every 50 --out out/long

smoke: $(VENV)/dev ## train all six hands for some minutes, to see that training runs here (out/training/smoke/index.html)
	@$(BIN)/python -m render_server.training.train_painter --out out/training/smoke --clips 24 --held-out 6 --steps 300 --preview-every 100

weights: $(VENV)/dev ## train the shipped looks again, from nothing (some hours on two quiet cores; stops and goes on)
	@$(BIN)/python -m render_server.training.train_painter --out out/training/painters --steps 12000
	@$(BIN)/python -m render_server.training.make_art --out out/training/looks
	@$(BIN)/python -m render_server.training.make_look --weights out/training/painters/weights --out out/training/looks

clean: ## remove what the other commands made
	rm -rf $(VENV) .venvs out build *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis
