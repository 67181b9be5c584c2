#!/usr/bin/env python3
"""Measures Chaski against other engines, in turns, on the same files and threads.

Usage: make bench-peers                        everything that this machine has the files for
       Benchmarks/bench_peers.py --list        the rows, and how long each takes
       Benchmarks/bench_peers.py --rows 'prefill-1.1b-*,batch-8' --rounds 5

The first run installs llama-cpp-python's source with pip and builds its llama.cpp for this machine, in a folder
that git ignores (Benchmarks/.peers); --llama-cpp or CHASKI_LLAMA_CPP names a folder with the programs instead.
SmolLM2 comes by `chaski pull`; models of random weights are made where ../shared/tools/random_gguf.py is at
hand, or taken from --models. A row whose file is missing is skipped, and says so.

A round runs each engine once, each in a process of its own; every other round runs them in the opposite order, so
that a machine whose speed drifts treats all alike. Ratios are taken round by round. llama.cpp runs with its weights
repacked and without; the faster counts. Each row replaces its earlier figures in results.json; then the table in
README.md and the plot in docs/images are drawn from all rows.
"""

import argparse
import dataclasses
import datetime
import fnmatch
import json
import os
import pathlib
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent
PRIVATE = HERE / ".peers"
RESULTS = HERE / "results.json"
TABLE = HERE / "README.md"
PLOT = ROOT / "docs/images/speed.svg"
MAKER = pathlib.Path(os.environ.get("CHASKI_SHARED", ROOT.parent / "shared")) / "tools/random_gguf.py"
LLAMA_CPP_PYTHON = "0.3.36"
LLAMA_PROGRAMS = ("llama-bench", "llama-batched-bench", "llama-completion", "llama-quantize")
OURS, LLAMA, IK = "Chaski", "llama.cpp", "ik_llama.cpp"
QUESTION, ANSWER = "What is the capital of France?", "Paris"


# MARK: What is measured

@dataclasses.dataclass(frozen=True)
class Model:
    title: str
    file: str
    made: tuple = ()      # arguments of random_gguf.py, or the model that it is converted from
    rates: tuple = (0, 0, 0)  # a guess for the slower engine: prefill and decode tok/s, seconds to load


MODELS = {
    "smollm2": Model("SmolLM2-135M Q4_1", "", (), (350, 140, 0.5)),
    "135m-q4_0": Model("135M Q4_0", "smollm135-q4_0.gguf", ("smollm135", "q4_0"), (900, 180, 0.5)),
    "1.1b-q4_0": Model("1.1B Q4_0", "tinyllama-q4_0.gguf", ("tinyllama", "q4_0"), (130, 40, 1.5)),
    "1.1b-q4_k_m": Model("1.1B Q4_K_M", "tinyllama-q4_k_m.gguf", ("tinyllama", "q4_k_m"), (150, 36, 1.5)),
    "1.1b-q8_0": Model("1.1B Q8_0", "tinyllama-q8_0.gguf", ("tinyllama", "q8_0"), (90, 24, 2)),
    "1.1b-f16": Model("1.1B F16", "tinyllama-f16.gguf", ("tinyllama", "f16"), (130, 18, 2.5)),
    "1.1b-bf16": Model("1.1B BF16", "tinyllama-bf16.gguf", ("1.1b-f16", "bf16"), (130, 18, 2.5)),
    "7b-q4_0": Model("7B Q4_0", "llama7b-q4_0.gguf", ("llama7b", "q4_0"), (32, 8, 6)),
    "7b-q4_k_m": Model("7B Q4_K_M", "llama7b-q4_k_m.gguf", ("llama7b", "q4_k_m"), (32, 8, 6)),
}


@dataclasses.dataclass(frozen=True)
class Row:
    name: str
    model: str
    kind: str             # prefill, decode or start
    length: int = 0
    threads: int = 0      # 0: as many as --threads says
    depth: int = 0
    batch: int = 1
    isa: str = ""         # Chaski's instruction set, if not the best
    repetitions: int = 3  # inside a round
    goals: tuple = ()     # pairs of what it is measured by, and the least that is wanted

    @property
    def title(self):
        parts = [f"{self.kind} {self.length}" if self.length else "start to first token"]
        if self.batch > 1:
            parts.append(f"{self.batch} sequences")
        if self.depth > 1000:
            parts.append(f"after {self.depth} tokens")
        if self.threads == 1:
            parts.append("1 thread")
        if self.isa:
            parts.append(f"{self.isa.upper()} only")
        return f"{MODELS[self.model].title}: " + ", ".join(parts)

    def seconds(self):
        """A guess of what one process takes."""
        prefill, decode, load = MODELS[self.model].rates
        if self.kind == "start":
            return load + 1
        rate = prefill if self.kind == "prefill" else decode * (1 + self.batch / 6)
        if self.threads == 1:
            rate *= 0.6
        tokens = self.length * self.batch
        return load + tokens * (self.repetitions + 0.5) / rate + self.depth * self.batch / (prefill * 0.6)


