#!/usr/bin/env python3
"""Loads `chaski serve`: many streams at once, clients that leave, teams that compete, a kill, malformed requests.

Usage: Benchmarks/load_server.py CHECK [CHECK ...] [--program PATH] [--model NAME] [--json FILE]

  streams      1, 8, 32 and 128 streams at once: tokens a second, time to the first token, time between tokens, beside
               `chaski bench` with as many sequences in turns, and beside another server with --peer
  wrk          the same tokens a second with wrk as the client, which costs the machine less than one in Python
  disconnects  1,000 requests, a fifth of which are left at a random moment: memory, cache, texts
  fairness     three teams of weights 1, 2, 5 that want more than there is, for 60 s: their shares
  models       two teams of weights 1 and 5, each with a model of its own (--other; by default the same file under
               another name), then the first with both: their shares of the seconds of computing
  light        a team that asks now and then while another queues 200 requests: its time to the first token
  kill         kill -9 under load: the ledger holds every finished request afterwards
  fuzz         malformed requests (--count, default 100,000): never a crash, never a 5xx

Starts the server on a free port with a database of its own. Uses Python's library only. The client runs on the same
machine and takes some of its time: figures are a lower bound.

A peer is a command that serves the same file, with {model} and {port} where they belong, such as
  --peer "python -m llama_cpp.server --model {model} --port {port} --n_ctx 4096 --n_threads 2"
"""

import argparse
import asyncio
import contextlib
import csv
import functools
import json
import os
import pathlib
import random
import re
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
# What `serve --batch` is by default: so many answers one step continues at most.
LARGEST_BATCH = 64
PROMPTS = [
    "Tell me about the river that runs through {}.", "Write a short story about a child from {}.",
    "What do people in {} like to eat?", "Describe the weather of {} in spring.",
]
PLACES = ["Lima", "Cusco", "Paris", "Lagos", "Oslo", "Kyoto", "Quito", "Sydney", "Cairo", "Boston"]


# MARK: The server

class Server:
    """`chaski serve` on a port that the system chose, with teams if there are any."""

    def __init__(self, program, model, *options, teams=None, others=()):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="chaski-load-"))
        self.program, self.database, self.keys = program, self.folder / "tenants.sqlite", {}
        for name, weight in (teams or {}).items():
            self.chaski("teams", "add", name, "--weight", str(weight))
            made = self.chaski("keys", "add", name, "--json")
            self.keys[name] = json.loads(made)["secret"]
        self.command = [program, "serve", model, *others, "--port", "0", "--log-level", "warning", *options]
        if teams:
            self.command += ["--database", str(self.database)]
        self.start()

    def chaski(self, *arguments):
        return subprocess.run([self.program, *arguments, "--database", str(self.database)],
                              check=True, capture_output=True, text=True).stdout

    def start(self):
        self.process = subprocess.Popen(self.command, stderr=subprocess.PIPE, text=True)
        log = []
        for line in self.process.stderr:
            log.append(line)
            found = re.search(r"Serving (.+) at http://([^:]+):(\d+)", line)
            if found:
                *self.others, self.host, self.port = *found[1].split(", "), found[2], int(found[3])
                self.model = self.others.pop(0)
                threading.Thread(target=self.drain, daemon=True).start()
                return
        sys.exit("The server did not start:\n" + "".join(log))

    def drain(self):
        for line in self.process.stderr:
            print("server:", line.rstrip(), file=sys.stderr)

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(timeout=90)

    def memory(self):
        """Bytes of memory of its own: without the mapped model."""
        for line in open(f"/proc/{self.process.pid}/status", encoding="ascii"):
            if line.startswith("RssAnon:"):
                return int(line.split()[1]) * 1024
        return 0

    async def figures(self):
        """The values of /metrics by their name with labels."""
        key = next(iter(self.keys.values()), None)
        _, body = await request(self, "GET", "/metrics", key=key)
        return {line.rsplit(" ", 1)[0]: float(line.rsplit(" ", 1)[1])
                for line in body.decode().splitlines() if line and not line.startswith("#")}


