#!/usr/bin/env python3
"""HellaSwag on the same items with Chaski, llama-perplexity and lm-evaluation-harness: figures and times.

The items are the first ones of llama.cpp's text file (six lines an item). The harness takes the same GGUF through
transformers, its weights turned into float32; its time is that of scoring, without loading. llama-perplexity divides
log-likelihoods by tokens, the harness's acc_norm by characters, so those two figures differ a little by definition.

Usage: Benchmarks/eval_peers.py --model smollm2.gguf --data hellaswag_val_full.txt --limit 400
         [--chaski .build/release/chaski] [--llama-perplexity PROGRAM] [--harness] [--threads 2]
--harness needs: pip install lm_eval torch transformers gguf
"""

import argparse
import json
import pathlib
import re
import subprocess
import sys
import tempfile
import time

# profile.py beside this file would stand in for Python's own, which torch imports.
sys.path = [path for path in sys.path if pathlib.Path(path).resolve() != pathlib.Path(__file__).resolve().parent]


def items(path, limit):
    lines = pathlib.Path(path).read_text().splitlines()
    return [lines[start:start + 6] for start in range(0, 6 * limit, 6)]


def timed(command):
    start = time.monotonic()
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode != 0:
        raise SystemExit(f"{command[0]} failed:\n{done.stderr[-2000:]}")
    return done.stdout, time.monotonic() - start


def chaski(options, text):
    output, seconds = timed([
        options.chaski, "eval", "hellaswag", options.model, "--data", text, "--json",
        "--threads", str(options.threads)])
    figures = {one["name"]: one for one in json.loads(output)["metrics"]}
    return [("Chaski", name, figures[name]["value"], figures[name]["standardError"], seconds)
            for name in ("acc", "acc_norm")]


def llama(options, text, count):
    output, seconds = timed([
        options.llama_perplexity, "-m", options.model, "-f", text, "--hellaswag",
        "--hellaswag-tasks", str(count), "-t", str(options.threads)])
    # After each item: how many, the share of them, and in newer versions its interval.
    shares = re.findall(rf"^\s*{count}\t([0-9.]+)%?", output, re.MULTILINE)
    if not shares:
        raise SystemExit(f"llama-perplexity did not say how many of {count} items were right:\n{output[-2000:]}")
    share = float(shares[-1]) / 100
    error = (share * (1 - share) / (count - 1)) ** 0.5
    return [("llama-perplexity", "per token", share, error, seconds)]


def harness(options, chosen):
    import lm_eval
    import torch
    import transformers
    from lm_eval.models.huggingface import HFLM

    torch.set_num_threads(options.threads)
    path = pathlib.Path(options.model)
    tokenizer = transformers.AutoTokenizer.from_pretrained(path.parent, gguf_file=path.name)
    model = transformers.AutoModelForCausalLM.from_pretrained(
        path.parent, gguf_file=path.name, dtype=torch.float32)
    with tempfile.TemporaryDirectory() as folder:
        data = pathlib.Path(folder) / "items.jsonl"
        data.write_text("".join(
            json.dumps({"query": item[0], "label": int(item[1]), "choices": item[2:]}) + "\n"
            for item in chosen))
        task = pathlib.Path(folder) / "task.yaml"
        task.write_text(json.dumps({
            "task": "hellaswag_items", "dataset_path": "json",
            "dataset_kwargs": {"data_files": {"validation": str(data)}},
            "output_type": "multiple_choice", "validation_split": "validation", "num_fewshot": 0,
            "doc_to_text": "{{query}}", "doc_to_target": "{{label}}", "doc_to_choice": "choices",
            "metric_list": [{"metric": name, "aggregation": "mean", "higher_is_better": True}
                            for name in ("acc", "acc_norm")],
        }))
        start = time.monotonic()
        found = lm_eval.simple_evaluate(
            model=HFLM(pretrained=model, tokenizer=tokenizer, batch_size=16, device="cpu"),
            tasks=[str(task)], bootstrap_iters=0)
        seconds = time.monotonic() - start
    figures = found["results"]["hellaswag_items"]
    count = len(chosen)
    return [(f"lm-evaluation-harness {lm_eval.__version__}", name, figures[f"{name},none"],
             (figures[f"{name},none"] * (1 - figures[f"{name},none"]) / (count - 1)) ** 0.5, seconds)
            for name in ("acc", "acc_norm")]


def show(rows):
    # At once: what comes after takes minutes, and may fail.
    for name, figure, value, error, seconds in rows:
        print(f"| {name} | {figure} | {value:.4f} | {error:.4f} | {seconds:.1f} |", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--model", required=True)
    parser.add_argument("--data", required=True)
    parser.add_argument("--limit", type=int, default=400)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--chaski", default=".build/release/chaski")
    parser.add_argument("--llama-perplexity")
    parser.add_argument("--harness", action="store_true")
    options = parser.parse_args()
    chosen = items(options.data, options.limit)
    print(f"| {len(chosen)} items | figure | value | standard error | seconds |\n|---|---|---|---|---|")
    with tempfile.NamedTemporaryFile("w", suffix=".txt") as text:
        # llama-perplexity takes every item of a file that has no more than it was asked for.
        text.write("".join(line + "\n" for item in chosen for line in item))
        text.flush()
        show(chaski(options, text.name))
        if options.llama_perplexity:
            show(llama(options, text.name, len(chosen)))
    if options.harness:
        show(harness(options, chosen))


if __name__ == "__main__":
    main()