def rows():
    yield Row("prefill-smollm2", "smollm2", "prefill", 512, goals=((LLAMA, 3), (IK, 1.8)))
    yield Row("decode-smollm2", "smollm2", "decode", 128, goals=((LLAMA, 2), (IK, 1.4)))
    yield Row("prefill-135m-q4_0", "135m-q4_0", "prefill", 512, goals=((LLAMA, 3), (IK, 1.8)))
    yield Row("decode-135m-q4_0", "135m-q4_0", "decode", 128)
    prefill_goals = {"f16": ((LLAMA, 1.4),), "bf16": ((LLAMA, 2),)}
    for kind in ("q4_0", "q4_k_m", "q8_0", "f16", "bf16"):
        yield Row(f"prefill-1.1b-{kind}", f"1.1b-{kind}", "prefill", 512, repetitions=2,
                  goals=prefill_goals.get(kind, (("share", 0.6),)))
    for kind in ("q4_0", "q4_k_m", "q8_0", "f16"):
        yield Row(f"decode-1.1b-{kind}", f"1.1b-{kind}", "decode", 128, repetitions=2, goals=(("share", 0.92),))
    for kind in ("q4_0", "q4_k_m", "q8_0", "f16"):
        yield Row(f"decode-1.1b-{kind}-1t", f"1.1b-{kind}", "decode", 128, threads=1, repetitions=2,
                  goals=((LLAMA, 1.3),))
    for kind in ("q4_0", "q4_k_m"):
        yield Row(f"decode-7b-{kind}", f"7b-{kind}", "decode", 128, repetitions=1, goals=(("share", 0.92),))
    yield Row("decode-7b-q4_0-1t", "7b-q4_0", "decode", 64, threads=1, repetitions=1, goals=((LLAMA, 1.3),))
    for batch in (8, 16):
        yield Row(f"batch-{batch}", "1.1b-q4_0", "decode", 32, batch=batch, depth=16, repetitions=1,
                  goals=((LLAMA, 2.5),))
    yield Row("decode-16k", "1.1b-q4_0", "decode", 32, depth=16384, repetitions=2, goals=((LLAMA, 1.5),))
    yield Row("start-7b", "7b-q4_0", "start", goals=(("seconds", 0.5), ("memory", 1.1)))
    for kind, length in (("prefill", 512), ("decode", 128)):
        for model in ("smollm2", "1.1b-q4_0"):
            yield Row(f"avx2-{kind}-{model}", model, kind, length, isa="avx2", repetitions=2)


# MARK: Engines

def run(command, environment=None):
    """Runs a program; its output, and seconds and peak memory of the process."""
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        start = time.monotonic()
        process = subprocess.Popen(
            [str(word) for word in command], stdin=subprocess.DEVNULL, stdout=out, stderr=err,
            env={**os.environ, **(environment or {})},
        )
        try:
            _, status, usage = os.wait4(process.pid, 0)
        except BaseException:
            process.kill()
            process.wait()
            raise
        seconds = time.monotonic() - start
        process.returncode = os.waitstatus_to_exitcode(status)
        out.seek(0)
        err.seek(0)
        if process.returncode != 0:
            tail = err.read().decode(errors="replace").strip().splitlines()[-3:]
            raise Failure(f"{pathlib.Path(str(command[0])).name} ended with {process.returncode}: " + " ".join(tail))
        return out.read().decode(errors="replace"), seconds, usage.ru_maxrss * 1024


class Failure(Exception):
    pass


@dataclasses.dataclass
class Engine:
    """What it is called in the table, and in which of its modes it runs."""
    name: str
    program: pathlib.Path
    mode: str = ""

    @property
    def key(self):
        return f"{self.name} ({self.mode})" if self.mode else self.name

    def can(self, row):
        return True

    def sample(self, row, path, threads):
        raise NotImplementedError

    @staticmethod
    def start_sample(command, environment=None):
        _, seconds, peak = run(command, environment)
        return {"seconds": seconds, "peakBytes": peak}


