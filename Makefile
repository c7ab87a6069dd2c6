# What one types most. `make` alone lists it.
PYTHON := .venv/bin/python
UV := .venv/bin/uv

.PHONY: help run test check lock format migrations bench bench-boards quality soak fuzz chaos clean

help: ## list what can be made
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

run: ## start everything (database, broker, web, worker, beat)
	./run

test: ## every check and every test
	./test

check: ## format, lint, types, arrows, templates
	sh tests/checks.sh

format: ## bring code and templates into shape
	$(PYTHON) -m ruff check --fix --quiet . ; $(PYTHON) -m ruff format --quiet .
	find templates -name '*.html' | xargs .venv/bin/djade --target-version 5.2

migrations: ## write migrations for changed models
	$(PYTHON) manage.py makemigrations

bench: ## every figure of matching on real postings multiplied to size, into bench/results.md, and of the search, into docs/search.md
	$(PYTHON) -m bench
	$(PYTHON) -m bench.search

bench-boards: ## whole boards through the reading of a source, into docs/boards.md; BOARDS=a file of recorded postings
	$(PYTHON) -m bench.boards $(BOARDS)

quality: ## every reader of postings against labelled data, into docs/quality.md
	$(PYTHON) -m bench.quality

soak: ## the sending machine under every fault, counted by what employers received, into docs/soak.md
	$(PYTHON) -m tests.soak --fresh

fuzz: ## ten thousand broken résumé files through the readers, into docs/fuzz.md
	$(PYTHON) -m tests.fuzz

chaos: ## the part of it that kills and stops everything, five minutes of it
	$(PYTHON) -m tests.soak run --sends 2000 --minutes 5

lock: ## lock requirements.txt and requirements-dev.txt with hashes
	$(UV) pip compile --quiet --universal --generate-hashes --no-header --python-version 3.11 requirements.txt -o requirements.lock
	$(UV) pip compile --quiet --universal --generate-hashes --no-header --python-version 3.11 requirements-dev.txt -o requirements-dev.lock

clean: ## remove the virtual environment and caches, keep the data
	rm -rf .venv .mypy_cache .ruff_cache .hypothesis .import_linter_cache
