# `make help` lists the commands. Needed: Rust 1.85, Python 3.11 and a C linker, or newer ones.
# Python's tools are installed into .venv, which $(PYTHON) makes the first time.

PYTHON ?= python3
FILE ?=
WHAT ?=
VERSION ?=

VENV      := .venv
PY        := $(VENV)/bin/python
INSTALLED := $(VENV)/.installed
EXTENSION := python/ironmap/_ironmap.abi3.so
INTEROP   := target/interop
SOURCES   := Cargo.toml Cargo.lock pyproject.toml $(shell find crates -name '*.rs' -o -name Cargo.toml)
FORMATTED := python tools tests bench

# maturin installs into this environment, and cargo builds for its interpreter.
export VIRTUAL_ENV := $(CURDIR)/$(VENV)
export PYO3_PYTHON := $(CURDIR)/$(PY)
# maturin refuses to choose between two environments.
unexport CONDA_PREFIX
# Our own backend calls maturin: tools/backend.
export MATURIN_NO_MISSING_BUILD_BACKEND_WARNING := 1

.PHONY: help build demo test format lint rust-test rust-doc pytest pytest-slow types conformance \
        interop test-pythons test-windows test-systems typecheck coverage bench site check weekly \
        release clean cargo-found
.DELETE_ON_ERROR:
# The first failing stage is printed last, also under make -j.
.NOTPARALLEL:

heading = @printf '\n==> %s\n' '$(1)'

help:
	@printf '%s\n' \
	    'make build            build the extension into python/ironmap' \
	    'make demo [FILE=…]    build, then show the main job on a file' \
	    'make test             run the checks of every day: the six commands that follow' \
	    'make lint             rustfmt, clippy, ruff, mypy, zizmor' \
	    'make rust-test        cargo test' \
	    'make rust-doc         cargo doc' \
	    'make pytest           the Python tests, but for the slow ones' \
	    'make types            compare the stubs with the module' \
	    'make conformance      the test_mmap of each CPython found, on both modules' \
	    'make pytest-slow      the slow Python tests, which each change needs too' \
	    'make format           format Rust and Python' \
	    'make bench [WHAT=…]   measure beside the alternatives; WHAT: record, cold, waits, bulk, jobs, scale, guard, reserve, weight, memmap2' \
	    'make site             build the guide, with both references, into target/site/html' \
	    'make coverage         measure which lines the tests of the Rust crates run' \
	    'make clean            remove what was built, and .venv' \
	    '' \
	    'For maintainers; some need Debian, a nightly toolchain or root:' \
	    'make interop          run numpy, pandas, Dask and others on ironmap' \
	    'make test-pythons     test under the newest Pythons, in a chroot of Debian' \
	    'make test-windows     build for Windows and test under Wine' \
	    'make test-systems [WHAT=…]  test on other processors, systems and file systems: tools/systems.py' \
    'make typecheck        type-check for systems that cannot be run here' \
	    'make weekly           run the slow checks, one after the other' \
    'make release VERSION=…  prepare a release: all but the upload' \
	    'make check WHAT=…     run some of them; WHAT:'
	@sed -n 's/^## /                      /p' tools/checks.mk

build: $(EXTENSION)

demo: $(EXTENSION)
	@$(PY) tools/demo.py $(if $(FILE),'$(FILE)')

test: lint rust-test rust-doc pytest types conformance

format: $(INSTALLED) | cargo-found
	cargo fmt --all
	$(PY) -m ruff check --fix $(FORMATTED)
	$(PY) -m ruff format $(FORMATTED)

# ruff's cache does not see a module that comes or goes, which changes the order of imports.
lint: $(INSTALLED) | cargo-found
	$(call heading,rustfmt)
	cargo fmt --all --check
	$(call heading,clippy)
	cargo clippy --workspace --all-targets -- -D warnings
	$(call heading,ruff and mypy)
	$(PY) -m ruff check --no-cache $(FORMATTED)
	$(PY) -m ruff format --check $(FORMATTED)
	$(PY) -m mypy
	$(call heading,zizmor)
	$(VENV)/bin/zizmor --offline --quiet .github

# With cargo-nextest, where it is installed, each test has a process of its own.
rust-test: $(INSTALLED) | cargo-found
	$(call heading,cargo test)