class Chaski(Engine):
    def sample(self, row, path, threads):
        environment = {"CHASKI_ISA": row.isa} if row.isa else None
        if row.kind == "start":
            return self.start_sample(
                [self.program, "run", path, "--raw", "Hello", "-n", 1, "--temp", 0, "-t", threads], environment)
        prompt, decode = (row.length, 0) if row.kind == "prefill" else (0, row.length)
        out, _, peak = run(
            [self.program, "bench", path, "-p", prompt, "-n", decode, "-d", row.depth, "-b", row.batch, "-t", threads,
             "-r", row.repetitions, "--json"], environment)
        figure = json.loads(out)["runs"][0]["figures"][0]
        return {
            "rate": statistics.median(figure["rates"]), "peakBytes": peak,
            "share": figure["peakShare" if row.kind == "prefill" else "bandwidthShare"], "limits": figure["limits"],
        }

    def answer(self, path, threads):
        return run([self.program, "run", path, QUESTION, "--temp", 0, "-n", 40, "-t", threads])[0]


class LlamaCpp(Engine):
    """llama-bench and its companions; `mode` is "repacked" or "not repacked"."""

    def can(self, row):
        return not row.isa or self.mode == "repacked"

    def sample(self, row, path, threads):
        as_in_file = self.mode == "not repacked"
        if row.kind == "start":
            return self.start_sample(
                [self.program.with_name("llama-completion"), "-m", path, "-p", "Hello", "-n", 1, "--temp", 0, "-t",
                 threads, "-no-cnv", "-c", 512] + (["--no-repack"] if as_in_file else []))
        if row.batch > 1:
            out, _, peak = run(
                [self.program.with_name("llama-batched-bench"), "-m", path, "-npp", row.depth, "-ntg", row.length,
                 "-npl", row.batch, "-c", (row.depth + row.length) * row.batch + 64, "-t", threads, "-tb", threads,
                 "--output-format", "jsonl"] + (["--no-repack"] if as_in_file else []))
            line = next(line for line in out.splitlines() if line.startswith("{"))
            return {"rate": json.loads(line)["speed_tg"], "peakBytes": peak}
        return self.bench(row, path, threads, ["--repack", 0] if as_in_file else [])

    def bench(self, row, path, threads, options):
        prompt, decode = (row.length, 0) if row.kind == "prefill" else (0, row.length)
        out, _, peak = run(
            [self.program, "-m", path, "-p", prompt, "-n", decode, "-t", threads, "-r", row.repetitions, "-o", "json"]
            + (["-d", row.depth] if row.depth else []) + options)
        # Some versions print lines of their own before the list.
        return {"rate": statistics.median(json.loads(out[out.index("[\n"):])[0]["samples_ts"]), "peakBytes": peak}

    def answer(self, path, threads):
        return run([self.program.with_name("llama-completion"), "-m", path, "-p", QUESTION, "-n", 40, "--temp", 0,
                    "-t", threads, "-st", "--no-display-prompt"])[0]


class IkLlama(LlamaCpp):
    """ik_llama.cpp's llama-bench; `mode` is "" or "repacked" (its -rtr 1)."""

    def can(self, row):
        return row.kind != "start" and row.batch == 1 and row.depth == 0 and not row.isa

    def sample(self, row, path, threads):
        return self.bench(row, path, threads, ["-rtr", 1] if self.mode else [])


# MARK: Making programs and models

def private_python(*packages):
    """The Python of a virtual environment of our own, with these packages."""
    python = PRIVATE / "venv/bin/python"
    if not python.exists():
        note("making a virtual environment")
        subprocess.run([sys.executable, "-m", "venv", PRIVATE / "venv"], check=True)
    marker = PRIVATE / "venv/installed.txt"
    installed = set(marker.read_text().split()) if marker.exists() else set()
    missing = [package for package in packages if package not in installed]
    if missing:
        note("pip install " + " ".join(missing))
        subprocess.run([python, "-m", "pip", "install", "-q", *missing], check=True)
        marker.write_text("\n".join(sorted(installed | set(missing))) + "\n")
    return python


