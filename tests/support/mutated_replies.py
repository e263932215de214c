"""Replies as a solution's process could forge them: true ones, changed at random.

Used by a test on a few thousand and by `perf/fuzz_replies.py` on a million. What must hold for each: it is refused, or
judged, without an error and in little time; it passes only if its values are the expected ones, by the tests' own notion
of sameness (which shares no code with the comparison).
"""

from __future__ import annotations

import json
import random
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from plain_harness import same

from debugarena.benchmark import Bug, Sandbox
from debugarena.benchmark.dataset.cases import TestCase
from debugarena.benchmark.grading.verdicts import judge, make_job
from debugarena.benchmark.languages.python.code_facts import read_code
from debugarena.benchmark.sandbox import Execution, TestRun
from debugarena.benchmark.sandbox.frames import parse_frame
from debugarena.benchmark.values import REL_TOL, decode

TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?|[\[\]{},:\t\n]|\w+')
TAGS = ("$tuple", "$set", "$frozenset", "$dict", "$bytes", "$bytearray", "$complex", "$float", "$int", "$x", "$")
SPLINTERS = (
    *(json.dumps(tag) for tag in TAGS),
    *"0 1 -1 -0 1.0 1e400 NaN Infinity true false null [] {} \"\" 00 0x1 1_0 1. '1'".split(),
    *('"\\ud800"', '"\\u0000"', '"$"', "9" * 5000, "1e-400", "v", "x", "u", "load", "\t", "\n", "\r", "\x00", "\x7f"),
    '{"$int": "' + "9" * 5000 + '"}',
    '{"$float": "nan"}',
    '{"a": 1, "a": 2}',
    '{"$tuple": [1], "$tuple": [2]}',
    "[" * 3000,
    '{"$dict": [[[], 1]]}',
    '{"$set": [1, 1]}',
    '{"$bytes": "zz"}',
    '{"$complex": [1]}',
)


@dataclass(frozen=True)
class Reply:
    """One test of a bug, and the frame with which the reference solution answers it."""

    bug: Bug
    test: TestCase
    frame: str


def true_replies(sandbox: Sandbox, bugs: Sequence[Bug]) -> list[Reply]:
    """One for each test of each bug; all of them pass."""
    jobs = (make_job(bug, bug.fixed_code, read_code(bug.fixed_code, bug.entry_point).imports) for bug in bugs)
    return [
        Reply(replace(bug, tests=(test,)), test, frame_of(run))
        for bug, execution in zip(bugs, sandbox.run_many(jobs), strict=True)
        for test, run in zip(bug.tests, execution.tests, strict=True)
    ]


def frame_of(run: TestRun) -> str:
    """The text that such a run came from."""
    lines = []
    for call in run.calls:
        first = {
            "returned": call.value,
            "raised": json.dumps(call.type_name),
            "unencodable": json.dumps(call.type_name),
        }
        tag = {"returned": "v", "raised": "x", "unencodable": "u"}[call.status]
        second = json.dumps(call.message) if call.status == "raised" else ""
        lines.append(f"{tag}\t{first[call.status]}\t{second}\t{call.args_after}\t{call.args_at_end}")
    return "17\n" + "\n".join(lines)


def mutants(replies: Sequence[Reply], seed: int) -> Iterator[tuple[Reply, bytes]]:
    """Without end: a reply, and its frame with one to three changes."""
    rng = random.Random(seed)
    while True:
        reply = rng.choice(replies)
        frame = reply.frame
        for _ in range(rng.choice((1, 1, 1, 2, 3))):
            frame = _changed(rng, frame, replies)
        data = frame.encode("utf-8", "surrogatepass")
        if rng.random() < 0.1:
            at = rng.randrange(len(data) + 1)
            data = data[:at] + bytes((rng.randrange(256),)) + data[at + rng.randrange(2) :]
        yield reply, data


