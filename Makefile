# `make demo` and `make test` do everything on a fresh Debian 12 or 13: packages, ONNX Runtime, models,
# build, run. What is already there is not fetched again. Everything else is cmake --preset NAME.

CACHE := $(or $(filter /%,$(XDG_CACHE_HOME)),$(HOME)/.cache)/vultus
# npm and pip that the set-up may have had to provide; those of the machine come first.
export PATH := $(PATH):$(CACHE)/node/bin:$(CACHE)/pip/bin
JOBS := $(shell nproc)
PACKS := $(notdir $(patsubst %/pack.json,%,$(wildcard models/*/pack.json)))

.PHONY: all demo test setup clean help

all: ## build the program (build/release/bin/vultus)
	@tools/setup/packages.sh build
	@tools/setup/onnxruntime.sh
	@cmake --preset release -DBUILD_TESTING=OFF >/dev/null
	@cmake --build --preset release

demo: all ## find and name faces in a few public photos, tagged copies in build/demo
	@tools/setup/npm.sh
	@tools/demo.sh

test: setup ## build with tests and run them all
	@export VULTUS_TEST_PYTHON="$$(tools/setup/python.sh)" \
	    && cmake --preset dev >/dev/null \
	    && cmake --build --preset dev \
	    && for pack in $(PACKS); do build/dev/bin/vultus models install $$pack \
	        || echo "make: no pack $$pack; tests that need it will be skipped" >&2; done \
	    && ctest --preset dev --parallel $(JOBS)

setup: ## everything that the tests need, without building
	@tools/setup/packages.sh build test
	@tools/setup/packages.sh video || echo "make: no FFmpeg; tests that need it will be skipped" >&2
	@tools/setup/onnxruntime.sh
	@tools/setup/npm.sh || echo "make: no npm; tests that need it will be skipped" >&2
	@tools/setup/python.sh >/dev/null
	@tools/setup/python.sh tests/http/requirements.txt >/dev/null
	@tools/setup/web.sh >/dev/null || echo "make: no npm packages; tests of the web page will be skipped" >&2
	@tools/setup/postgres.sh >/dev/null || echo "make: no PostgreSQL; tests that need it will be skipped" >&2

clean: ## remove build/ (the cache in ~/.cache/vultus stays)
	@rm -rf build

help: ## this list
	@sed -nE 's/^([a-z]+):.*## (.*)/  make \1\t\2/p' Makefile | expand -t 16