def llama_cpp(given):
    """The folder of llama.cpp's programs, built from llama-cpp-python's source unless `given`."""
    if given:
        folder = pathlib.Path(given)
        if not (folder / "llama-bench").exists():
            sys.exit(f"{folder} has no llama-bench.")
        return folder
    source = PRIVATE / f"llama_cpp_python-{LLAMA_CPP_PYTHON}"
    folder = source / "vendor/llama.cpp/build/bin"
    if all((folder / program).exists() for program in LLAMA_PROGRAMS):
        return folder
    python = private_python("cmake", "ninja", "scikit-build-core")
    if not source.exists():
        note(f"fetching llama-cpp-python {LLAMA_CPP_PYTHON}")
        subprocess.run(
            [python, "-m", "pip", "download", "-q", "--no-deps", "--no-binary", "llama-cpp-python",
             "--no-build-isolation", "-d", PRIVATE, f"llama-cpp-python=={LLAMA_CPP_PYTHON}"], check=True)
        shutil.unpack_archive(next(PRIVATE.glob("llama_cpp_python-*.tar.gz")), PRIVATE)
    note("building llama.cpp (some minutes)")
    cmake = python.with_name("cmake")
    tree = source / "vendor/llama.cpp"
    subprocess.run(
        [cmake, "-S", tree, "-B", tree / "build", "-G", "Ninja", f"-DCMAKE_MAKE_PROGRAM={python.with_name('ninja')}",
         "-DCMAKE_BUILD_TYPE=Release", "-DGGML_NATIVE=ON", "-DLLAMA_CURL=OFF", "-DLLAMA_BUILD_TESTS=OFF",
         "-DLLAMA_BUILD_EXAMPLES=OFF", "-DLLAMA_BUILD_SERVER=OFF"], check=True, stdout=subprocess.DEVNULL)
    subprocess.run([cmake, "--build", tree / "build", "--target", *LLAMA_PROGRAMS], check=True,
                   stdout=subprocess.DEVNULL)
    return folder


def model_path(key, options, programs):
    """The file of a model, made if that is possible; or Failure with the reason why not."""
    model = MODELS[key]
    if key == "smollm2":
        given = os.environ.get("CHASKI_SMOLLM2")
        return pathlib.Path(given or run([options.chaski, "pull", "smollm2"])[0].strip())
    path = options.models / model.file
    if path.exists():
        return path
    options.models.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(f".{path.name}.{os.getpid()}")
    if model.made[0] in MODELS:
        source = model_path(model.made[0], options, programs)
        note(f"converting {path.name}")
        run([programs / "llama-quantize", source, unfinished, model.made[1]])
    elif MAKER.exists():
        note(f"making {path.name}")
        run([private_python("gguf", "numpy"), MAKER, *model.made, unfinished])
    else:
        raise Failure(f"{path.name} is not in the folder of models, and its maker is not at hand")
    unfinished.rename(path)
    return path


# MARK: Measuring

def note(text):
    print(text, file=sys.stderr, flush=True)


def value(sample):
    return sample.get("rate") or sample["seconds"]


def clock(seconds):
    return f"{seconds / 60:.0f} min" if seconds >= 90 else f"{seconds:.0f} s"


class Progress:
    """Guesses what is left from what the same row and engine took before."""

    def __init__(self, plan, rounds):
        self.left = {(row.name, engine.key): rounds for row, engines in plan for engine in engines}
        self.guess = {(row.name, engine.key): row.seconds() for row, engines in plan for engine in engines}

    def done(self, row, engine, seconds):
        key = (row.name, engine.key)
        self.left[key] -= 1
        self.guess[key] = seconds

    def drop(self, row, engine):
        self.left[(row.name, engine.key)] = 0

    @property
    def remaining(self):
        return sum(count * self.guess[key] for key, count in self.left.items())


def is_hopeless(row, engine, engines, samples):
    """Whether another mode of the same engine was a third faster in each of the first rounds."""
    own = samples[engine.key]
    if len(own) < 2:
        return False
    for other in engines:
        if other.name == engine.name and other.key != engine.key and len(samples[other.key]) >= len(own):
            pairs = zip(map(value, own), map(value, samples[other.key]))
            if all((a / b if row.kind == "start" else b / a) > 1.33 for a, b in pairs):
                return True
    return False


