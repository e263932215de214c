"""A frame from a solution's process -> the parts of a TestRun. The bytes are untrusted."""

from __future__ import annotations

import json

from debugarena.benchmark.sandbox.interface import CallOutcome, TestStatus


def parse_frame(frame: str, n_calls: int) -> tuple[TestStatus, tuple[CallOutcome, ...], float]:
    """Status, outcomes and the CPU seconds that the process claims. ValueError for what our code would not write."""
    head, _, body = frame.partition("\n")
    if not head.isdecimal() or len(head) > 12:
        raise ValueError("no time")
    status, calls = _parse_body(body, n_calls)
    return status, calls, int(head) / 1e6


def _parse_body(frame: str, n_calls: int) -> tuple[TestStatus, tuple[CallOutcome, ...]]:
    """ValueError for anything that the child's own code would not have written."""
    if frame.startswith("load\t"):
        _, name, message = frame.split("\t")
        return "load-error", (CallOutcome("raised", type_name=_text(name), message=_text(message)),)
    lines = frame.split("\n") if n_calls else []
    if len(lines) != n_calls:
        raise ValueError("wrong number of lines")
    return "ran", tuple(_parse_call(line) for line in lines)


def _parse_call(line: str) -> CallOutcome:
    tag, first, second, args_after, args_at_end = line.split("\t")
    if tag == "v":
        return CallOutcome("returned", first, args_after, args_at_end=args_at_end)
    if tag == "x":
        return CallOutcome("raised", "", args_after, _text(first), _text(second), args_at_end)
    if tag == "u":
        return CallOutcome("unencodable", "", args_after, _text(first), args_at_end=args_at_end)
    raise ValueError("unknown tag")


def _text(quoted: str) -> str:
    value = json.loads(quoted)
    if not isinstance(value, str):
        raise ValueError("not a string")
    # a lone surrogate could not be written to any file
    return value[:400].encode("utf-8", "backslashreplace").decode()
