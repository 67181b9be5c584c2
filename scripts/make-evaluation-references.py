#!/usr/bin/env python3
"""Writes Tests/ChaskiEvaluationTests/Fixtures/expected.json: what lm-evaluation-harness makes of our fixtures.

The harness's own definitions of the tasks score the files in that folder, with a small real model in float32
(any GGUF that transformers reads; the tests use stories260K). The file holds each request's log-likelihood and
whether it is greedy, each text that was written, and each figure with its standard error.

Usage: pip install lm_eval torch transformers gguf
       scripts/make-evaluation-references.py .../stories260K.gguf
"""

import json
import pathlib
import random
import re
import sys
import tempfile

FIXTURES = pathlib.Path(__file__).resolve().parent.parent / "Tests/ChaskiEvaluationTests/Fixtures"


def rows(name):
    return [json.loads(line) for line in (FIXTURES / name).read_text().splitlines()]


def task_files(folder, definitions):
    """Files that name the harness's tasks, each with our data in the place of its own."""

    def data(name, documents):
        path = folder / f"{name}.jsonl"
        path.write_text("".join(json.dumps(document) + "\n" for document in documents))
        return str(path)

    def files(**splits):
        return {
            "dataset_path": "json",
            "dataset_name": None,
            "dataset_kwargs": {"data_files": splits},
            "num_fewshot": 0,
        }

    labels = (FIXTURES / "piqa-labels.lst").read_text().split()
    piqa = [row | {"label": int(label)} for row, label in zip(rows("piqa.jsonl"), labels)]
    hellaswag = [row | {"label": str(row["label"])} for row in rows("hellaswag.jsonl")]
    path = data("hellaswag", hellaswag)
    tasks = {
        "hellaswag": files(train=path, validation=path),
        "piqa": files(train=data("piqa", piqa), validation=data("piqa", piqa)),
        "arc_challenge": files(**dict.fromkeys(
            ("train", "validation", "test"), data("arc", rows("arc.jsonl")))),
        "lambada_openai": files(test=data("lambada", rows("lambada.jsonl"))),
        "gsm8k": files(
            train=data("examples", rows("gsm8k-examples.jsonl")),
            test=data("gsm8k", rows("gsm8k.jsonl"))) | {
                "num_fewshot": 1,
                "generation_kwargs": {
                    "until": ["Question:", "</s>", "<|im_end|>"],
                    "do_sample": False,
                    "max_gen_toks": 48,
                },
            },
    }
    tasks["choices"] = files(test=data("choices", rows("choices.jsonl"))) | {
        "output_type": "multiple_choice",
        "test_split": "test",
        "doc_to_text": "prompt",
        "doc_to_choice": "choices",
        "doc_to_target": "answer",
        "metric_list": [],
    }
    result = []
    for name, task in tasks.items():
        # The plainest of those that share the name is the task itself; others vary it.
        originals = sorted(definitions.rglob(f"{name}.yaml"), key=lambda path: len(path.parts))
        if originals:
            task["include"] = str(originals[0])
        if "metric_list" in task or name in ("hellaswag", "piqa", "arc_challenge"):
            task["metric_list"] = [
                {"metric": metric, "aggregation": "mean", "higher_is_better": True}
                for metric in ("acc", "acc_norm", "acc_bytes")]
        path = folder / f"{name}.yaml"
        # JSON is YAML.
        path.write_text(json.dumps({"task": f"fixture_{name}"} | task))
        result.append(str(path))
    return result


def extractions():
    """What the harness's two regular expressions find in texts of all kinds."""
    texts = [
        "#### 5", "so 12 apples.\n#### 1,234.", "#### -7 and #### 8", "no number", "$5.00 or $6", "-", "--5", "3.",
        "the answer is 42", "1,000 and 2", "$", "$$", "... -12 ...", "####5", "#### x #### 9", "5-3", "a-1b22", ".5",
        "#### -", "#### .", "12\n\nQuestion", "٣ and 4", "#### 10 dollars", "-$5", "",
    ]
    generator = random.Random(1)
    texts += ["".join(generator.choices("#  0123-$.,\nab", k=24)) for _ in range(200)]
    strict = re.compile(r"#### (\-?[0-9\.\,]+)")
    loose = re.compile(r"(-?[$0-9.,]{2,})|(-?[0-9]+)")

    def last(text):
        found = loose.findall(text)
        return next(part for part in found[-1] if part) if found else None

    return [[text, (strict.findall(text) or [None])[0], last(text)] for text in texts]


def main():
    import lm_eval
    import torch
    import transformers
    from lm_eval.models.huggingface import HFLM

    model_path = pathlib.Path(sys.argv[1])
    torch.manual_seed(0)
    torch.set_num_threads(1)
    tokenizer = transformers.AutoTokenizer.from_pretrained(
        model_path.parent, gguf_file=model_path.name)
    model = transformers.AutoModelForCausalLM.from_pretrained(
        model_path.parent, gguf_file=model_path.name, dtype=torch.float32)
    harness = HFLM(
        pretrained=model, tokenizer=tokenizer, batch_size=1, max_length=512, device="cpu",
        add_bos_token=True)
    with tempfile.TemporaryDirectory() as folder:
        found = lm_eval.simple_evaluate(
            model=harness, tasks=task_files(
                pathlib.Path(folder), pathlib.Path(lm_eval.__file__).parent / "tasks"),
            log_samples=True,
            bootstrap_iters=100_000, random_seed=0, numpy_random_seed=0, torch_random_seed=0)
    expected = {"harness": lm_eval.__version__, "tasks": {}, "numbers": extractions()}
    for task, figures in found["results"].items():
        samples = {}
        for sample in found["samples"][task]:
            samples[sample["doc_id"]] = [
                response[0] if isinstance(response[0], str) else
                [round(float(response[0][0]), 6), bool(response[0][1])]
                for response in sample["resps"]
            ]
        expected["tasks"][task.removeprefix("fixture_")] = {
            "samples": [samples[index] for index in sorted(samples)],
            "figures": {key: value for key, value in figures.items() if isinstance(value, float)},
        }
    target = FIXTURES / "expected.json"
    # A line for each item, so that a change can be read.
    text = json.dumps(expected, ensure_ascii=False)
    for mark in ('"tasks": {', '"samples": [', '"figures": {', '"numbers": [', "]], ["):
        text = text.replace(mark, mark.rstrip("[") + "\n" + "[" * mark.endswith("["))
    target.write_text(text + "\n")
    print(f"{target}: {', '.join(expected['tasks'])}")


if __name__ == "__main__":
    main()