def measure(row, engines, path, options, progress):
    threads = row.threads or options.threads
    samples = {engine.key: [] for engine in engines}
    dropped = set()
    if row.kind == "start":
        for engine in engines:  # files and caches of earlier starts are there from now on
            engine.sample(row, path, threads)
    for number in range(options.rounds):
        for engine in engines if number % 2 == 0 else reversed(engines):
            if engine.key in dropped:
                continue
            start = time.monotonic()
            sample = engine.sample(row, path, threads)
            progress.done(row, engine, time.monotonic() - start)
            samples[engine.key].append(sample)
            unit = "tok/s" if "rate" in sample else "s"
            note(f"[{clock(progress.remaining)} left] {row.name}, round {number + 1} of {options.rounds}, "
                 f"{engine.key}: {value(sample):.2f} {unit}")
        for engine in engines:
            if engine.key not in dropped and is_hopeless(row, engine, engines, samples):
                dropped.add(engine.key)
                progress.drop(row, engine)
    return {
        "title": row.title, "kind": row.kind, "model": MODELS[row.model].title, "threads": threads, "isa": row.isa,
        "fileBytes": path.stat().st_size, "date": datetime.date.today().isoformat(), "commit": commit(),
        "engines": {key: found for key, found in samples.items() if key not in dropped},
    }


def commit():
    found = subprocess.run(["git", "-C", ROOT, "describe", "--always", "--dirty"], capture_output=True, text=True)
    return found.stdout.strip()


def machine():
    words = {}
    for file in ("/proc/cpuinfo", "/proc/meminfo"):
        if pathlib.Path(file).exists():
            for line in pathlib.Path(file).read_text().splitlines():
                name, _, rest = line.partition(":")
                words.setdefault(name.strip(), rest.strip())
    return {
        "processor": words.get("model name", platform.processor()), "processors": os.cpu_count(),
        "memoryBytes": int(words.get("MemTotal", "0 kB").split()[0]) * 1024,
        "system": f"{platform.system()} {platform.release()}",
    }


# MARK: Results

def summary(row):
    """Medians by engine (the better mode counts), and the ratios of ours to each peer's, round by round."""
    best = {}
    for key, samples in row["engines"].items():
        name = key.split(" (")[0]
        values = [value(sample) for sample in samples]
        better = min if row["kind"] == "start" else max
        middle = statistics.median(values)
        if name not in best or better(middle, best[name][0]) == middle:
            best[name] = (middle, values, key)
    ratios = {}
    for name, (_, values, _) in best.items():
        if name != OURS and OURS in best:
            pairs = list(zip(best[OURS][1], values))
            ratios[name] = [b / a if row["kind"] == "start" else a / b for a, b in pairs]
    return best, ratios


def share(row):
    shares = [sample["share"] for sample in row["engines"].get(OURS, []) if "share" in sample]
    return statistics.median(shares) if shares else None


def peak_ratio(row, key):
    return statistics.median(sample["peakBytes"] for sample in row["engines"][key]) / row["fileBytes"]


def verdicts(row, result):
    """One line for each goal of a row."""
    best, ratios = summary(result)
    for name, wanted in row.goals:
        if name in ratios:
            found = statistics.median(ratios[name])
            text, good = f"{found:.2f} x {name}, wanted {wanted}", found >= wanted
        elif name == "share" and share(result) is not None:
            text, good = f"{share(result):.0%} of the limit, wanted {wanted:.0%}", share(result) >= wanted
        elif name == "seconds":
            text, good = f"{best[OURS][0]:.2f} s, wanted {wanted}", best[OURS][0] <= wanted
        elif name == "memory":
            found = peak_ratio(result, OURS)
            text, good = f"{found:.2f} x the file in memory, wanted {wanted}", found <= wanted
        else:
            continue
        yield f"{'reached' if good else 'MISSED'}: {row.name}: {text}"


def cell(best, name, kind):
    if name not in best:
        return ""
    middle, values, _ = best[name]
    spread = (max(values) - min(values)) / 2 / middle
    number = f"{middle:.2f} s" if kind == "start" else f"{middle:.0f}" if middle >= 100 else f"{middle:.1f}"
    return f"{number} ± {spread:.0%}"


def ratio_cell(ratios, name):
    if not ratios.get(name):
        return ""
    found = ratios[name]
    return f"**{statistics.median(found):.2f}** ({min(found):.2f} to {max(found):.2f})"


def ordered(results):
    names = [row.name for row in rows()]
    return [results["rows"][name] for name in names if name in results["rows"]]