class Peer:
    """Another server of the same file."""

    host = "127.0.0.1"

    def __init__(self, command, model):
        with socket.socket() as probe:
            probe.bind((self.host, 0))
            self.port = probe.getsockname()[1]
        self.model = model
        command = [part.format(model=model, port=self.port) for part in shlex.split(command)]
        self.process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        for _ in range(600):
            with contextlib.suppress(OSError), socket.create_connection((self.host, self.port), 1):
                return
            time.sleep(0.1)
        sys.exit("The peer does not listen.")

    def stop(self):
        self.process.kill()
        self.process.wait()


# MARK: HTTP

def head(server, method, path, length, key=None):
    authorization = f"Authorization: Bearer {key}\r\n" if key else ""
    return (f"{method} {path} HTTP/1.1\r\nHost: {server.host}:{server.port}\r\nContent-Length: {length}\r\n"
            f"Content-Type: application/json\r\n{authorization}\r\n").encode()


async def read_head(reader):
    status = int((await reader.readline()).split()[1])
    headers = {}
    while (line := await reader.readline()).strip():
        name, _, value = line.decode("latin-1").partition(":")
        headers[name.lower()] = value.strip()
    return status, headers


async def read_body(reader, headers):
    if "content-length" in headers:
        yield await reader.readexactly(int(headers["content-length"]))
        return
    while size := int((await reader.readline()).split(b";")[0], 16):
        yield await reader.readexactly(size)
        await reader.readline()


async def request(server, method, path, body=b"", key=None):
    reader, writer = await asyncio.open_connection(server.host, server.port)
    try:
        writer.write(head(server, method, path, len(body), key) + body)
        status, headers = await read_head(reader)
        return status, b"".join([part async for part in read_body(reader, headers)])
    finally:
        writer.close()


class Answer:
    """One streamed answer and its times."""

    def __init__(self):
        self.text, self.times, self.status, self.start, self.usage = "", [], 0, time.perf_counter(), None

    @property
    def first(self):
        return self.times[0] - self.start if self.times else None

    @property
    def gaps(self):
        return [b - a for a, b in zip(self.times, self.times[1:])]


async def ask(server, text, tokens, key=None, leave_after=None, temperature=0.0, seed=1, model=None):
    """Streams one answer; leaves without a word after `leave_after` seconds."""
    answer = Answer()
    body = json.dumps({
        "model": model or server.model, "messages": [{"role": "user", "content": text}], "max_tokens": tokens,
        "stream": True, "temperature": temperature, "seed": seed, "ignore_eos": True, "stream_options": {"include_usage": True},
    }).encode()
    reader, writer = await asyncio.open_connection(server.host, server.port)
    try:
        writer.write(head(server, "POST", "/v1/chat/completions", len(body), key) + body)
        async with asyncio.timeout(leave_after):
            answer.status, headers = await read_head(reader)
            rest = b""
            async for part in read_body(reader, headers):
                rest += part
                *events, rest = rest.split(b"\n\n")
                for event in events:
                    if not event.startswith(b"data: {"):
                        continue
                    chunk = json.loads(event[6:])
                    answer.usage = chunk.get("usage") or answer.usage
                    for choice in chunk.get("choices", []):
                        if content := choice["delta"].get("content"):
                            answer.text += content
                            answer.times.append(time.perf_counter())
    except TimeoutError:
        writer.transport.abort()
    finally:
        writer.close()
    return answer


def prompt(random_):
    return random_.choice(PROMPTS).format(random_.choice(PLACES))


def percentile(values, share):
    ordered = sorted(values)
    return ordered[min(int(share * len(ordered)), len(ordered) - 1)] if ordered else float("nan")


# MARK: Checks

