#!/usr/bin/env python3
"""Compares Chaski with llama.cpp on one file, in turns, and prints the table that Benchmarks/README.md keeps.

Needs: a release build, and pip install llama-cpp-python (which builds llama.cpp from source).
Usage: Benchmarks/compare.py MODEL.gguf [--rounds 5] [-p 512] [-n 128] [-t 2]
Each round runs one engine, then the other, so that a machine whose speed drifts treats both alike; the ratio is
taken round by round and its median is shown.
"""

import argparse
import json
import pathlib
import statistics
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent


def ours(options):
    out = subprocess.run(
        [ROOT / ".build/release/chaski", "bench", options.model, "-p", str(options.p), "-n", str(options.n),
         "-t", str(options.t), "-r", str(options.r), "--json"],
        check=True, capture_output=True, text=True,
    ).stdout
    run = json.loads(out)["runs"][0]
    rates = {figure["kind"]: statistics.median(figure["rates"]) for figure in run["figures"]}
    shares = {
        "decode": next(f["weightBytesPerSecond"] for f in run["figures"] if f["kind"] == "decode")
        / run["limits"]["readBandwidth"],
        "prefill": next(f["operationsPerSecond"] for f in run["figures"] if f["kind"] == "prefill")
        / run["limits"]["int8Rate"],
    }
    return rates, shares


def peers(options):
    out = subprocess.run(
        [sys.executable, ROOT / "Benchmarks/peer_bench.py", options.model, "-p", str(options.p), "-n",
         str(options.n), "-t", str(options.t), "-r", str(options.r)],
        check=True, capture_output=True, text=True,
    ).stdout
    return {kind: figure["median"] for kind, figure in json.loads(out).items()}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("model")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("-p", type=int, default=512)
    parser.add_argument("-n", type=int, default=128)
    parser.add_argument("-t", type=int, default=2)
    parser.add_argument("-r", type=int, default=3, help="repetitions inside a round")
    options = parser.parse_args()
    rounds = []
    for number in range(options.rounds):
        peer = peers(options)
        our, shares = ours(options)
        rounds.append((our, peer, shares))
        print(f"round {number + 1}: " + ", ".join(
            f"{kind} {our[kind]:.0f} against {peer[kind]:.0f} tok/s" for kind in our), file=sys.stderr)
    print("| | Chaski tok/s | llama.cpp tok/s | ratio (lowest to highest) | share of the machine's limit |")
    print("|---|---|---|---|---|")
    for kind, length in (("prefill", options.p), ("decode", options.n)):
        ratios = [our[kind] / peer[kind] for our, peer, _ in rounds]
        share = statistics.median(shares[kind] for _, _, shares in rounds)
        print(
            f"| {kind} {length}, {options.t} threads "
            f"| {statistics.median(our[kind] for our, _, _ in rounds):.0f} "
            f"| {statistics.median(peer[kind] for _, peer, _ in rounds):.0f} "
            f"| **{statistics.median(ratios):.2f}** ({min(ratios):.2f} to {max(ratios):.2f}) "
            f"| {100 * share:.0f} % |"
        )


main()