def table(results):
    found = ordered(results)
    peers = [name for name in (LLAMA, IK) if any(name in summary(row)[0] for row in found)]
    head = ["tok/s (or s), median and spread", OURS]
    for name in peers:
        head += [name, "ratio (lowest to highest)"]
    lines = ["| " + " | ".join(head + ["of the limit", "rounds"]) + " |", "|---" * (len(head) + 2) + "|"]
    for row in found:
        best, ratios = summary(row)
        cells = [row["title"], cell(best, OURS, row["kind"])]
        for name in peers:
            cells += [cell(best, name, row["kind"]), ratio_cell(ratios, name)]
        if row["kind"] == "start":
            memory = [f"{name} {peak_ratio(row, best[name][2]):.2f}" for name in best]
            limit = "peak memory by file: " + ", ".join(memory)
        else:
            limit = f"{share(row):.0%}" if share(row) is not None else ""
        lines.append("| " + " | ".join(cells + [limit, str(len(row["engines"][OURS]))]) + " |")
    about = results["machine"]
    dates = sorted({row["date"] for row in found})
    span = dates[0] if len(dates) == 1 else f"{dates[0]} to {dates[-1]}"
    intro = (
        f"{about['processor']}, {about['processors']} processors, {about['memoryBytes'] / 2**30:.0f} GiB; "
        f"{about['system']}; llama-cpp-python {LLAMA_CPP_PYTHON}; {span}. Spread: half the way from the lowest to the "
        "highest. Limit: for prefill, the peak of the units that multiply the weights; for decode, the bandwidth of "
        "reading weights and cache; both measured in the same process just before and after."
    )
    return intro + "\n\n" + "\n".join(lines) + "\n"


def write_table(text):
    start, end = "<!-- bench-peers: begin -->\n", "<!-- bench-peers: end -->"
    page = TABLE.read_text()
    head, _, rest = page.partition(start)
    _, _, tail = rest.partition(end)
    TABLE.write_text(head + start + text + end + tail)


def plot(results):
    """Bars of how many times as fast as llama.cpp the others are."""
    bars = []
    for row in ordered(results):
        best, ratios = summary(row)
        if LLAMA not in ratios or row["kind"] == "start":
            continue  # seconds are another thing than tokens a second
        ours = statistics.median(ratios[LLAMA])
        bars.append((row["title"], ours, ours / statistics.median(ratios[IK]) if IK in ratios else None))
    left, width, line, bar, top = 330, 760, 30, 12, 52
    threads = max((row["threads"] for row in results["rows"].values()), default=1)
    most = max([1.5] + [max(ours, other or 0) for _, ours, other in bars])
    scale = (width - left - 60) / most
    height = top + line * len(bars) + 14
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" '
        f'role="img" aria-label="Speed of Chaski, as a multiple of llama.cpp\'s">',
        "<style>text{font:13px system-ui,-apple-system,'Segoe UI',sans-serif;fill:#1f2328}"
        ".small{font-size:11px;fill:#59636e}.value{font-weight:600}.ours{fill:#0a7d5a}.ik{fill:#b58a3c}"
        ".one{stroke:#59636e;stroke-dasharray:3 3}"
        "@media (prefers-color-scheme:dark){text{fill:#e6edf3}.small{fill:#9198a1}.ours{fill:#2fbf8f}.ik{fill:#d3a957}"
        ".one{stroke:#9198a1}}</style>",
    ]
    names = [(OURS, "ours")] + ([(IK, "ik")] if any(other for _, _, other in bars) else [])
    x = left
    for name, colour in names:
        parts.append(f'<rect class="{colour}" x="{x}" y="10" width="10" height="10" rx="2"/>'
                     f'<text x="{x + 15}" y="19">{name}</text>')
        x += 35 + 8 * len(name)
    parts.append(f'<text class="small" x="{x + 10}" y="19">tok/s, {threads} threads unless said</text>')
    one = left + scale
    parts.append(f'<text class="small" x="{one + 4:.1f}" y="{top - 8}">1 × = llama.cpp</text>')
    for index, (title, ours, other) in enumerate(bars):
        y = top + index * line
        parts.append(f'<text x="{left - 10}" y="{y + 14}" text-anchor="end">{title}</text>')
        parts.append(f'<rect class="ours" x="{left}" y="{y + 3}" width="{ours * scale:.1f}" height="{bar}" rx="2"/>'
                     f'<text class="value" x="{left + ours * scale + 6:.1f}" y="{y + 14}">{ours:.1f} ×</text>')
        if other:
            parts.append(f'<rect class="ik" x="{left}" y="{y + 4 + bar}" width="{other * scale:.1f}" '
                         f'height="{bar // 2}" rx="1"/>')
    parts.append(f'<line class="one" x1="{one:.1f}" x2="{one:.1f}" y1="{top - 4}" y2="{height - 8}"/></svg>')
    return "\n".join(parts) + "\n"


