# Two commands on a fresh machine: `make demo` and `make test`. Both set up what they need.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/.installed

.PHONY: demo test check format docs samples browser clean

demo: $(INSTALLED)
	@$(BIN)/trailtrace who-did ASIA3KF6UTOHSVAMMEK6 --logs sample_logs/AWSLogs

test: check browser
	$(BIN)/pytest --numprocesses auto

check: $(INSTALLED)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	cd sample_logs && ../$(BIN)/mypy --strict --cache-dir ../.mypy_cache/samples generate.py
	cd benchmarks && ../$(BIN)/mypy --strict --cache-dir ../.mypy_cache/benchmarks .
	$(BIN)/lint-imports

# Pages are opened in a real Chromium. Where it is lacking and can be installed (root on Debian), it is;
# elsewhere these tests are skipped, with that as the reason.
browser:
	@if ! { command -v chromium || command -v chromium-browser || command -v google-chrome; } >/dev/null \
		&& [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
		echo "installing chromium" >&2; \
		apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -qq -y chromium >/dev/null \
			|| echo "chromium cannot be installed: tests of pages are skipped" >&2; \
	fi

format: $(INSTALLED)
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

docs: $(INSTALLED)
	$(BIN)/python docs/make_reference.py
	$(BIN)/python docs/make_pictures.py
	$(BIN)/python docs/make_tutorial.py

samples: $(INSTALLED)
	$(BIN)/python sample_logs/generate.py

# pip 25.1 is the first that reads dependency groups; Debian 12 brings 23.0.
$(INSTALLED): pyproject.toml
	@echo "setting up $(VENV)" >&2
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/pip install --quiet --upgrade "pip>=25.1"
	@$(BIN)/pip install --quiet --editable '.[html]' --group dev
	@touch $@

clean:
	rm -rf $(VENV) .mypy_cache .pytest_cache .ruff_cache .hypothesis dist
