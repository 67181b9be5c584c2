#!/usr/bin/env python3
"""Writes a GGUF file of a known shape with random weights: for measuring speed, not for text.

Usage: Benchmarks/random_checkpoint.py SHAPE OUT [--type q4_0|q8_0|bf16|f16]
       Benchmarks/random_checkpoint.py --list
Needs: pip install gguf numpy

A shape is a family's architecture at about a billion parameters. All matrices have the same type, so that shares of
the machine's limits compare from family to family; vectors are float32. The vocabulary is made up: bytes, then
words of no meaning.
"""

import argparse
import math
import sys

import gguf
import numpy

TYPES = {
    "q4_0": (gguf.GGMLQuantizationType.Q4_0, 18, 32),
    "q8_0": (gguf.GGMLQuantizationType.Q8_0, 34, 32),
    "f16": (gguf.GGMLQuantizationType.F16, 2, 1),
    "bf16": (gguf.GGMLQuantizationType.BF16, 2, 1),
}
ROUTER = "ffn_gate_inp.weight"  # float32 in any file
FILE_TYPES = {"f16": 1, "q4_0": 2, "q8_0": 7, "bf16": 32}


# MARK: Families

class Shape:
    """Hyperparameters and tensors of one model, in GGUF's names."""

    def __init__(self, architecture, vocabulary, layers, width, **facts):
        self.architecture = architecture
        self.vocabulary, self.layers, self.width = vocabulary, layers, width
        self.facts = {"embedding_length": width, "block_count": layers, "context_length": 8192, **facts}
        self.tensors = []

    def add(self, name, *size):
        """A tensor of `size`: matrices if there are many, rows, then how long a row is."""
        self.tensors.append((name, size))

    def linear(self, name, rows, depth, bias=False):
        self.add(f"{name}.weight", rows, depth)
        if bias:
            self.add(f"{name}.bias", rows)

    def norm(self, name, width=None, bias=False):
        self.add(f"{name}.weight", width or self.width)
        if bias:
            self.add(f"{name}.bias", width or self.width)

    def outside(self, tied, bias=False):
        self.add("token_embd.weight", self.vocabulary, self.width)
        self.norm("output_norm", bias=bias)
        if not tied:
            self.add("output.weight", self.vocabulary, self.width)


def heads(count, shared, width):
    """Facts of `count` query heads over `shared` key/value heads."""
    return {"attention.head_count": count, "attention.head_count_kv": shared,
            "attention.key_length": width, "attention.value_length": width}


def rotary(width, base):
    return {"rope.dimension_count": width, "rope.freq_base": float(base)}


def attention(shape, block, count, shared, width, bias=False, output_bias=False):
    shape.linear(block + "attn_q", count * width, shape.width, bias)
    shape.linear(block + "attn_k", shared * width, shape.width, bias)
    shape.linear(block + "attn_v", shared * width, shape.width, bias)
    shape.linear(block + "attn_output", shape.width, count * width, output_bias)


def gated(shape, block, hidden):
    shape.linear(block + "ffn_gate", hidden, shape.width)
    shape.linear(block + "ffn_up", hidden, shape.width)
    shape.linear(block + "ffn_down", shape.width, hidden)


def pre_norm(architecture, vocabulary, layers, width, hidden, count, shared, head, base=10000, tied=False,
             bias=False, experts=0, **facts):
    """Llama and its kin: two RMS norms a block, gated feed-forward."""
    shape = Shape(architecture, vocabulary, layers, width, feed_forward_length=hidden,
                  **{"attention.layer_norm_rms_epsilon": 1e-5}, **heads(count, shared, head),
                  **rotary(head, base), **facts)
    for layer in range(layers):
        block = f"blk.{layer}."
        shape.norm(block + "attn_norm")
        attention(shape, block, count, shared, head, bias)
        if architecture.startswith("qwen3"):
            shape.norm(block + "attn_q_norm", head)
            shape.norm(block + "attn_k_norm", head)
        shape.norm(block + "ffn_norm")
        if experts:
            shape.add(block + ROUTER, experts, width)
            shape.add(block + "ffn_gate_exps.weight", experts, hidden, width)
            shape.add(block + "ffn_up_exps.weight", experts, hidden, width)
            shape.add(block + "ffn_down_exps.weight", experts, width, hidden)
        else:
            gated(shape, block, hidden)
    shape.outside(tied)
    return shape


def mixture(vocabulary, layers, width, hidden, count, shared, head, experts, chosen):
    """Qwen 3 with experts: `chosen` of `experts` for each token."""
    return pre_norm("qwen3moe", vocabulary, layers, width, hidden, count, shared, head, experts=experts,
                    **{"expert_count": experts, "expert_used_count": chosen, "expert_feed_forward_length": hidden})


def opt(vocabulary, layers, width, hidden, count):
    head = width // count
    shape = Shape("opt", vocabulary, layers, width, feed_forward_length=hidden,
                  **{"attention.layer_norm_epsilon": 1e-5, "context_length": 2048}, **heads(count, count, head))
    shape.add("position_embd.weight", 2048, width)
    for layer in range(layers):
        block = f"blk.{layer}."
        shape.norm(block + "attn_norm", bias=True)
        attention(shape, block, count, count, head, bias=True, output_bias=True)
        shape.norm(block + "ffn_norm", bias=True)
        shape.linear(block + "ffn_up", hidden, width, bias=True)
        shape.linear(block + "ffn_down", width, hidden, bias=True)
    shape.outside(tied=True, bias=True)
    return shape


def gemma2(vocabulary, layers, width, hidden, count, shared, head):
    shape = Shape("gemma2", vocabulary, layers, width, feed_forward_length=hidden,
                  **{"attention.layer_norm_rms_epsilon": 1e-6, "attn_logit_softcapping": 50.0,
                     "final_logit_softcapping": 30.0, "attention.sliding_window": 4096},
                  **heads(count, shared, head), **rotary(head, 10000))
    for layer in range(layers):
        block = f"blk.{layer}."
        shape.norm(block + "attn_norm")
        attention(shape, block, count, shared, head)
        shape.norm(block + "post_attention_norm")
        shape.norm(block + "ffn_norm")
        gated(shape, block, hidden)
        shape.norm(block + "post_ffw_norm")
    shape.outside(tied=True)
    return shape


SHAPES = {
    "llama-1b": ("TinyLlama 1.1B", lambda: pre_norm("llama", 32000, 22, 2048, 5632, 32, 4, 64)),
    "mistral-1b": ("Mistral 7B's ratios: heads of 128, a window of 4096",
                   lambda: pre_norm("llama", 32768, 20, 2048, 7168, 16, 4, 128, base=1000000,
                                    **{"attention.sliding_window": 4096})),
    "qwen2-1b": ("Qwen 2.5 1.5B", lambda: pre_norm("qwen2", 151936, 28, 1536, 8960, 12, 2, 128, base=1000000,
                                                   tied=True, bias=True)),
    "qwen3-1b": ("Qwen 3 1.7B", lambda: pre_norm("qwen3", 151936, 28, 2048, 6144, 16, 8, 128, base=1000000,
                                                 tied=True)),
    "opt-1b": ("OPT 1.3B", lambda: opt(50272, 24, 2048, 8192, 32)),
    "qwen3moe-1b": ("Qwen 3 with experts: 2 of 16",
                    lambda: mixture(32768, 16, 2048, 768, 16, 4, 128, experts=16, chosen=2)),
    "gemma2-1b": ("Gemma 2 2B with fewer layers", lambda: gemma2(256000, 10, 2304, 9216, 8, 4, 256)),
}


# MARK: Writing

def facts(writer, shape, title, file_type):
    """Writes hyperparameters, and a vocabulary that any text can be cut into."""
    writer.add_name(title)
    writer.add_file_type(file_type)
    for key, value in shape.facts.items():
        key = f"{shape.architecture}.{key}"
        writer.add_float32(key, value) if isinstance(value, float) else writer.add_uint32(key, value)
    special = ["<unk>", "<s>", "</s>"]
    byte_tokens = [f"<0x{value:02X}>" for value in range(256)]
    words = [f"w{number}" for number in range(shape.vocabulary - len(special) - len(byte_tokens))]
    writer.add_tokenizer_model("llama")
    writer.add_token_list(special + byte_tokens + words)
    writer.add_token_scores([-float(place) for place in range(shape.vocabulary)])
    writer.add_token_types([2, 3, 3] + [6] * len(byte_tokens) + [1] * len(words))
    writer.add_bos_token_id(1)
    writer.add_eos_token_id(2)


def matrix(random, kind, rows, depth):
    """Bytes of a matrix whose weights are about 0.02 in size and 0 on average."""
    _, block_bytes, block_weights = TYPES[kind]
    if block_weights == 1:
        values = random.standard_normal((rows, depth), dtype=numpy.float32) * numpy.float32(0.02)
        if kind == "f16":
            return values.astype(numpy.float16)
        return (values.view(numpy.uint32) >> 16).astype(numpy.uint16).view(numpy.uint8)
    blocks = numpy.frombuffer(random.bytes(rows * depth // block_weights * block_bytes), numpy.uint8)
    blocks = blocks.reshape(-1, block_bytes).copy()
    scale = numpy.float16(0.02 / (4.6 if kind == "q4_0" else 74))
    blocks[:, :2] = numpy.frombuffer(scale.tobytes(), numpy.uint8)
    return blocks.reshape(rows, -1)


def write(shape, title, path, kind):
    random = numpy.random.Generator(numpy.random.SFC64(1))
    writer = gguf.GGUFWriter(path, shape.architecture)
    facts(writer, shape, title, FILE_TYPES[kind])
    raw, block_bytes, block_weights = TYPES[kind]
    for name, size in shape.tensors:
        count = math.prod(size)
        if len(size) == 1 or name.endswith(ROUTER):
            writer.add_tensor_info(name, size, numpy.dtype("float32"), 4 * count)
            continue
        byte_size = (*size[:-1], size[-1] // block_weights * block_bytes)
        writer.add_tensor_info(name, byte_size, numpy.dtype("uint8"), math.prod(byte_size), raw_dtype=raw)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_ti_data_to_file()
    for name, size in shape.tensors:
        if len(size) > 1 and not name.endswith(ROUTER):
            writer.write_tensor_data(matrix(random, kind, math.prod(size[:-1]), size[-1]))
        elif name.endswith("bias") or name.endswith(ROUTER):
            writer.write_tensor_data(random.standard_normal(size, dtype=numpy.float32) * numpy.float32(0.02))
        else:
            writer.write_tensor_data(numpy.ones(size, numpy.float32))
    writer.close()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("shape", nargs="?", choices=SHAPES)
    parser.add_argument("out", nargs="?")
    parser.add_argument("--type", default="q4_0", choices=TYPES)
    parser.add_argument("--list", action="store_true", help="name the shapes and what they imitate")
    options = parser.parse_args()
    if options.list:
        for name, (title, make) in SHAPES.items():
            count = sum(math.prod(size) for _, size in make().tensors)
            print(f"{name:12} {count / 1e9:.2f} billion weights: {title}")
        return
    if not options.out:
        parser.error("give a shape and the file to write, or --list")
    title, make = SHAPES[options.shape]
    write(make(), title, options.out, options.type)


if __name__ == "__main__":
    sys.exit(main())
