# Maintainers' commands: `make check WHAT="miri loom"`, `make weekly`, `make bench WHAT=guard`.
# `make help` prints the lines that begin with ##.

VENV   := .venv
PY     := $(VENV)/bin/python
CORE   := -p sigbus-guard -p memsearch -p ironmap
TOOLS  := $(CURDIR)/target/tools
HOST    = $(shell rustc -vV | sed -n 's/^host: //p')
export PATH := $(TOOLS)/bin:$(PATH)

WEEKLY := pytest-weekly inject planted loom miri sanitize msrv minimal-versions fuzz soak memmap2

.PHONY: weekly build $(WEEKLY) consumers pythons-weekly windows-slow site-browser features public-api refused semver deny packages abis without-gil typecheck \
        test-i686 test-s390x fuzz-build nightly coverage \
        bench bench-memmap2 bench-record bench-cold bench-waits bench-bulk bench-guard \
        bench-reserve bench-scale bench-jobs bench-weight bench-programs
.NOTPARALLEL:

heading = @printf '\n==> %s\n' '$(1)'

weekly: $(WEEKLY)

pytest-weekly pythons-weekly inject soak: build
build:
	@$(MAKE) --no-print-directory -f Makefile build

# Tools written in Rust, built once.
install = @test -x $(TOOLS)/bin/$(1) || \
    { echo 'installing $(1): some minutes'; cargo install --quiet --locked --root $(TOOLS) $(1)@$(2); }

nightly:
	@rustup run nightly rustc --version >/dev/null || \
	    { echo 'needed: rustup toolchain install nightly --component miri,rust-src' >&2; exit 1; }

## pytest-weekly     the slowest Python tests, and the tests of tests
pytest-weekly:
	$(PY) -m pytest -m weekly

## inject            each system call and each allocation fails once
inject:
	$(call heading,each call of the core fails once)
	cargo test --package ironmap --test inject -- --whole
	$(call heading,each call of the module fails once)
	$(PY) tests/inject

## planted           errors that are planted in a copy are found by inject and loom
planted:
	$(PY) tools/planted.py

## loom              the atomics and locks in every order that the memory model allows
loom:
	RUSTFLAGS='--cfg loom' cargo test --profile models -p sigbus-guard --lib --target-dir target/loom
	RUSTFLAGS='--cfg loom' cargo test --profile models -p ironmap-state --test models --target-dir target/loom

## miri              code that needs no system call but for memory, in Miri (nightly)
miri: nightly
	$(MIRI) -p sigbus-guard --lib
	$(MIRI) -p ironmap --lib -- error:: range:: region::
	$(MIRI) -p memsearch --lib
	$(MIRI) -p ironmap --test all -- edges:: lines:: search:: views::
	$(MIRI) -p ironmap-state --test threads

# With the vectors that most processors have, and a clock for proptest.
MIRI := RUSTFLAGS=-Ctarget-feature=+avx2 MIRIFLAGS=-Zmiri-disable-isolation \
        cargo +nightly miri test --target-dir target/miri

## sanitize          the tests of the core under the sanitizers of addresses and of threads (nightly)
sanitize: nightly
	ASAN_OPTIONS=handle_sigbus=0 $(call sanitized,address)
	TSAN_OPTIONS=$(TSAN_OPTIONS) $(call sanitized,thread)

# At opt-level 0 the tests with many bytes take minutes each.
sanitized = RUSTFLAGS=-Zsanitizer=$(1) CARGO_PROFILE_DEV_OPT_LEVEL=1 cargo +nightly test --locked \
            -Zbuild-std --target $(HOST) --target-dir target/sanitize/$(1) --no-fail-fast \
            $(CORE) -p ironmap-state --lib --test all --test threads -- $(UNSANITIZED)
TSAN_OPTIONS = handle_sigbus=0:suppressions=$(CURDIR)/tools/tsan-suppressions.txt
# Under the sanitizers mlock does nothing and succeeds.
UNSANITIZED := --skip lock_unlock_and_protect_need_a_mapping --skip lock_damage_locks_nothing \
               --skip unlock_after_two_locks_unlocks

## msrv              the oldest compiler that Cargo.toml promises
msrv:
	rustup toolchain install $(MSRV) --profile minimal --no-self-update
	cargo +$(MSRV) test -p sigbus-guard -p ironmap --locked --target-dir target/msrv
	cargo +$(MSRV) build -p ironmap-py --locked --target-dir target/msrv

MSRV = $(shell sed -n 's/^rust-version = "\(.*\)"/\1.0/p' Cargo.toml)

## minimal-versions  the oldest dependencies that Cargo.toml allows (nightly)
minimal-versions: nightly
	rm -rf $(MINIMAL)/copy && mkdir -p $(MINIMAL)/copy
	cp -R Cargo.toml *.md LICENSE-* bench crates docs fuzz $(MINIMAL)/copy
	cd $(MINIMAL)/copy && cargo +nightly generate-lockfile -Zdirect-minimal-versions
	cd $(MINIMAL)/copy && cargo test -p sigbus-guard -p ironmap --locked --target-dir ..
	cd $(MINIMAL)/copy && cargo build -p ironmap-py --locked --target-dir ..

