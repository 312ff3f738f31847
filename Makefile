# The front door. `make help` lists what it can do.
SHELL := /bin/bash
.DEFAULT_GOAL := help
.PHONY: help run test dist packages demo bench watch format lint release-check clean setup-run setup-test setup-dist web release asan empty-packages

JOBS ?= $(shell nproc)
export HITKEEP_DEPS ?= $(HOME)/.cache/hitkeep
# The Node that scripts/setup brings.
export PATH := $(HITKEEP_DEPS)/node-24.19.0/bin:$(PATH)
BIN  := build/release/hitkeep
# The program knows its own variables alone, and warns of others.
HITKEEP := env -u HITKEEP_DEPS $(BIN)
# The processors that are built for: the machine's own, and arm64 on amd64.
HOST := $(shell dpkg --print-architecture)
ARCHS ?= $(HOST) $(if $(filter amd64,$(HOST)),arm64)
preset = $(if $(filter $*,$(HOST)),dist,dist-$*)
RUN_TESTS := ctest --test-dir build/asan --output-on-failure --no-tests=error
# Everything that the browser gets is built from these.
WEB_SOURCES := $(shell find web -type f -not -path '*/node_modules/*' -not -path '*/dist/*' -not -path '*/.angular/*' 2>/dev/null)

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: setup-run web release ## Build what changed and start on http://localhost:8080 (ARGS="…" are passed on)
	@exec $(HITKEEP) $(ARGS)

demo: setup-run web release ## The same with 12 months of plausible traffic in demo-data/ (HITS=1000000; remove the folder to make it anew)
	@[ -d demo-data ] || { rm -rf demo-data.part && $(HITKEEP) demo -data-path demo-data.part -hits $(or $(HITS),1000000) && mv demo-data.part demo-data; }
	@echo "Sign in as demo@hitkeep.example with demo-demo-demo"
	@exec $(HITKEEP) -data-path demo-data $(ARGS)

test: setup-test web asan ## Build with sanitizers and run every test
	@cmake --build --preset asan -j $(JOBS) --target all benches
	@$(RUN_TESTS) -j $(JOBS) $(CTEST) || { \
	  echo "[test] what failed beside others is asked once more, alone; what passes now is unsteady, and wants mending"; \
	  $(RUN_TESTS) -j 1 --rerun-failed; }

dist: setup-dist web $(ARCHS:%=dist-%) ## Static, stripped executables: build/dist/hitkeep, and for arm64 build/dist-arm64/hitkeep (ARCHS="amd64")

dist-%:
	@echo "[dist] the static executable for $*"
	@mkdir -p build && cmake --preset $(preset) >build/$(preset).log || { tail build/$(preset).log; exit 1; }
	@cmake --build --preset $(preset) -j $(JOBS) --target hitkeep
	@cd build/$(preset) && llvm-strip-19 -o hitkeep.stripped hitkeep && mv hitkeep.stripped hitkeep && ls -l hitkeep

packages: $(ARCHS:%=packages-%) ## What people install, in build/packages: make dist first
	@ls -l build/packages

packages-%: empty-packages
	@[ -x build/$(preset)/hitkeep ] || { echo "packages: build/$(preset)/hitkeep is missing: make dist"; exit 1; }
	@packaging/build build/$(preset)/hitkeep $* build/packages

empty-packages:
	@rm -rf build/packages

bench: setup-test web release ## Measure against nginx; one table, ratios from one run
	@cmake --build --preset release -j $(JOBS) --target benches
	@PYTHONPATH=$(HITKEEP_DEPS)/python tests/bench/run $(ARGS)

watch: setup-run web ## Rebuild and restart on every change; the dashboard reloads live against it
	@scripts/watch $(ARGS)

format: ## Format C++, web and shell sources
	@git ls-files -co --exclude-standard '*.cc' '*.h' | xargs clang-format-19 -i
	@cd web && npm run --silent format

lint: setup-test web ## clang-format, clang-tidy on what changed, ESLint, Prettier, shellcheck, include rules
	@scripts/lint

release-check: setup-dist setup-test web asan dist ## What is too long for every day: static build, thread sanitizer, long crash loops, fuzzing, packages (PART="debian small")
	@scripts/release-check $(PART)

clean: ## Remove what was built (not the downloads, not data)
	@rm -rf build web/dist web/*/dist web/*/.angular

setup-run setup-test setup-dist: setup-%:
	@scripts/setup $*

web: web/dist/manifest.tsv

web/node_modules/.package-lock.json: web/package-lock.json web/package.json
	@echo "[web] npm packages (about a minute, 500 MB)"
	@cd web && npm ci --ignore-scripts --no-audit --no-fund --silent
	@touch $@

web/dist/manifest.tsv: web/node_modules/.package-lock.json $(WEB_SOURCES)
	@echo "[web] dashboard and tracker (about 30 seconds)"
	@cd web && npm run --silent build
	@touch $@

release:
	@mkdir -p build
	@[ -f build/release/build.ninja ] || { echo "[build] configuring"; cmake --preset release >build/release.log || { tail build/release.log; exit 1; }; }
	@echo "[build] the server (the first time 3-6 minutes on 2 cores)"
	@cmake --build --preset release -j $(JOBS) --target hitkeep

asan:
	@mkdir -p build
	@[ -f build/asan/build.ninja ] || cmake --preset asan >build/asan.log || { tail build/asan.log; exit 1; }