class Stream(asyncio.Protocol):
    """One streamed answer, kept as it comes and read when all have ended: the client shares the server's processors."""

    MARK = b'"content":'
    NOTHING = (b'"content":""', b'"content":null')

    def __init__(self, request):
        self.request, self.parts, self.start = request, [], time.perf_counter()
        self.ended = asyncio.get_running_loop().create_future()

    def connection_made(self, transport):
        self.transport = transport
        transport.write(self.request)

    def data_received(self, data):
        self.parts.append((time.perf_counter(), data))
        # The end may be cut in two; then the last chunk says it.
        if b"[DONE]" in data or data.endswith(b"0\r\n\r\n"):
            self.transport.close()

    def connection_lost(self, error):
        if not self.ended.done():
            self.ended.set_result(self)

    @functools.cached_property
    def data(self):
        return b"".join(part for _, part in self.parts)

    @functools.cached_property
    def times(self):
        """When each token was there; of an event that is cut in two, its end."""
        times, rest = [], b""
        for moment, part in self.parts:
            *lines, rest = (rest + part).split(b"\n")
            times += [moment] * sum(self.MARK in line and not any(nothing in line for nothing in self.NOTHING)
                                    for line in lines)
        return times

    @property
    def text(self):
        """What was said, checked to be complete."""
        assert b" 200 OK" in self.data[:40] and b"[DONE]" in self.data, self.data[:400]
        texts = re.findall(rb'"content":\s?("(?:[^"\\]|\\.)*")', self.data)
        return "".join(json.loads(text) for text in texts)


async def at_once(server, count, tokens, turn=0):
    """So many streams that begin together; each `turn` has texts of its own, which no cache knows."""
    numbers = random.Random(1000 * turn + count)
    loop = asyncio.get_running_loop()
    answers = []
    for index in range(count):
        body = json.dumps({
            "model": server.model, "max_tokens": tokens, "stream": True, "temperature": 0, "ignore_eos": True,
            "messages": [{"role": "user", "content": f"{numbers.randrange(10**6)}. " + prompt(numbers)}],
        }).encode()
        request = head(server, "POST", "/v1/chat/completions", len(body)) + body
        _, stream = await loop.create_connection(lambda request=request: Stream(request), server.host, server.port)
        answers.append(stream)
    for answer in answers:
        await answer.ended
    assert all(answer.text for answer in answers)
    return answers


def bench(arguments, count, tokens):
    """Tokens a second of `chaski bench` with so many sequences, after as much text as the prompts have."""
    output = subprocess.run(
        [arguments.program, "bench", arguments.model, "-p", "0", "-n", str(tokens), "--depth", "48",
         "--sequences", str(count), "-r", "2", "--csv"], check=True, capture_output=True, text=True).stdout
    rows = list(csv.DictReader(output.splitlines()))
    return float(rows[-1]["median_tok_s"])


def figures_of(answers):
    """What one round of streams gave."""
    firsts = [answer.times[0] - answer.start for answer in answers]
    gaps = [b - a for answer in answers for a, b in zip(answer.times, answer.times[1:])]
    start, end = min(answer.start for answer in answers), max(answer.times[-1] for answer in answers)
    last, first_end = max(answer.times[0] for answer in answers), min(answer.times[-1] for answer in answers)
    steady = sum(sum(last < moment <= first_end for moment in answer.times) for answer in answers)
    return {
        "tokens_per_second": sum(len(answer.times) for answer in answers) / (end - start),
        "tokens_per_second_while_all_generate": steady / (first_end - last) if first_end > last else None,
        "first_token_p50": percentile(firsts, 0.5), "first_token_p99": percentile(firsts, 0.99),
        "between_tokens_p50": percentile(gaps, 0.5), "between_tokens_p99": percentile(gaps, 0.99),
    }