def render(results):
    if results["rows"]:
        write_table(table(results))
        PLOT.write_text(plot(results))


# MARK: The command

def arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", default="*", help="names of rows, or patterns, separated by commas")
    parser.add_argument("--list", action="store_true", help="show the rows and how long each takes, and stop")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    parser.add_argument("--models", type=pathlib.Path, default=PRIVATE / "models", help="folder of model files")
    parser.add_argument("--chaski", type=pathlib.Path, default=ROOT / ".build/release/chaski")
    parser.add_argument("--llama-cpp", default=os.environ.get("CHASKI_LLAMA_CPP"),
                        help="folder of llama.cpp's programs; built if not given")
    parser.add_argument("--ik-llama", type=pathlib.Path, help="ik_llama.cpp's llama-bench, to measure it too")
    parser.add_argument("--results", type=pathlib.Path, default=RESULTS)
    parser.add_argument("--render", action="store_true", help="only draw table and plot again")
    options = parser.parse_args()
    if options.rounds < 1 or not options.threads or options.threads < 1:
        parser.error("--rounds and --threads are 1 or more")
    return options


def peers(options, programs):
    found = [LlamaCpp(LLAMA, programs / "llama-bench", mode) for mode in ("repacked", "not repacked")]
    if options.ik_llama and options.ik_llama.exists():
        found += [IkLlama(IK, options.ik_llama, mode) for mode in ("", "repacked")]
    else:
        note("without ik_llama.cpp: --ik-llama names no program" if options.ik_llama
             else "without ik_llama.cpp: give --ik-llama")
    return found


def check_text(engines, options, path):
    """Fast nonsense is worth nothing: both engines must know the capital of France."""
    for engine in engines:
        text = engine.answer(path, options.threads)
        if ANSWER not in text:
            sys.exit(f"{engine.key} answers {text.strip()!r} to {QUESTION!r}: nothing is measured.")
        note(f"{engine.key}: {' '.join(text.split())[-100:]}")


def main():
    options = arguments()
    results = {"machine": machine(), "rows": {}}
    if options.results.exists():
        earlier = json.loads(options.results.read_text())
        if options.render:
            return render(earlier)
        if earlier["machine"]["processor"] != results["machine"]["processor"]:
            sys.exit(f"{options.results} holds figures of another machine: give --results another file.")
        results["rows"] = earlier["rows"]
    wanted = [row for row in rows() if any(fnmatch.fnmatch(row.name, one) for one in options.rows.split(","))]
    if options.list:
        for row in wanted:
            guess = 3 * options.rounds * row.seconds()
            print(f"{row.name:24} {row.title:60} about {clock(guess)} for {options.rounds} rounds")
        return None
    if not wanted:
        sys.exit(f"No row is called {options.rows}; see --list.")
    if not options.chaski.exists():
        sys.exit("Build first: swift build -c release")
    programs = llama_cpp(options.llama_cpp)
    ours = Chaski(OURS, options.chaski)
    engines = peers(options, programs) + [ours]
    plan, paths = [], {}
    for row in wanted:
        try:
            paths[row.name] = model_path(row.model, options, programs)
            plan.append((row, [engine for engine in engines if engine.can(row)]))
        except Failure as failure:
            note(f"skipped {row.name}: {failure}")
    check_text([engines[0], ours], options, model_path("smollm2", options, programs))
    progress = Progress(plan, options.rounds)
    note(f"{len(plan)} rows, about {clock(progress.remaining)}")
    for row, row_engines in plan:
        results["rows"][row.name] = measure(row, row_engines, paths[row.name], options, progress)
        options.results.write_text(json.dumps(results, indent=1, sort_keys=True) + "\n")
        for line in verdicts(row, results["rows"][row.name]):
            note(line)
    if options.results == RESULTS:
        render(results)
    print(table(results))
    return None


if __name__ == "__main__":
    main()
