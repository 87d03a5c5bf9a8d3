# Everything a newcomer needs: `make run` and `make test`. Both set up what they need, once.
PYTHON := $(shell for python in python3.11 python3; do \
	$$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$python && break; done)
ifeq ($(PYTHON),)
$(error This needs Python 3.11 or later, as python3.11 or python3)
endif

N ?= 100000
EXAMPLES ?= 100
GATHER := --no-wrap --no-obsolete --no-location -i ".venv*" -i var -i benchmarks -i scripts -i "*/tests/*"
COMPILE := .venv/bin/python -m uv pip compile --universal --python-version 3.11 --generate-hashes -q

.PHONY: run run-distributed test lint bench picture faults load soak fuzz seed schema settings lock messages clean

run: ## the service with a demo directory, until Ctrl-C
	@MAKE_PID=$$PPID exec $(PYTHON) scripts/run.py

run-distributed: ## the same on PostgreSQL, with a pool of Celery over Redis
	@MAKE_PID=$$PPID exec $(PYTHON) scripts/distributed.py

test: ## the whole suite: SQLite, PostgreSQL, browser (ARGS="…" goes to pytest)
	@MAKE_PID=$$PPID exec $(PYTHON) scripts/suite.py $(ARGS)

lint: ## ruff, mypy and bandit
	@$(PYTHON) scripts/prepare.py
	.venv/bin/python -m ruff check .
	.venv/bin/python -m ruff format --check .
	.venv/bin/python -m mypy
	.venv/bin/python -m bandit -q -c pyproject.toml -r usersvc users exports manage.py

bench: ## what seeding, lists and files take against others, on both databases
	@$(PYTHON) scripts/prepare.py bench
	PYTHONPATH=scripts .venv/bin/python benchmarks/everything.py $(N) $(ARGS)

picture: ## docs/exports.svg, drawn from what `make bench` found last
	.venv/bin/python benchmarks/picture.py

faults: ## whatever can fail does: jobs, stops, upgrades, outages, a load of 200 callers, an hour of killed workers
	@$(PYTHON) scripts/prepare.py bench
	PYTHONPATH=scripts .venv/bin/python benchmarks/faults.py $(N)
	PYTHONPATH=scripts .venv/bin/python benchmarks/snapshots.py $(N)
	PYTHONPATH=scripts .venv/bin/python benchmarks/job_faults.py $(N)
	PYTHONPATH=scripts .venv/bin/python benchmarks/stopping.py 30000
	PYTHONPATH=scripts .venv/bin/python benchmarks/upgrade.py 20000
	PYTHONPATH=scripts .venv/bin/python benchmarks/outages.py 20000
	$(MAKE) load soak

load: ## a million people, asked for by 200 callers at once for ten minutes
	@$(PYTHON) scripts/prepare.py bench
	PYTHONPATH=scripts .venv/bin/python benchmarks/load.py

soak: ## an hour of jobs, one of whose workers is killed each minute
	@$(PYTHON) scripts/prepare.py bench
	PYTHONPATH=scripts .venv/bin/python benchmarks/soak.py

fuzz: ## EXAMPLES examples of each operation, and every other property-based test, with new seeds
	@MAKE_PID=$$PPID FUZZ_EXAMPLES=$(EXAMPLES) HYPOTHESIS_PROFILE=default exec $(PYTHON) scripts/suite.py \
		-m "browser or not browser" users/tests/test_api_fuzz.py \
		$$(grep -rlE "^(from|import) hypothesis" --include=test_*.py usersvc users exports) $(ARGS)

seed: ## fill the directory of `make run` up to N people
	@$(PYTHON) scripts/prepare.py
	.venv/bin/python manage.py migrate -v 0
	.venv/bin/python manage.py seed_users $(N)

schema: ## docs/openapi.json, from what the code says of its operations
	@$(PYTHON) scripts/prepare.py
	.venv/bin/python manage.py spectacular --validate --fail-on-warn --format openapi-json --file docs/openapi.json

settings: ## docs/settings.md, from the code that reads them
	@$(PYTHON) scripts/prepare.py
	.venv/bin/python scripts/settings_page.py

lock: ## requirements*.txt from requirements*.in
	@$(PYTHON) scripts/prepare.py
	$(COMPILE) requirements.in -o requirements.txt
	$(COMPILE) requirements-s3.in -o requirements-s3.txt
	$(COMPILE) requirements-dev.in -o requirements-dev.txt
	$(COMPILE) requirements-bench.in -o requirements-bench.txt
	$(COMPILE) users/tests/clients/requirements.in -o users/tests/clients/requirements.txt

messages: ## what is to be translated, gathered; and what was translated, compiled (needs gettext)
	.venv/bin/python manage.py makemessages -l it $(GATHER)
	.venv/bin/python manage.py compilemessages -v 0 -i ".venv*"

clean: ## back to a fresh checkout; the directory in var/ stays
	rm -rf .venv .venv-* .mypy_cache .pytest_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