def median(rows, key):
    values = sorted(row[key] for row in rows if row[key] is not None)
    return values[len(values) // 2] if values else None


async def streams(server, arguments):
    """Tokens a second of all streams together, and how long each waits; `bench` and the peer in turns."""
    result = {}
    await at_once(server, 1, 8)
    peer = Peer(arguments.peer, arguments.model) if arguments.peer else None
    try:
        for count in arguments.streams:
            tokens = 128 if count < 100 else 64
            rows, alone, others = [], [], []
            for turn in range(arguments.rounds):
                rows.append(figures_of(await at_once(server, count, tokens, turn)))
                if count > 1:
                    alone.append({"rate": bench(arguments, min(count, LARGEST_BATCH), tokens)})
                if peer and count <= 32:
                    others.append(figures_of(await at_once(peer, count, tokens, turn)))
            row = result[count] = {key: median(rows, key) for key in rows[0]}
            row["bench"] = median(alone, "rate") if alone else None
            row["ratios"] = [one["tokens_per_second_while_all_generate"] / two["rate"] for one, two in zip(rows, alone)
                             if one["tokens_per_second_while_all_generate"]]
            row["peer"] = {key: median(others, key) for key in others[0]} if others else None
            tell(count, row)
    finally:
        if peer:
            peer.stop()
    return result


def tell(count, row):
    steady = row["tokens_per_second_while_all_generate"]
    line = (f"{count:4} streams: {row['tokens_per_second']:7.1f} tok/s ({steady or 0:.1f} while all generate),"
            f" first token {row['first_token_p50'] * 1e3:.0f} / {row['first_token_p99'] * 1e3:.0f} ms,"
            f" between tokens {row['between_tokens_p50'] * 1e3:.1f} / {row['between_tokens_p99'] * 1e3:.1f} ms (p50 / p99)")
    if row["bench"]:
        ratios = sorted(row["ratios"])
        line += f"; bench {row['bench']:.0f} tok/s"
        line += f", share {ratios[len(ratios) // 2]:.2f} ({ratios[0]:.2f} to {ratios[-1]:.2f})" if ratios else ""
    if peer := row["peer"]:
        line += (f"; peer {peer['tokens_per_second']:.1f} tok/s, first token {peer['first_token_p50'] * 1e3:.0f}"
                 f" / {peer['first_token_p99'] * 1e3:.0f} ms")
    print(line, flush=True)


WRK_SCRIPT = """
wrk.method = "POST"
wrk.headers["Content-Type"] = "application/json"
wrk.body = [==[{body}]==]
"""


async def generated(server):
    """Tokens that the server has generated."""
    figures = await server.figures()
    return sum(value for name, value in figures.items() if name.startswith("chaski_engine_decode_tokens_total"))


async def wrk(server, arguments):
    """Streams that follow one another on so many connections, all to one prompt, beside `bench` in turns."""
    if not shutil.which("wrk"):
        print("wrk is not installed: skipped")
        return None
    tokens, result = 128, {}
    body = json.dumps({
        "model": server.model, "max_tokens": tokens, "stream": True, "temperature": 0, "ignore_eos": True,
        "messages": [{"role": "user", "content": "Tell me about the river that runs through Lima."}],
    })
    script = server.folder / "post.lua"
    script.write_text(WRK_SCRIPT.replace("{body}", body))
    for count in [count for count in arguments.streams if 1 < count <= 64]:
        rates, alone = [], []
        for _ in range(arguments.rounds):
            # Answers that wrk's end cuts off count as far as they came.
            before, begin = await generated(server), time.perf_counter()
            output = subprocess.run(
                ["wrk", "-t1", f"-c{count}", "-d5s", "--timeout", "60s", "-s", script,
                 f"http://{server.host}:{server.port}/v1/chat/completions"],
                check=True, capture_output=True, text=True).stdout
            assert "Non-2xx" not in output, output
            rates.append((await generated(server) - before) / (time.perf_counter() - begin))
            alone.append(bench(arguments, min(count, LARGEST_BATCH), tokens))
        ratios = sorted(one / two for one, two in zip(rates, alone))
        result[count] = {"tokens_per_second": sorted(rates), "bench": sorted(alone), "ratios": ratios}
        print(f"{count:4} connections: {sorted(rates)[len(rates) // 2]:.0f} tok/s, bench {sorted(alone)[len(alone) // 2]:.0f}"
              f" tok/s, share {ratios[len(ratios) // 2]:.2f} ({ratios[0]:.2f} to {ratios[-1]:.2f})", flush=True)
    return result


async def disconnects(server, arguments):
    """Clients that leave: nothing leaks, nobody's text changes."""
    numbers = random.Random(7)
    expected = {}
    for place in PLACES:
        text = PROMPTS[0].format(place)
        expected[text] = (await ask(server, text, 24)).text
    before = server.memory()
    gate = asyncio.Semaphore(32)
    wrong, left = [], 0

    async def one(index):
        nonlocal left
        async with gate:
            text = numbers.choice(list(expected))
            leaves = numbers.random() < 0.2
            left += leaves
            answer = await ask(server, text, 24, leave_after=numbers.uniform(0, 0.8) if leaves else None)
            if not leaves and answer.text != expected[text]:
                wrong.append((text, answer.text))
            if leaves and not expected[text].startswith(answer.text):
                wrong.append((text, answer.text))
            if index % 250 == 249:
                print(f"  {index + 1} requests, {server.memory() / 1e6:.0f} MB", flush=True)

    await asyncio.gather(*[one(index) for index in range(arguments.requests)])
    await asyncio.sleep(1)
    figures = await server.figures()
    running = sum(value for name, value in figures.items() if name.startswith("chaski_running_requests"))
    growth = server.memory() - before
    print(f"{arguments.requests} requests, {left} left early: {len(wrong)} wrong texts, {running:.0f} still running,"
          f" memory {growth / 1e6:+.1f} MB")
    assert not wrong, wrong[:2]
    assert running == 0, "requests of clients that left still run"
    return {"requests": arguments.requests, "left": left, "wrong": len(wrong), "memory_growth_bytes": growth}


async def fairness(server, arguments):
    """Shares of three teams that all want more than there is."""
    weights, done = {"one": 1, "two": 2, "five": 5}, {"one": 0, "two": 0, "five": 0}
    until = time.perf_counter() + arguments.seconds
    numbers = random.Random(3)

    async def client(team):
        while time.perf_counter() < until:
            answer = await ask(server, prompt(numbers), 48, key=server.keys[team],
                               leave_after=max(until - time.perf_counter(), 0.01))
            done[team] += sum(moment <= until for moment in answer.times)

    await asyncio.gather(*[client(team) for team in weights for _ in range(arguments.clients)])
    total = sum(done.values())
    shares = {team: 100 * count / total for team, count in done.items()}
    wanted = {team: 100 * weight / 8 for team, weight in weights.items()}
    print("shares after", arguments.seconds, "s:",
          ", ".join(f"{team} {shares[team]:.1f} % of {wanted[team]:.1f} %" for team in weights), f"({total} tokens)")
    assert all(abs(shares[team] - wanted[team]) <= 5 for team in weights), "a share is more than 5 points off"
    return {"shares": shares, "wanted": wanted, "tokens": total}


async def models(server, arguments):
    """Shares of two teams whose requests go to different models."""
    numbers, result = random.Random(3), {}
    first, second = server.model, server.others[0]

    async def seconds():
        figures = await server.figures()
        return {team: sum(value for name, value in figures.items()
                          if name.startswith("chaski_compute_seconds_total") and f'team="{team}"' in name)
                for team in ("one", "five")}

    for label, asked in [("each its own model", {"one": [first], "five": [second]}),
                         ("one of them both models", {"one": [first, second], "five": [second]})]:
        async def client(team, model):
            while True:
                await ask(server, prompt(numbers), 24, key=server.keys[team], model=model)

        clients = [asyncio.ensure_future(client(team, model)) for team, models_ in asked.items()
                   for model in models_ for _ in range(arguments.clients)]
        # Requests count when they end: what is measured lies in the middle.
        await asyncio.sleep(arguments.seconds / 4)
        before = await seconds()
        await asyncio.sleep(arguments.seconds)
        done = {team: value - before[team] for team, value in (await seconds()).items()}
        for task in clients:
            task.cancel()
        await asyncio.gather(*clients, return_exceptions=True)
        share = 100 * done["one"] / sum(done.values())
        print(f"{label}, {arguments.seconds:.0f} s: the team of weight 1 has {share:.1f} % of 16.7 %"
              f" ({done['one']:.1f} of {sum(done.values()):.1f} seconds of computing)", flush=True)
        assert abs(share - 100 / 6) <= 5, "a share is more than 5 points off"
        result[label] = {"share": share, "seconds": done}
    return result


async def light(server, arguments):
    """A light team's first token while another team queues 200 requests."""
    numbers = random.Random(5)

    async def firsts(count):
        result = []
        for _ in range(count):
            answer = await ask(server, prompt(numbers), 4, key=server.keys["one"])
            result.append(answer.first)
            await asyncio.sleep(0.2)
        return result

    alone = await firsts(30)
    heavy = [asyncio.ensure_future(ask(server, prompt(numbers) + f" {index}", 192, key=server.keys["five"]))
             for index in range(200)]
    await asyncio.sleep(2)
    busy = await firsts(30)
    pending = sum(not task.done() for task in heavy)
    for task in heavy:
        task.cancel()
    await asyncio.gather(*heavy, return_exceptions=True)
    p95 = percentile(alone, 0.95), percentile(busy, 0.95)
    print(f"first token of a light team, p95: {p95[0] * 1e3:.0f} ms alone, {p95[1] * 1e3:.0f} ms beside 200 requests"
          f" ({p95[1] / p95[0]:.2f} times; {pending} still to do at the end)")
    assert pending > 0, "the queue was empty before the light team was measured"
    return {"alone_p95": p95[0], "busy_p95": p95[1], "ratio": p95[1] / p95[0]}


async def kill(server, arguments):
    """After kill -9 the ledger has every request whose end a client has seen."""
    finished = 0
    numbers = random.Random(11)
    stopped = asyncio.Event()

    async def client():
        nonlocal finished
        while not stopped.is_set():
            with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError, IndexError, OSError, ValueError):
                answer = await ask(server, prompt(numbers), 12, key=server.keys["one"])
                finished += answer.usage is not None

    clients = [asyncio.ensure_future(client()) for _ in range(16)]
    await asyncio.sleep(8)
    server.process.kill()
    server.process.wait()
    stopped.set()
    await asyncio.gather(*clients)
    server.start()
    rows = json.loads(server.chaski("usage", "--json"))
    rows = rows["rows"] if isinstance(rows, dict) else rows
    kept = sum(row["finished"] for row in rows)
    answer = await ask(server, "Hello", 4, key=server.keys["one"])
    print(f"killed after {finished} finished requests: the ledger holds {kept}; the next request: {answer.status}")
    assert kept >= finished and answer.status == 200
    return {"finished": finished, "in_ledger": kept}


