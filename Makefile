# The few commands a person needs. `make` alone lists them.

SWIFT ?= swift
FORMATTED = Sources Tests Package.swift
PROMPT ?= What is the capital of France?

.PHONY: help deps build test run chat format lint layers quotes test-neon test-clients test-page bench-peers ci

help:  ## Lists the commands.
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

build: deps  ## Builds the program in release.
	$(SWIFT) build -c release

deps:  ## Installs SQLite's headers where they are missing (Debian, Ubuntu).
	@scripts/install-dependencies

# Four tests at once, where the toolchain can be told: all at once, each waits for all others, and a loaded
# machine looks like one that hangs.
TEST_WIDTH = $(shell $(SWIFT) test --help-hidden 2>/dev/null | \
  grep -q -e '--experimental-maximum-parallelization-width' && \
  echo --experimental-maximum-parallelization-width 4)

# Built first, and by `swift build`: `swift test` alone compiles everything with flags of its own, so that it and
# `make run` would throw away each other's work.
test: deps  ## Runs all tests, in release (a debug build of the kernels is a hundred times slower).
	$(SWIFT) build -c release --build-tests
	$(SWIFT) test -c release --skip-build $(TEST_WIDTH)

run: deps  ## Asks the default model a question; PROMPT="..." for another one.
	$(SWIFT) run -c release chaski run smollm2 "$(PROMPT)"

chat: deps  ## Talks with the default model.
	$(SWIFT) run -c release chaski chat smollm2

format:  ## Formats all Swift code.
	$(SWIFT) format format --in-place --recursive --configuration .swift-format $(FORMATTED)

lint:  ## Checks the format, strictly.
	$(SWIFT) format lint --strict --recursive --configuration .swift-format $(FORMATTED)

layers:  ## Checks that modules import only what docs/ARCHITECTURE.md allows.
	scripts/check-layers

quotes:  ## Checks that code which the documentation quotes is the code that is compiled.
	scripts/check-quotes

test-neon:  ## Checks the Arm kernels under emulation (needs gcc-aarch64-linux-gnu and qemu-user).
	scripts/test-kernels-neon --require

test-clients:  ## Checks the server with the clients of OpenAI, Anthropic and Ollama (needs pip).
	$(SWIFT) build -c release --product chaski
	Tests/Clients/run $(ARGS)

test-page:  ## Drives the web page in headless Chromium (needs pip and chromium).
	$(SWIFT) build -c release --product chaski
	Tests/Page/check $(ARGS)

bench-peers:  ## Measures against llama.cpp and others; ARGS="--list" shows the rows.
	$(SWIFT) build -c release --product chaski
	Benchmarks/bench_peers.py $(ARGS)

ci:  ## Does what CI does.
	.ci/run
