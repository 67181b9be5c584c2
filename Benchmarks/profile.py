#!/usr/bin/env python3
"""Shows where a token's time goes: samples `chaski bench` with perf and adds up what belongs together.

Usage: Benchmarks/profile.py MODEL [--threads 1] [--prefill 512] [--decode 128] [--repetitions 10]
Needs perf (Debian: linux-perf). Samples the processor's time, not cycles, so that it works in virtual machines too.
Loading, and the probes that measure the machine's limits, are left out of the shares.
"""

import argparse
import collections
import os
import pathlib
import re
import subprocess
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
# The first pattern that a symbol matches names its group; None is left out.
GROUPS = [
    (None, r"ck_pack|probe_|ck_dequantize|unmap_|zap_|folio|fault|clear_page|mmap|filemap|_fault|page_cache"),
    ("products: weights times activations", r"^(tile|pair|fine)_CK|^multiply_|float_tile|matmul_float|dot_product"),
    ("products: activations arranged, sums written", r"matmul_q8|make_ready|arrange|mem(move|cpy|set)"),
    ("quantising activations", r"quantize"),
    ("attention", r"attention|run_f16|run_f32|run_q8|gather|scores|store_(key|value)|attend|attend_|lay_page"),
    ("norms, rotary, feed-forward gate, sums", r"_norm|rope|silu|gelu|relu|soft_cap|scale_|scaled|add_kernel|exp_kernel|copyRow"),
    ("threads: taking work, waiting", r"WorkerPool|WorkShares|takeItems|spin_hint|ck_fetch|sched|pthread|futex|Parking|schedule"),
    ("Swift around the kernels", r"^\$s|swift_|malloc|free|_int_|calloc"),
    ("the system", r".*"),
]


def symbols(model, options, prefill, decode):
    """Samples by symbol of one kind of benchmark, and what it reached."""
    with tempfile.TemporaryDirectory() as folder:
        data = os.path.join(folder, "perf.data")
        table = subprocess.run(
            ["perf", "record", "-q", "-e", "cpu-clock", "-F", "1999", "-o", data,
             ROOT / ".build/release/chaski", "bench", model, "-p", str(prefill), "-n", str(decode), "-t",
             str(options.threads), "-r", str(options.repetitions)],
            check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
        ).stdout
        report = subprocess.run(
            ["perf", "report", "-i", data, "--no-children", "--sort", "symbol", "--stdio", "-F", "sample,symbol"],
            check=True, capture_output=True, text=True,
        ).stdout
    found = collections.Counter()
    for line in report.splitlines():
        match = re.match(r"\s*(\d+)\s+\[.\]\s+(\S+)", line)
        if match:
            found[match[2]] += int(match[1])
    return found, table


def group(symbol):
    return next(name for name, pattern in GROUPS if re.search(pattern, symbol))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("model")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--prefill", type=int, default=512)
    parser.add_argument("--decode", type=int, default=128)
    parser.add_argument("--repetitions", type=int, default=10)
    parser.add_argument("--symbols", type=int, default=0, help="show this many symbols besides")
    options = parser.parse_args()
    columns = {}
    for kind, prefill, decode in (("prefill", options.prefill, 0), ("decode", 0, options.decode)):
        if prefill or decode:
            found, table = symbols(options.model, options, prefill, decode)
            print(table)
            for symbol, count in found.most_common(options.symbols):
                print(f"{count / found.total():7.1%}  {symbol}  ({group(symbol) or 'left out'})")
            columns[f"{kind} {prefill or decode}"] = found
    print("| share of the time | " + " | ".join(columns) + " |")
    print("|---" * (len(columns) + 1) + "|")
    for name, _ in GROUPS:
        if name:
            cells = []
            for found in columns.values():
                total = sum(count for symbol, count in found.items() if group(symbol))
                own = sum(count for symbol, count in found.items() if group(symbol) == name)
                cells.append(f"{own / total:.1%}")
            print(f"| {name} | " + " | ".join(cells) + " |")


if __name__ == "__main__":
    main()
