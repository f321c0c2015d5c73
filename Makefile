# make demo   one town in three scenarios, thirty paired replicates of each, with a report to read (one to two minutes when idle)
# make explore   a page in which levers are moved, in the browser
# make test   everything that is checked, on every supported Python found here
# also: setup, lint, bench, golden, schema, docs, docs-site, example, package, notebooks, pictures, places, lock, clean

PYTHON ?= $(shell .ci/pythons best)
VENV ?= .venv
BIN := $(VENV)/bin
DEMO := results/demo
# two workers; a module stays in one, where what its tests share is made once
SHARED := -n 2 --dist loadfile --no-loadscope-reorder
COMPILE = $(BIN)/python -c 'from sim.studies.running.compiling import compile_first; compile_first()'
LAST := nice -n 10
SHELL := bash
.SHELLFLAGS := -eu -o pipefail -c
.PHONY: setup ready demo explore test lint pytest compiled browser beside others mutants bench golden schema docs docs-site example package notebooks pictures places lock clean

ready:
	@.ci/environment $(PYTHON) $(VENV) none
setup:
	@.ci/environment $(PYTHON) $(VENV) dev,docs

demo: ready
	$(BIN)/kinwell compare baseline peer-pilot funding-cut -n 30 -o $(DEMO)
	$(BIN)/kinwell report $(DEMO)

test: setup
	@$(MAKE) --no-print-directory -j 2 --output-sync lint compiled
	@$(MAKE) --no-print-directory -j 2 pytest beside

explore: ready
	$(BIN)/kinwell explore

lint: setup
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

pytest: setup
	$(BIN)/python -m pytest $(SHARED) -q

# what tests find ready: the model compiled once for all workers
compiled: setup
	@$(COMPILE) < /dev/null

# the explorer in a real browser, and runs that its page waits for: on a machine at rest
browser: setup
	$(BIN)/python -m pytest -q tests/explorer -m slow

# the core on each other Python while the suite runs, with what that leaves of two processors;
# what it says comes at its end, all at once
beside: setup
	@said=$$($(MAKE) --no-print-directory others 2>&1) || failed=$$?; echo "$$said"; exit $${failed:-0}

# the engine, pairing, Mesa views and the store on each other Python, in an environment of its own;
# what takes long is the same on all of them and stays with the first
others: setup
	@tests=$$(grep -rl 'mark\.core' tests --include='test_*.py'); \
	.ci/pythons others $(BIN)/python | while read -r version path; do \
	  $(LAST) .ci/environment $$path .venv-$$version core-tests < /dev/null; \
	  $(LAST) .venv-$$version/$(COMPILE:$(VENV)/%=%) < /dev/null; \
	  echo "core tests on Python $$version"; \
	  $(LAST) .venv-$$version/bin/python -m pytest $(SHARED) -q -m 'core and not slow' $$tests < /dev/null; \
	done

# the model changed line by line, to see whether a test notices: make mutants COUNT=60; minutes to hours. PART: a path of the
# week or the economics, or an area: trials moments population society services running store runs changes
mutants: setup
	$(BIN)/python -m pip install -qq --disable-pip-version-check 'cosmic-ray==8.7.0' 'coverage==7.6.1'
	$(BIN)/python .ci/mutants.py $(or $(COUNT),60) $(or $(SEED),1) $(PART)

bench: setup
	$(BIN)/kinwell bench

# golden numbers never change by themselves: this writes them anew, and the diff is then read
golden: setup
	$(BIN)/python -m pytest -q tests/golden --update-golden

schema: ready
	$(BIN)/kinwell schema > scenarios/schema/new && mv scenarios/schema/new scenarios/schema/scenario.schema.json || { rm -f scenarios/schema/new; exit 1; }

# the page of commands, from what each command says of itself
docs: setup
	$(BIN)/python .ci/commands.py > docs/commands.new && mv docs/commands.new docs/commands.md || { rm -f docs/commands.new; exit 1; }

# trials, natural experiments and pooled trials run anew, entered in the ledger and written into their pages; some minutes
trials: setup
	$(BIN)/python .ci/trials.py results/trials

# the picture in the README, from the runs of `make demo`; that of who acts on whom, from the code
pictures: setup
	$(BIN)/python docs/pictures/draw_demo.py $(DEMO)
	$(BIN)/python docs/pictures/draw_influences.py

# the site of the documentation in build/site: opened from the folder, no server, no network
docs-site: setup
	NO_MKDOCS_2_WARNING=1 $(BIN)/python -m mkdocs build -q --strict -f .ci/site/mkdocs.yml
	$(BIN)/python .ci/site/check.py build/site

# results/example: a small comparison to look at before installing; again whenever MODEL_VERSION is raised
example: ready
	.ci/example $(BIN)

# what is shipped and what it is made of: wheel and sdist, a CycloneDX list, known weaknesses of dependencies
package: setup
	$(BIN)/python -m hatchling build -d dist
	.ci/audit $(BIN) dist

# the notebooks of the documentation, with what they show
notebooks: setup
	$(BIN)/python .ci/notebooks.py docs/notebooks/*.ipynb

# the places that are shipped: read and built from their tables in under a minute, then fitted in a few
places: ready
	for place in albemarle trafford; do \
	  $(BIN)/kinwell place read scenarios/places/$$place && $(BIN)/kinwell place build scenarios/places/$$place \
	    && $(BIN)/kinwell place fit scenarios/places/$$place || exit 1; \
	  rm -f scenarios/places/$$place/population.csv; \
	done

# the newest versions that fit together, from fresh installs on every supported Python found here
lock:
	@scratch=$$(mktemp -d); arguments=(); \
	while read -r version path; do \
	  $$path -m venv $$scratch/$$version < /dev/null; \
	  $$scratch/$$version/bin/python -m pip install -qq '.[dev,docs,parquet,cluster]' < /dev/null; \
	  $$scratch/$$version/bin/python -m pip freeze --exclude kinwell > $$scratch/$$version.txt < /dev/null; \
	  arguments+=("$$version=$$scratch/$$version.txt"); \
	done < <(v=$$($(PYTHON) -c 'import sys; print("%d.%d" % sys.version_info[:2])'); \
	         { echo "$$v $(PYTHON)"; .ci/pythons others $(PYTHON); } | sort -V); \
	$(PYTHON) .ci/lock.py "$${arguments[@]}" > $$scratch/new && mv $$scratch/new constraints.txt; rm -rf $$scratch

clean:
	rm -rf .venv .venv-3.* $(DEMO) .mypy_cache .ruff_cache .pytest_cache .import_linter_cache dist build
	find sim analysis tests -name __pycache__ -type d -prune -exec rm -rf {} +
