#!/usr/bin/env python3
"""Writes Tests/ChaskiGenerationTests/Fixtures/embeddings.json: what transformers makes of our prompts.

For each tiny model of the shared fixtures that the list names: the hidden states after the last norm of two of its
recorded prompts, pooled in the three ways that files ask for, in float32, and how far the same pooled values are
from those of a float64 run (the reference's own noise, which tolerances are derived from).

Usage: pip install torch transformers
       scripts/make-embedding-references.py .../fixtures/models
"""

import json
import pathlib
import sys

import torch
import transformers

OUTPUT = (
    pathlib.Path(__file__).resolve().parent.parent
    / "Tests/ChaskiGenerationTests/Fixtures/embeddings.json"
)
# One of each architecture, and windows, blocks and angles that depend on the text's length.
MODELS = [
    "llama3", "llama32-tied", "mistral-v01-swa", "mixtral", "qwen25-tied-yarn", "qwen3", "qwen3-moe", "gemma2",
    "phi3-longrope", "gpt2", "opt-125m", "opt-350m", "deepseek-v2-lite", "deepseek-v3", "llama4-scout-text",
]
POOLINGS = {
    "mean": lambda states: states.mean(0),
    "first": lambda states: states[0],
    "last": lambda states: states[-1],
}


def states(folder, ids, dtype):
    model = transformers.AutoModelForCausalLM.from_pretrained(
        folder, dtype=dtype, attn_implementation="eager", experts_implementation="eager"
    ).eval()
    with torch.no_grad():
        body = model.transformer if hasattr(model, "transformer") else model.model
        return body(torch.tensor([ids])).last_hidden_state[0].to(torch.float64)


def main():
    root = pathlib.Path(sys.argv[1])
    torch.set_num_threads(1)
    entries = []
    for name in MODELS:
        meta = json.loads((root / name / "meta.json").read_text())
        for prompt in ("p2", "p4"):
            ids = meta["prompts"][prompt]
            single = states(root / name, ids, torch.float32)
            double = states(root / name, ids, torch.float64)
            for pooling, pool in POOLINGS.items():
                value = pool(single)
                entries.append({
                    "model": name,
                    "tokens": ids,
                    "pooling": pooling,
                    "values": [float(f"{number:.8g}") for number in value.tolist()],
                    "noise": float(f"{(value - pool(double)).abs().max().item():.2g}"),
                })
    OUTPUT.parent.mkdir(exist_ok=True)
    lines = ",\n".join(json.dumps(entry, separators=(",", ":")) for entry in entries)
    OUTPUT.write_text(f"[\n{lines}\n]\n")


main()