MINIMAL := target/minimal-versions

## fuzz              each fuzz target for FUZZ_SECONDS, 60
fuzz: fuzz-build
	@for target in operations search options parts; do \
	    mkdir -p $(FUZZ)/corpus/$$target && $(FUZZ)/$(HOST)/fuzz/$$target -max_total_time=$(FUZZ_SECONDS) \
	        -max_len=1500 -print_final_stats=1 -artifact_prefix=$(FUZZ)/$$target- \
	        $(FUZZ)/corpus/$$target fuzz/corpus/$$target || exit 1; \
	done

# As cargo-fuzz builds them, but with the stable compiler. --target keeps the
# instrumentation out of build scripts.
fuzz-build:
	RUSTFLAGS='$(FUZZ_FLAGS)' cargo build --profile fuzz --package ironmap-fuzz --bins --locked \
	    --features libfuzzer --target $(HOST) --target-dir $(FUZZ)

FUZZ         := target/fuzz
FUZZ_SECONDS ?= 60
FUZZ_FLAGS   := -Cpasses=sancov-module -Ccodegen-units=1 $(addprefix -Cllvm-args=-sanitizer-coverage-, \
                level=4 inline-8bit-counters pc-table trace-compares)

## soak              a minute of every operation while files are truncated, and one with too little memory
soak:
	$(PY) tests/stress --seconds 60
	$(PY) tests/stress --seconds 60 --pressure

## consumers         crates that want a slice (bytes, fst, object, rkyv, regex, nom, …), on ironmap
consumers:
	cargo test --manifest-path tests/consumers/Cargo.toml --locked --target-dir target/consumers

## memmap2           the stand-in for memmap2: memmap2's tests, programs that use it, truncations
memmap2:
	python3 tools/memmap2.py
	@for target in $(TYPECHECKED) wasm32-wasip1; do \
	    echo "==> $$target"; \
	    $(CROSS) check --quiet --target $$target --manifest-path compat/memmap2/Cargo.toml || exit 1; \
	done

## features          type-check the crate and its tests with each of its features, and without
features:
	@for features in '' needles stable_deref_trait __bindings; do \
	    echo "==> features: $$features"; \
	    cargo clippy -p ironmap --no-default-features --features "$$features" -- -D warnings || exit 1; \
	done
	cargo clippy -p ironmap --all-targets --no-default-features -- -D warnings
	cargo clippy -p ironmap --all-targets --all-features -- -D warnings

## public-api        write the public API into crates/ironmap and compare it with Git's (nightly)
public-api: nightly
	$(call install,cargo-public-api,0.52.0)
	rustup target add --toolchain nightly x86_64-unknown-linux-gnu x86_64-pc-windows-gnu
	$(PUBLIC_API) x86_64-unknown-linux-gnu >crates/ironmap/public-api.txt
	$(PUBLIC_API) x86_64-pc-windows-gnu >crates/ironmap/public-api-windows.txt
	$(PUBLIC_API) x86_64-unknown-linux-gnu --features __bindings >target/public-api/all.txt
	grep -vxFf crates/ironmap/public-api.txt target/public-api/all.txt >crates/ironmap/bindings-api.txt
	git diff --exit-code -U0 -- crates/ironmap/public-api.txt crates/ironmap/public-api-windows.txt \
	    crates/ironmap/bindings-api.txt

## refused           programs that the borrow checker must refuse, by the codes of its errors (nightly)
refused: nightly
	cargo +nightly test --doc -p ironmap --target-dir target/refused -- refused

PUBLIC_API := cargo public-api --package ironmap --omit blanket-impls,auto-trait-impls \
              --target-dir target/public-api --target

## semver            what the API breaks beside the last release, or beside SEMVER_BASE if there is none
semver:
	$(call install,cargo-semver-checks,0.51.0)
	@release=$$(git tag --list 'v[0-9]*' --sort=-version:refname | head -1); \
	test -n "$$release" || echo 'There is no release yet. Compared with $(SEMVER_BASE):'; \
	cargo semver-checks --package ironmap --baseline-rev "$${release:-$(SEMVER_BASE)}"

SEMVER_BASE ?= main

## deny              licences, versions and sources of dependencies; known vulnerabilities
deny:
	$(call install,cargo-deny,0.20.2)
	cargo deny --all-features check licenses bans sources
	@if git ls-remote --quiet --exit-code $(ADVISORIES) HEAD >/dev/null 2>&1; \
	    then cargo deny check advisories; \
	    else echo 'passed over: known vulnerabilities; $(ADVISORIES) is out of reach'; fi

ADVISORIES := https://github.com/RustSec/advisory-db

## site-browser      the site in Chromium: wide and narrow, light and dark, the search, the buttons
site-browser:
	@test -x /usr/bin/chromium || { echo 'needed: apt-get install chromium' >&2; exit 1; }
	@$(MAKE) --no-print-directory -f Makefile site
	test -x $(BROWSER)/bin/python || $(PY) -m venv $(BROWSER)
	$(BROWSER)/bin/python -m pip install --quiet --disable-pip-version-check \
	    playwright==1.65.2 axe-playwright-python==0.1.8
	$(BROWSER)/bin/python tools/site_browser.py target/site/html --shots target/site/shots

