# Everything a newcomer types. It needs make and Python 3.11 or newer; the rest goes into .venv.
#   make run ARGS="--source files --data DIR"      make pytest ARGS="-k tiers"      make ready PYTHON=python3.12

.DEFAULT_GOAL := help
.NOTPARALLEL:
.PHONY: help run test check ready style types walls pytest format tables lock wheel dist image docs clean

BIN := .venv/bin
ARGS ?=
# Which Python .venv is made from; empty means the newest of those installed.
PYTHON ?=
export PYTHON
# Where it is set, each worker would lay out all tests anew and each program a test starts compile itself.
unexport PYTHONDONTWRITEBYTECODE

help: ## list what can be made
	@awk -F ':.*## ' '/^[a-z]+:.*## /{printf "  make %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: ready ## open the demo market, or what ARGS asks for
	@$(BIN)/shortside $(ARGS)

test: check ## set up if need be, then run every check

check: style types walls pytest ## format, lint, types, walls, tests

ready: ## make .venv and install shortside from this tree, once
	@sh .ci/set-up

style: ready ## check the format and the lint rules
	@echo "style:" && $(BIN)/ruff format --check . && $(BIN)/ruff check .

# Beside it the tests are compiled, which takes each worker of a fresh checkout as long, all of them the same; what is
# wrong with them the tests say themselves.
types: ready ## check the types
	@$(BIN)/python -m pytest --collect-only --quiet >/dev/null 2>&1 & \
	echo "types:" && $(BIN)/mypy; code=$$?; wait; exit $$code

walls: ready ## check which room imports which
	@echo "walls:" && $(BIN)/lint-imports

# tests/conftest.py puts files that take long first; xdist would put those with few tests last, which are the same ones.
pytest: ready ## run the tests, or those ARGS selects
	@echo "tests:" && $(BIN)/python -m pytest --numprocesses 3 --dist loadfile --no-loadscope-reorder $(ARGS)

format: ready ## lay the code out, and mend what can be mended safely
	@$(BIN)/ruff check --fix-only --quiet . && $(BIN)/ruff format .

tables: ready ## write those parts of the manual anew that repeat the program's lists
	@$(BIN)/python -m docs.make_tables

lock: ## write constraints.txt anew from the newest versions pyproject.toml admits
	@sh .ci/lock

wheel: ready ## build the wheel into dist/
	@$(BIN)/hatchling build --target wheel

dist: ready ## build the wheel and the source distribution into an empty dist/, and check both
	@rm -rf dist && $(BIN)/hatchling build && $(BIN)/twine check --strict dist/* && $(BIN)/check-wheel-contents dist

image: ## build the container image shortside with docker or podman, whichever is installed
	@builder=$$(command -v docker || command -v podman) || { echo "neither docker nor podman is installed" >&2; exit 1; }; \
	"$$builder" build --tag shortside --file Containerfile .

docs: ready ## write the manual as a site into site/, and stop at a broken link
	@test -x $(BIN)/mkdocs || $(BIN)/python -m pip install --quiet --constraint constraints.txt --no-build-isolation --editable '.[dev,docs]'
	@NO_MKDOCS_2_WARNING=1 $(BIN)/python -m mkdocs build --strict && echo "site/index.html"

clean: ## remove .venv, dist and every cache
	@rm -rf .venv dist site .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +
