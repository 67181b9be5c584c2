#!/usr/bin/env python3
"""Measures llama.cpp as `chaski bench` measures us: prefill and decode of one model, as JSON.

Needs: pip install llama-cpp-python (which builds llama.cpp from source for this machine).
Usage: peer_bench.py MODEL.gguf [-p 512] [-n 128] [-t 2] [-r 5]
Prefill: one prompt of P tokens in batches of 512. Decode: N single tokens after an empty context. The median of R
repetitions after one that warms up; nothing is sampled, as in llama-bench.
"""

import argparse
import ctypes
import json
import statistics
import time

import llama_cpp


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("model")
    parser.add_argument("-p", type=int, default=512)
    parser.add_argument("-n", type=int, default=128)
    parser.add_argument("-t", type=int, default=2)
    parser.add_argument("-r", type=int, default=5)
    options = parser.parse_args()

    silent = llama_cpp.llama_log_callback(lambda level, text, data: None)
    llama_cpp.llama_log_set(silent, ctypes.c_void_p(0))
    llama_cpp.llama_backend_init()
    model = llama_cpp.llama_model_load_from_file(
        options.model.encode(), llama_cpp.llama_model_default_params()
    )
    parameters = llama_cpp.llama_context_default_params()
    parameters.n_ctx = max(options.p, options.n) + 8
    parameters.n_batch = 512
    parameters.n_ubatch = 512
    parameters.n_threads = options.t
    parameters.n_threads_batch = options.t
    context = llama_cpp.llama_init_from_model(model, parameters)
    vocabulary = llama_cpp.llama_vocab_n_tokens(llama_cpp.llama_model_get_vocab(model))

    def run(count, step):
        llama_cpp.llama_memory_clear(llama_cpp.llama_get_memory(context), True)
        tokens = [(i * 7919) % vocabulary for i in range(count)]
        start = time.perf_counter()
        for first in range(0, count, step):
            part = tokens[first : first + step]
            array = (llama_cpp.llama_token * len(part))(*part)
            if llama_cpp.llama_decode(context, llama_cpp.llama_batch_get_one(array, len(part))):
                raise SystemExit("llama_decode failed")
        llama_cpp.llama_synchronize(context)
        return count / (time.perf_counter() - start)

    result = {}
    for name, count, step in (("prefill", options.p, 512), ("decode", options.n, 1)):
        if count:
            run(count, step)
            rates = [run(count, step) for _ in range(options.r)]
            result[name] = {"median": statistics.median(rates), "rates": rates}
    print(json.dumps(result))


main()