BROWSER := target/browser

# The next four need Debian, and install missing packages by apt-get.

## pythons-weekly    the tests that test-pythons leaves out, as root
pythons-weekly:
	$(PY) tools/newest_pythons.py weekly

## windows-slow      the slow Python tests under Wine
windows-slow:
	$(PY) tools/windows.py slow

## packages          build what a release would upload, and install it
packages:
	$(PY) tools/packages.py

typecheck:
	@for target in $(TYPECHECKED); do \
	    echo "==> $$target"; $(CROSS) check --quiet --target $$target -p ironmap -p ironmap-py || exit 1; \
	done
	@echo '==> the assembler of x86_64-pc-windows-msvc'
	@$(CROSS) build --quiet --lib --target x86_64-pc-windows-msvc -p ironmap
	@echo '==> wasm32-wasip1, which the crate refuses'
	@$(CROSS) check --quiet --target wasm32-wasip1 -p ironmap 2>&1 | grep -F 'error: ironmap needs mmap(2)'

CROSS := RUSTFLAGS='-D warnings' PYO3_CROSS=1 PYO3_NO_PYTHON=1 CARGO_TARGET_DIR=target/typecheck \
         python3 tools/cross.py
TYPECHECKED := x86_64-unknown-linux-musl aarch64-unknown-linux-gnu i686-unknown-linux-gnu \
    aarch64-apple-darwin x86_64-unknown-freebsd x86_64-unknown-openbsd x86_64-unknown-netbsd \
    x86_64-pc-windows-msvc aarch64-pc-windows-msvc aarch64-linux-android

## abis              type-check the builds for interpreters without a GIL, and refuse wrong ones
abis:
	$(PY) tools/abis.py check

## without-gil       the tests under CPython 3.13 without a GIL, built from Debian's source
without-gil:
	$(PY) tools/without_gil.py

## test-i686         the tests of the core as 32-bit programs
test-i686:
	python3 tools/cross.py --need gcc-multilib test --target i686-unknown-linux-gnu \
	    --package sigbus-guard --package ironmap --target-dir target/i686

## test-s390x        searches, numbers and files of the core with the highest byte first, in an emulator
test-s390x:
	$(PY) tools/systems.py s390x

# Needs llvm-tools of rustup, or LLVM_COV and LLVM_PROFDATA. A program that writes its profile
# past its file size limit is killed.
coverage:
	$(call install,cargo-llvm-cov,0.6.21)
	cargo llvm-cov $(CORE) -p ironmap-state --lib --test all --test threads --html \
	    --output-dir target/coverage -- --skip past_fsize_limit
	cargo llvm-cov report --summary-only

bench: bench-programs
	$(COMPARE)

bench-record: bench-programs
	$(COMPARE) --record bench/record
	$(COMPARE) --full --record bench/record
	$(PY) bench/cold/compare.py --record bench/record
	$(PY) bench/waits/compare.py --record bench/record
	$(PY) bench/bulk/compare.py --record bench/record
	$(PY) bench/scale/compare.py --record bench/record
	$(PY) bench/pictures.py bench/record

COMPARE := $(PY) bench/compare.py --rust target/release/ironmap-bench

# Without ripgrep its rows are left out.
bench-programs:
	cargo build --release --locked -p ironmap-bench
	@command -v rg >/dev/null || cargo install ripgrep --locked --root $(TOOLS) || \
	    echo 'ripgrep could not be installed' >&2

bench-cold:
	$(PY) bench/cold/compare.py

bench-waits:
	$(PY) bench/waits/compare.py

# With pandas, polars and safetensors, in the environment of `make interop`.
bench-jobs:
	@$(MAKE) --no-print-directory -f Makefile target/interop/.installed
	PYTHONPATH='$(CURDIR)/python' target/interop/bin/python bench/jobs/compare.py

bench-bulk:
	$(PY) bench/bulk/compare.py

bench-scale:
	$(PY) bench/scale/compare.py

# Beside the original, plainly built: the profile of a program that uses it.
bench-memmap2:
	cargo run --release --locked --manifest-path compat/memmap2/Cargo.toml --example beside \
	    --target-dir target/memmap2/build

bench-reserve:
	$(PY) bench/reserve/measure.py

bench-weight:
	$(PY) bench/weight/measure.py

# The extension with the fault guard and without it.
bench-guard:
	cargo build --release -p ironmap-py --target-dir target/bench-guard
	cp target/bench-guard/release/lib_ironmap.so target/bench-guard/guarded.so
	RUSTFLAGS='--cfg ironmap_unguarded' cargo build --release -p ironmap-py \
	    --target-dir target/bench-guard/unguarded
	$(PY) bench/guard/compare.py target/bench-guard/guarded.so \
	    target/bench-guard/unguarded/release/lib_ironmap.so
