# The few commands a person needs. `make` alone lists them.

SWIFT ?= swift
FORMATTED = Sources Tests Package.swift

.PHONY: help build test run format lint layers quotes test-neon bench-peers ci

help:  ## Lists the commands.
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

build:  ## Builds the program in release.
	$(SWIFT) build -c release

test:  ## Runs all tests, in release (a debug build of the kernels is a hundred times slower).
	$(SWIFT) test -c release

run:  ## Talks with the default model.
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

bench-peers:  ## Measures against llama.cpp and others; ARGS="--list" shows the rows.
	$(SWIFT) build -c release --product chaski
	Benchmarks/bench_peers.py $(ARGS)

ci:  ## Does what CI does.
	.ci/run