VALID = {"model": "m", "messages": [{"role": "user", "content": "Hi"}], "max_tokens": 1}


def malformed(numbers):
    """A request that is wrong somehow: its raw bytes."""
    path = numbers.choice(["/v1/chat/completions", "/v1/completions", "/v1/messages", "/api/chat", "/api/generate",
                           "/tokenize", "/detokenize", "/v1/responses", "/apply-template", "/v1/embeddings", "/nothing"])
    kind = numbers.randrange(8)
    body = json.dumps(VALID).encode()
    if kind == 0:
        body = bytes(numbers.randrange(256) for _ in range(numbers.randrange(200)))
    elif kind == 1:
        at = numbers.randrange(len(body))
        body = body[:at] + bytes([numbers.randrange(256)]) + body[at + numbers.randrange(4):]
    elif kind == 2:
        depth = numbers.choice([70, 1000, 10_000])
        body = b'{"messages":' + b"[" * depth + b"]" * depth + b"}"
    elif kind == 3:
        field = numbers.choice(["temperature", "max_tokens", "n", "seed", "top_k", "top_p", "logprobs", "stop", "messages",
                                "model", "stream", "logit_bias", "prompt", "tokens", "content", "input", "options"])
        value = numbers.choice([-1, 1e308, -1e308, 2**63, 2**64, -2**70, 1e-320, None, True, "x", [], {}, [[]], [None],
                                {"a": 1}, "\u0000", "\ud800", "x" * 10_000, [2**40], {"-5": 200}, {"1": "x"}])
        body = json.dumps({**VALID, "prompt": "x", field: value}).encode()
    elif kind == 4:
        body = body[:numbers.randrange(len(body))]
    elif kind == 5:
        body = body.replace(b"Hi", bytes([0xC3, 0x28, 0xF5, 0xED, 0xA0, 0x80]))
    elif kind == 6:
        first = numbers.choice([b"GET", b"POST", b"PUT", b"\x00", b"PO ST", b"X" * 9000])
        return (first + b" " + path.encode() + b" HTTP/1.1\r\nHost: localhost\r\n" +
                numbers.choice([b"Content-Length: -1", b"Content-Length: 99999999999999999999", b"Transfer-Encoding: x",
                                b"Content-Length: 5\r\nContent-Length: 6", b"X: " + b"y" * 100_000, b": :", b""]) +
                b"\r\n\r\n" + body)
    method = numbers.choice(["POST", "POST", "POST", "GET", "DELETE"])
    length = len(body) if numbers.random() < 0.97 else numbers.choice([0, 10**12, len(body) // 2])
    return (f"{method} {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: {length}\r\n\r\n".encode()
            + body)


async def fuzz(server, arguments):
    """Malformed requests: 2xx (some are right by chance), 4xx, 501, or a closed connection."""
    numbers = random.Random(arguments.seed)
    gate = asyncio.Semaphore(24)
    statuses, silent, done = {}, 0, 0

    async def one():
        nonlocal silent, done
        data = malformed(numbers).replace(b'"model": "m"', b'"model": "' + server.model.encode() + b'"')
        async with gate:
            try:
                reader, writer = await asyncio.open_connection(server.host, server.port)
            except OSError as error:
                assert server.process.poll() is None, f"the server died: {error}; {data[:200]!r}"
                return
            try:
                writer.write(data)
                if numbers.random() < 0.05:
                    writer.write_eof()
                async with asyncio.timeout(2):
                    line = await reader.readline()
                status = int(line.split()[1]) if line.startswith(b"HTTP/1.1 ") else 0
                statuses[status] = statuses.get(status, 0) + 1
                assert status < 500 or status == 501, f"{status} for {data[:300]!r}"
            except (TimeoutError, ConnectionError, OSError):
                silent += 1
            finally:
                writer.transport.abort()
            done += 1
            if done % 10_000 == 0:
                print(f"  {done} requests, {server.memory() / 1e6:.0f} MB", flush=True)

    for first in range(0, arguments.count, 2000):
        await asyncio.gather(*[one() for _ in range(min(2000, arguments.count - first))])
    answer = await ask(server, "Hello", 4)
    assert answer.status == 200 and server.process.poll() is None
    print(f"{arguments.count} malformed requests: {dict(sorted(statuses.items()))}, {silent} closed or given up;"
          f" the server answers, {server.memory() / 1e6:.0f} MB")
    return {"statuses": statuses, "silent": silent}


TEAMS = {"one": 1, "two": 2, "five": 5}
CHECKS = {
    "streams": (streams, None, ["--queue", "1024"]), "disconnects": (disconnects, None, []),
    "wrk": (wrk, None, []),
    "fairness": (fairness, TEAMS, []), "models": (models, TEAMS, []), "light": (light, TEAMS, []), "kill": (kill, TEAMS, []),
    "fuzz": (fuzz, None, ["--request-timeout", "2"]),
}


def other_model(arguments, folder):
    """A second model: the one that is asked for, or the same file by another name."""
    if arguments.other:
        return arguments.other
    file = arguments.model
    if not pathlib.Path(file).exists():
        file = subprocess.run([arguments.program, "pull", file], check=True, capture_output=True, text=True).stdout.strip()
    other = pathlib.Path(folder) / "other.gguf"
    other.symlink_to(pathlib.Path(file).resolve())
    return str(other)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("checks", nargs="+", choices=CHECKS)
    parser.add_argument("--program", default=str(ROOT / ".build/release/chaski"))
    parser.add_argument("--model", default=os.environ.get("CHASKI_SMOLLM2") or "smollm2")
    parser.add_argument("--other", help="the second model of `models`")
    parser.add_argument("--streams", type=lambda text: [int(part) for part in text.split(",")], default=[1, 8, 32, 128])
    parser.add_argument("--rounds", type=int, default=3, help="rounds of `streams`, whose medians are shown")
    parser.add_argument("--peer", help="a command that serves {model} at {port}, measured in turns")
    parser.add_argument("--requests", type=int, default=1000)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--clients", type=int, default=24, help="clients of each team in `fairness`")
    parser.add_argument("--count", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", type=pathlib.Path)
    arguments = parser.parse_args()
    results = {}
    for name in arguments.checks:
        check, teams, options = CHECKS[name]
        with tempfile.TemporaryDirectory() as folder:
            others = [other_model(arguments, folder)] if check is models else []
            server = Server(arguments.program, arguments.model, *options, teams=teams, others=others)
            try:
                results[name] = asyncio.run(check(server, arguments))
            finally:
                status = server.stop() if server.process.poll() is None else server.process.returncode
        assert status == 0, f"the server ended with {status}"
    if arguments.json:
        arguments.json.write_text(json.dumps(results, indent=1) + "\n")


if __name__ == "__main__":
    main()