def largest(reply: Reply, n_bytes: int = 64 * 1024) -> Iterator[tuple[Reply, bytes]]:
    """Replies as large as the host takes them, made to be slow to read: nested, crowded, full of digits or escapes."""
    units = {
        "[": "]", '{"a":': "1}", '{"$tuple":[': "]}", '{"$dict":[[': ",1]]}",
        "1,": "1", '"a",': "1", '{"a":1},': "1", '{"$set":[1]},': "1", '{"$int":"1"},': "1", "\\u0000": "", "9": "",
        '"\\ud800",': "1", "1e308,": "1", "[],": "1", '{"$float":"nan"},': "1",
    }  # fmt: skip
    for left, right in units.items():
        nested = right not in ("1", "")
        n = (n_bytes - 40) // len(left + (right if nested else ""))
        body = left * n + right * (n if nested else 1)
        for value in (body, f"[{body}]", f'"{body}"', f'{{"$tuple":[{body}]}}', f'{{"$bytes":"{body}"}}'):
            yield reply, f"17\nv\t{value[: n_bytes - 10]}\t\t\t".encode()
    # ints whose hashes collide as far as CPython's hash goes
    keys = ",".join(f"[{i * (2**61 - 1)},1]" for i in range(n_bytes // 30))
    yield reply, f'17\nv\t{{"$dict":[{keys}]}}\t\t\t'.encode()


def _changed(rng: random.Random, frame: str, replies: Sequence[Reply]) -> str:
    tokens = TOKEN.findall(frame) or [""]
    at, other = rng.randrange(len(tokens)), rng.randrange(len(tokens))
    match rng.randrange(9):
        case 0:
            tokens[at] = rng.choice(SPLINTERS)
        case 1:
            tokens.insert(at, rng.choice(SPLINTERS))
        case 2:
            del tokens[at]
        case 3:
            tokens[at], tokens[other] = tokens[other], tokens[at]
        case 4:
            tokens[at:at] = tokens[min(at, other) : max(at, other)]
        case 5:
            tokens[at] = rng.choice(TOKEN.findall(rng.choice(replies).frame) or [""])
        case 6:
            return rng.choice(replies).frame
        case 7:
            start, end = sorted((rng.randrange(len(frame) + 1), rng.randrange(len(frame) + 1)))
            return frame[:start] + frame[end:]
        case _:
            start = rng.randrange(len(frame) + 1)
            return (
                frame[:start]
                + chr(rng.choice((9, 10, 32, 34, 44, 48, 91, 92, 93, 123, 125, 0x2028, 0x661)))
                + frame[start:]
            )
    return "".join(tokens)


def outcome(reply: Reply, data: bytes) -> str:
    """What the trusted side makes of the bytes: refused, wrong or passed. AssertionError if it passed wrongly."""
    try:
        status, calls, cpu_s = parse_frame(data.decode("ascii"), len(reply.test.calls))
    except (ValueError, RecursionError):
        return "refused"
    verdict = judge(reply.bug, Execution((TestRun(status, calls, cpu_s),), ()))
    if not verdict.solved:
        return "wrong"
    for case, call in zip(reply.test.calls, calls, strict=True):
        if case.raises is not None:
            assert (call.status, call.type_name) == ("raised", case.raises)
        elif case.expected is not None:
            assert call.status == "returned"
            assert _means(call.value, case.expected, reply.test.compare), (call.value, case.expected)
        if case.args_after is not None:
            assert _means(call.args_after, case.args_after, reply.test.compare), (call.args_after, case.args_after)
        if case.args_at_end is not None:
            assert _means(call.args_at_end, case.args_at_end, reply.test.compare), (call.args_at_end, case.args_at_end)
    return "passed"


def _means(got: str, expected: str, compare: str) -> bool:
    left, right = decode(got), decode(expected)
    if compare == "unordered":
        return type(left) is type(right) and same(sorted(left, key=repr), sorted(right, key=repr))
    return same(left, right) if compare == "exact" else _near(left, right)


def _near(left: Any, right: Any) -> bool:
    if isinstance(left, list | tuple):
        return type(left) is type(right) and len(left) == len(right) and all(map(_near, left, right))
    if isinstance(left, dict):
        return (
            isinstance(right, dict) and list(left) == list(right) and all(_near(left[key], right[key]) for key in left)
        )
    if isinstance(left, bool) or not isinstance(left, int | float):
        return same(left, right)
    if isinstance(right, bool) or not isinstance(right, int | float):
        return False
    return left == right or abs(left - right) <= max(1e-9, REL_TOL * max(abs(left), abs(right))) or same(left, right)
