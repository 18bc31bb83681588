# ironmap: two commands on a fresh clone.
#
#   make demo             build, then show the main job on a real file
#   make demo FILE=path   the same on a file of yours
#   make test             everything that must hold before a change goes in
#
# Needed: Rust >= 1.85, Python >= 3.11, a C linker. Python's tools go into
# .venv in this folder, made from $(PYTHON) the first time.

PYTHON ?= python3
FILE ?=
LIST ?=

VENV      := .venv
PY        := $(VENV)/bin/python
INSTALLED := $(VENV)/.installed
EXTENSION := python/ironmap/_ironmap.abi3.so
BENCH     := target/bench-rust
INTEROP   := target/interop
SOURCES   := Cargo.toml pyproject.toml $(wildcard Cargo.lock) \
             $(shell find crates -name '*.rs' -o -name Cargo.toml)

# maturin installs into this environment, and cargo's own runs build against
# the same interpreter.
export VIRTUAL_ENV := $(CURDIR)/$(VENV)
export PYO3_PYTHON := $(CURDIR)/$(PY)
# maturin refuses to choose between two environments.
unexport CONDA_PREFIX

.PHONY: build demo test format clippy rust-test rust-doc pytest types conformance \
        fuzz fuzz-test fuzz-programs inject planted loom miri soak interop site public-api deny \
        sanitize msrv minimal-versions \
        test-windows test-i686 typecheck packages clean cargo-found \
        bench bench-record bench-programs bench-waits bench-bulk \
        bench-class bench-guard bench-reserve
.DELETE_ON_ERROR:
# The first failing stage is the last one seen, also under make -j.
.NOTPARALLEL:

build: $(EXTENSION)

demo: $(EXTENSION)
	@$(PY) tools/demo.py $(if $(FILE),'$(FILE)')

test: format clippy rust-test rust-doc public-api fuzz-test loom pytest types conformance

heading = @printf '\n==> %s\n' '$(1)'

format: | cargo-found
	$(call heading,cargo fmt)
	cargo fmt --all --check

clippy: $(INSTALLED)
	$(call heading,cargo clippy)
	cargo clippy --workspace --all-targets -- -D warnings
	cargo clippy --manifest-path bench/rust/Cargo.toml --target-dir $(BENCH) --locked -- -D warnings
	cargo clippy --manifest-path fuzz/Cargo.toml --target-dir $(FUZZ) --tests --locked -- -D warnings

rust-test: $(INSTALLED)
	$(call heading,cargo test)
	cargo test --workspace

rust-doc: $(INSTALLED)
	$(call heading,cargo doc)
	RUSTDOCFLAGS='-D warnings' cargo doc --workspace --no-deps
	$(PY) tools/doc_links.py

pytest: $(EXTENSION)
	$(call heading,pytest)
	$(PY) -m pytest

types: $(EXTENSION)
	$(call heading,mypy and stubtest)
	$(PY) -m mypy
	$(PY) -m mypy.stubtest ironmap --allowlist tests/stubtest-allowlist.txt

conformance: $(EXTENSION)
	$(call heading,the own tests of every interpreter found)
	$(PY) tools/conformance.py

$(EXTENSION): $(SOURCES) $(INSTALLED) | cargo-found
	$(PY) -m maturin develop --release
	@touch $@