ifneq ($(shell command -v cargo-nextest),)
	cargo nextest run --workspace --status-level slow -E 'not binary(inject)'
	cargo test --workspace --doc
	cargo test --package ironmap --test inject
else
	cargo test --workspace
endif

rust-doc: $(INSTALLED) | cargo-found
	$(call heading,cargo doc)
	RUSTDOCFLAGS='-D warnings' cargo doc --workspace --no-deps
	RUSTDOCFLAGS='-D warnings' cargo doc -p ironmap --no-deps --features stable_deref_trait
	$(PY) tools/doc_links.py

pytest: $(EXTENSION)
	$(call heading,pytest)
	$(PY) -m pytest -m 'not slow and not weekly'

pytest-slow: $(EXTENSION)
	$(call heading,slow tests)
	$(PY) -m pytest -m 'slow and not weekly'

types: $(EXTENSION)
	$(call heading,stubtest)
	$(PY) -m mypy.stubtest ironmap --allowlist tests/stubtest-allowlist.txt

conformance: $(EXTENSION)
	$(call heading,test_mmap of every interpreter found)
	$(PY) tools/conformance.py

# Programs of others, in an environment of their own; and the other tests that need numpy.
interop: $(EXTENSION) $(INTEROP)/.installed
	$(call heading,programs of others)
	PYTHONPATH='$(CURDIR)/python' $(INTEROP)/bin/python -m pytest tests/interop
	PYTHONPATH='$(CURDIR)/python' $(INTEROP)/bin/python -m pytest -k numpy \
	    tests/sigbus/test_programs.py tests/docs/test_examples.py
	PYTHONPATH='$(CURDIR)/python' $(INTEROP)/bin/python -m pytest tests/docs/test_types.py

$(INTEROP)/.installed: tests/interop/requirements.txt $(INSTALLED)
	$(PY) -m venv $(INTEROP)
	$(INTEROP)/bin/python -m pip install --quiet --disable-pip-version-check -r $<
	@touch $@

test-pythons: $(EXTENSION)
	$(PY) tools/newest_pythons.py

test-windows: $(INSTALLED)
	$(PY) tools/windows.py

test-systems: $(EXTENSION)
	$(PY) tools/systems.py $(WHAT)

typecheck coverage: | cargo-found
	@$(CHECK) $@

weekly: $(INSTALLED) | cargo-found
	@$(CHECK) $@

check: $(INSTALLED) | cargo-found
	@test -n '$(WHAT)' || { $(MAKE) --no-print-directory help; exit 2; }
	@$(CHECK) $(WHAT)

bench: $(EXTENSION)
	@$(CHECK) bench$(addprefix -,$(WHAT))

release: $(INSTALLED) | cargo-found
	@test -n '$(VERSION)' || { echo 'needed: make release VERSION=1.2.3' >&2; exit 2; }
	$(PY) tools/release.py set '$(VERSION)'
	@$(CHECK) packages
	@$(PY) tools/release.py next '$(VERSION)'

CHECK = $(MAKE) --no-print-directory -f tools/checks.mk

site: $(EXTENSION)
	cargo doc --package ironmap --no-deps
	NO_MKDOCS_2_WARNING=1 $(PY) -m mkdocs build

$(EXTENSION): $(SOURCES) $(INSTALLED) | cargo-found
	$(PY) -m maturin develop --release
	@touch $@

$(INSTALLED): requirements-dev.txt
	@command -v $(PYTHON) >/dev/null || \
	    { echo 'ironmap needs Python 3.11 or newer; $(PYTHON) is not on PATH: $(OTHER_PYTHON)' >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.version_info >= (3, 11) or sys.exit( \
	    "ironmap needs Python 3.11 or newer; $(PYTHON) is %d.%d: $(OTHER_PYTHON)" % sys.version_info[:2])'
	$(PYTHON) -m venv $(VENV)
	$(PY) -m pip install --no-compile --quiet --disable-pip-version-check -r requirements-dev.txt
	@touch $@

OTHER_PYTHON := make PYTHON=/path/to/python3

cargo-found:
	@command -v cargo >/dev/null || \
	    { echo 'ironmap needs Rust 1.85 or newer; cargo is not on PATH: see https://rustup.rs' >&2; exit 1; }

clean:
	rm -rf $(VENV) target $(EXTENSION)