$(INSTALLED): requirements-dev.txt
	@command -v $(PYTHON) >/dev/null || \
	    { echo 'ironmap needs Python 3.11 or newer; $(PYTHON) is not on PATH: $(OTHER_PYTHON)' >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.version_info >= (3, 11) or sys.exit( \
	    "ironmap needs Python 3.11 or newer; $(PYTHON) is %d.%d: $(OTHER_PYTHON)" % sys.version_info[:2])'
	$(PYTHON) -m venv $(VENV)
	$(PY) -m pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	@touch $@

OTHER_PYTHON := make PYTHON=/path/to/python3

cargo-found:
	@command -v cargo >/dev/null || \
	    { echo 'ironmap needs Rust 1.85 or newer; cargo is not on PATH: see https://rustup.rs' >&2; exit 1; }

clean:
	rm -rf $(VENV) target $(EXTENSION)

# The crate's public API beside the lists of it: what is new or gone is meant, or a
# mistake. `make public-api LIST=write` writes the lists anew.
public-api: $(INSTALLED) | cargo-found
	$(call heading,the public API)
	$(PY) tools/public_api.py $(LIST)

# Licences, versions and sources of what is built in, by deny.toml; and known
# vulnerabilities, where the database of them can be had.
deny: | cargo-found
	@test -x $(DENY)/bin/cargo-deny || \
	    cargo install --locked --root $(DENY) cargo-deny@0.20.2
	$(DENY)/bin/cargo-deny --all-features check licenses bans sources
	@if git ls-remote --quiet --exit-code $(ADVISORIES) HEAD >/dev/null 2>&1; \
	    then $(DENY)/bin/cargo-deny check advisories; \
	    else echo 'passed over: known vulnerabilities; $(ADVISORIES) is out of reach'; fi

DENY       := target/deny
ADVISORIES := https://github.com/RustSec/advisory-db

# The user's guide as a site, in target/site/html.
site: $(EXTENSION)
	$(PY) tools/site.py

# Programs of others on ironmap: numpy, pandas, joblib, Dask and more, in an
# environment of their own; and what needs numpy of the other tests.
interop: $(EXTENSION) $(INTEROP)/.installed
	$(call heading,programs of others)
	PYTHONPATH='$(CURDIR)/python' $(INTEROP)/bin/python -m pytest tests/interop
	PYTHONPATH='$(CURDIR)/python' $(INTEROP)/bin/python -m pytest -k numpy \
	    tests/sigbus/test_programs.py tests/docs/test_examples.py

$(INTEROP)/.installed: tests/interop/requirements.txt $(INSTALLED)
	$(PY) -m venv $(INTEROP)
	$(INTEROP)/bin/python -m pip install --quiet --disable-pip-version-check -r $<
	@touch $@

# Maps used in every way while their files are pulled away from under them, with enough
# memory and with too little.
soak: $(EXTENSION)
	$(PY) tests/stress --seconds 60
	$(PY) tests/stress --seconds 60 --pressure

# Each system call and each allocation of each operation fails once. `make test` tries a
# part of it.
inject: $(EXTENSION) | cargo-found
	$(call heading,each call of the core fails once)
	cargo test --package ironmap --test inject -- --whole
	$(call heading,each call of the module fails once)
	$(PY) tests/inject

# Errors that are planted in a copy are found by that.
planted: $(INSTALLED) | cargo-found
	$(PY) tools/planted.py

# What the fuzzer has found so far, and the targets built, which takes a C++ compiler.
fuzz-test: | cargo-found
	$(call heading,the corpus of the fuzz targets)
	cargo test --release --manifest-path fuzz/Cargo.toml --target-dir $(FUZZ) --locked
	@if command -v c++ >/dev/null; then $(MAKE) --no-print-directory fuzz-programs; \
	    else echo 'passed over: to build the fuzz targets takes a C++ compiler'; fi

# Each target for $(FUZZ_SECONDS) seconds; what it finds is left in target/fuzz.
fuzz: fuzz-programs
	@for target in operations search options parts; do \
	    mkdir -p $(FUZZ)/corpus/$$target && $(FUZZ_PROGRAMS)/$$target -max_total_time=$(FUZZ_SECONDS) \
	        -max_len=1500 -print_final_stats=1 -artifact_prefix=$(FUZZ)/$$target- \
	        $(FUZZ)/corpus/$$target fuzz/corpus/$$target || exit 1; \
	done

# As cargo-fuzz builds them, but with the stable compiler. A target of its own keeps
# the instrumentation out of build scripts.
fuzz-programs: | cargo-found
	RUSTFLAGS='$(FUZZ_FLAGS)' cargo build --release --manifest-path fuzz/Cargo.toml --bins --locked \
	    --features libfuzzer --target $(FUZZ_HOST) --target-dir $(FUZZ)

FUZZ          := target/fuzz
FUZZ_SECONDS  ?= 60
FUZZ_HOST      = $(shell rustc -vV | sed -n 's/^host: //p')
FUZZ_PROGRAMS  = $(FUZZ)/$(FUZZ_HOST)/release
FUZZ_FLAGS    := -Cpasses=sancov-module -Ccodegen-units=1 $(addprefix -Cllvm-args=-sanitizer-coverage-, \
                 level=4 inline-8bit-counters pc-table trace-compares)

# The atomics of the fault guard and the lock of a map object, in every order that the
# memory model allows.
loom: | cargo-found
	$(call heading,loom)
	cargo test --release --manifest-path loom/Cargo.toml --target-dir target/loom
	RUSTFLAGS='--cfg loom' cargo test --release -p ironmap-state --test models --target-dir target/loom-state

# What needs no system call but for memory, in Miri, which gives none back in part: no
# data race, nothing undefined.
# Needs a nightly toolchain with the components miri and rust-src.
miri: | cargo-found
	$(MIRI) --lib -- error:: fault:: range:: region:: search::
	$(MIRI) --test all -- edges:: lines:: search::
	$(MIRI_STATE)

# With the vectors that most processors have, and a clock for proptest.
MIRI := RUSTFLAGS=-Ctarget-feature=+avx2 MIRIFLAGS=-Zmiri-disable-isolation \
        cargo +nightly miri test -p ironmap --target-dir target/miri

MIRI_STATE := MIRIFLAGS=-Zmiri-disable-isolation \
              cargo +nightly miri test -p ironmap-state --test threads --target-dir target/miri

# The core's tests under the sanitizers of addresses and of threads.
sanitize: | cargo-found
	@$(PYTHON) tools/sanitize.py

# The oldest compiler that Cargo.toml promises, which rustup installs: the core's tests,
# and the module.
msrv: $(INSTALLED) | cargo-found
	@if ! command -v rustup >/dev/null; then echo 'passed over: other compilers are rustup'"'"'s'; else \
	    rustup toolchain install $(MSRV) --profile minimal --no-self-update && \
	    cargo +$(MSRV) test -p ironmap --locked --target-dir target/msrv && \
	    cargo +$(MSRV) build -p ironmap-py --locked --target-dir target/msrv; \
	fi

MSRV = $(shell sed -n 's/^rust-version = "\(.*\)"/\1.0/p' Cargo.toml)

# The oldest versions that Cargo.toml names of what we use: the core's tests, and the
# module. In a copy, whose Cargo.lock is its own.
minimal-versions: $(INSTALLED) | cargo-found
	@if ! rustup run nightly cargo --version >/dev/null 2>&1; then \
	    echo 'passed over: such versions are found by a nightly toolchain, and rustup has none'; \
	else \
	    rm -rf $(MINIMAL)/copy && mkdir -p $(MINIMAL)/copy && \
	    cp -R Cargo.toml *.md LICENSE-* crates docs $(MINIMAL)/copy && cd $(MINIMAL)/copy && \
	    cargo +nightly generate-lockfile -Zdirect-minimal-versions && \
	    cargo test -p ironmap --locked --target-dir .. && \
	    cargo build -p ironmap-py --locked --target-dir ..; \
	fi

MINIMAL := target/minimal-versions

# The next four want Debian, and install what they miss by apt-get.

# On Windows: cross-built, and run under Wine.
test-windows: $(INSTALLED)
	$(PY) tools/windows.py

# The core where addresses have 32 bits.
test-i686:
	$(PYTHON) tools/cross.py --need gcc-multilib test --target i686-unknown-linux-gnu \
	    --package ironmap --target-dir target/i686

# All of the Rust code, for systems that cannot be run here.
typecheck:
	$(PYTHON) tools/typecheck.py

# What a release would upload, built and installed.
packages: $(INSTALLED)
	$(PY) tools/packages.py

# Every operation beside the stdlib module's, under 3.11 and 3.13, and the Rust
# crate's beside memmap2, std::fs, memchr and ripgrep.
bench: $(EXTENSION) bench-programs
	$(compare)

# The same up to 1 GiB, with more rounds, the waits and the bulk; all into bench/record.
bench-record: $(EXTENSION) bench-programs
	$(compare) --record bench/record
	$(compare) --full --record bench/record
	$(PY) bench/waits/compare.py --record bench/record
	$(PY) bench/bulk/compare.py --record bench/record

compare = PATH="$$PATH:$(CURDIR)/$(BENCH)/tools/bin" \
    $(PY) bench/compare.py --rust $(BENCH)/release/ironmap-bench

# Without ripgrep the rows beside it are passed over.
bench-programs: | cargo-found
	cargo build --release --locked --manifest-path bench/rust/Cargo.toml --target-dir $(BENCH)
	@command -v rg >/dev/null || test -x $(BENCH)/tools/bin/rg || \
	    cargo install ripgrep --locked --root $(BENCH)/tools || \
	    echo 'ripgrep could not be installed' >&2

# How long other threads wait for an operation, and it for them.
bench-waits: $(EXTENSION)
	$(PY) bench/waits/compare.py

# Large results, when the memory for them is at hand and when it is not.
bench-bulk: $(EXTENSION)
	$(PY) bench/bulk/compare.py

# The figures behind DESIGN.md, "Addresses that were lent".
bench-reserve: $(EXTENSION)
	$(PY) bench/reserve/measure.py

# The figures behind DESIGN.md, "The class".
bench-class: $(EXTENSION)
	cargo build --release --manifest-path bench/class/Cargo.toml --target-dir target/bench-class
	cp target/bench-class/release/libby_pymethods.so target/bench-class/by_pymethods.abi3.so
	PYTHONPATH=target/bench-class $(PY) bench/class/compare.py

# What the fault guard costs: the figures of DESIGN.md, "A fault is an error".
bench-guard: $(INSTALLED)
	cargo build --release -p ironmap-py --target-dir target/bench-guard
	cp target/bench-guard/release/lib_ironmap.so target/bench-guard/guarded.so
	RUSTFLAGS='--cfg ironmap_unguarded' cargo build --release -p ironmap-py \
	    --target-dir target/bench-guard/unguarded
	$(PY) bench/guard/compare.py target/bench-guard/guarded.so \
	    target/bench-guard/unguarded/release/lib_ironmap.so
