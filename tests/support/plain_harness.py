"""Proves rows again with nothing but the standard library: no sandbox, no codec and no other code of ours.

    python tests/support/plain_harness.py leaderboard/sets/*.jsonl.gz

The fixed code of each row must pass all its tests, and the buggy code must fail a visible and a hidden one. Runs under
Python 3.10 or later. The code of the rows is trusted: it runs in this process, each test for at most five seconds. Not
covered: what only the sandbox can see, such as code that ends its process.
"""

from __future__ import annotations

import contextlib
import copy
import gzip
import io
import json
import math
import random
import signal
import sys
import types
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

LIMIT_S = 5.0

# values


def value_of(data: Any) -> Any:
    """The value that tagged JSON stands for."""
    if isinstance(data, list):
        return [value_of(item) for item in data]
    if not isinstance(data, dict):
        return data
    if len(data) != 1 or not next(iter(data)).startswith("$"):
        return {key: value_of(value) for key, value in data.items()}
    ((tag, inner),) = data.items()
    make: dict[str, Callable[[Any], Any]] = {
        "$tuple": lambda items: tuple(map(value_of, items)),
        "$set": lambda items: set(map(value_of, items)),
        "$frozenset": lambda items: frozenset(map(value_of, items)),
        "$dict": lambda pairs: {value_of(key): value_of(value) for key, value in pairs},
        "$bytes": bytes.fromhex,
        "$bytearray": bytearray.fromhex,
        "$complex": lambda parts: complex(*map(value_of, parts)),
        "$float": float,
        "$int": int,
    }
    return make[tag](inner)


def same(left: Any, right: Any) -> bool:
    """Equal with equal types all the way down; NaN equals NaN."""
    return _alike(left, right, _same_number)


def near(left: Any, right: Any) -> bool:
    """What `compare: float` promises, tried out: every way to pair the members of a set or the items of a dict."""
    return _alike(left, right, _near_number)


def same_but_for_order(left: Any, right: Any) -> bool:
    """What `compare: unordered` promises, tried out."""
    if type(left) is type(right) and isinstance(left, (list, tuple)):
        return _some_pairing(list(left), list(right), same)
    return same(left, right)


REFERENCES: dict[Any, Callable[[Any, Any], bool]] = {"exact": same, "float": near, "unordered": same_but_for_order}


def _alike(left: Any, right: Any, number_alike: Callable[[Any, Any], bool]) -> bool:
    def alike(a: Any, b: Any) -> bool:
        return _alike(a, b, number_alike)

    if type(left) in (int, float) and type(right) in (int, float):
        return number_alike(left, right)
    if type(left) is not type(right):
        return False
    if isinstance(left, complex):
        return number_alike(left.real, right.real) and number_alike(left.imag, right.imag)
    if isinstance(left, (list, tuple)):
        return len(left) == len(right) and all(map(alike, left, right))
    if isinstance(left, dict):
        return _some_pairing(list(left.items()), list(right.items()), alike)
    if isinstance(left, (set, frozenset)):
        return _some_pairing(list(left), list(right), alike)
    return bool(left == right)


def _same_number(left: Any, right: Any) -> bool:
    return type(left) is type(right) and (left == right or (left != left and right != right))


def _near_number(left: Any, right: Any) -> bool:
    try:
        return math.isclose(left, right, rel_tol=1e-9, abs_tol=1e-9) or (left != left and right != right)
    except OverflowError:
        return bool(left == right)


def _some_pairing(left: list[Any], right: list[Any], alike: Callable[[Any, Any], bool]) -> bool:
    """Whether the first can take a partner such that the rest can too."""
    if not left or len(left) != len(right):
        return len(left) == len(right)
    return any(
        alike(left[0], other) and _some_pairing(left[1:], right[:i] + right[i + 1 :], alike)
        for i, other in enumerate(right)
    )


# running


class _OutOfTime(BaseException):
    pass


@contextlib.contextmanager
def _limited() -> Iterator[None]:
    def stop(*_: object) -> None:
        raise _OutOfTime

    before = signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, LIMIT_S)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def passes(row: Mapping[str, Any], test: Mapping[str, Any], code: str) -> bool:
    """Whether a code passes one test of a row, in a fresh module."""
    module = sys.modules["solution"] = types.ModuleType("solution")  # dataclasses look their module up
    random.seed(0)
    with _limited(), contextlib.redirect_stdout(io.StringIO()):
        try:
            exec(compile(code, "<solution>", "exec", dont_inherit=True), module.__dict__)
            return _calls_pass(module.__dict__, row["entry_point"], test)
        except (Exception, _OutOfTime, SystemExit):
            return False


def _calls_pass(namespace: dict[str, Any], entry_point: str, test: Mapping[str, Any]) -> bool:
    alike, objects, at_end = REFERENCES[test["compare"]], dict[str, Any](), []
    for call in _calls_of(test):
        head, *path = (call.get("call") or entry_point).split(".")
        function = objects[head] if head in objects else namespace[head]
        for name in path:
            function = getattr(function, name)
        args, kwargs = value_of(call["args"]), value_of(call["kwargs"])
        raised, result = "", None
        try:
            result = function(*args, **kwargs)
        except Exception as error:
            raised = type(error).__name__ if type(error).__module__ == "builtins" else "its own"
        if raised != (call.get("raises") or ""):
            return False
        if isinstance(function, type) and not path:
            objects[call.get("as") or "obj"], result = result, None
        wanted = [("expected", result), ("args_after", args)]
        if not all(alike(value_of(call[key]), value) for key, value in wanted if key in call):
            return False
        if "args_at_end" in call:
            at_end.append((value_of(call["args_at_end"]), args))
    return all(alike(wanted, args) for wanted, args in at_end)


def _calls_of(test: Mapping[str, Any]) -> list[dict[str, Any]]:
    if test["calls"] is not None:
        return list(json.loads(test["calls"]))
    values = {
        key: json.loads(test[key]) for key in ("args", "kwargs", "expected", "args_after") if test[key] is not None
    }
    return [values | {"raises": test["raises"]}]


def complaint(row: Mapping[str, Any]) -> str:
    """What is wrong with a row, or ""."""
    row = copy.deepcopy(dict(row))
    failing = [test["name"] for test in row["tests"] if not passes(row, test, row["fixed_code"])]
    if failing:
        return f"the fixed code fails {', '.join(failing)}"
    for kind, hidden in (("visible", False), ("hidden", True)):
        if all(passes(row, test, row["buggy_code"]) for test in row["tests"] if test["hidden"] is hidden):
            return f"the buggy code passes every {kind} test"
    return ""


def rows_in(path: Path) -> Iterator[dict[str, Any]]:
    """The rows of a JSONL file, packed or not."""
    data = path.read_bytes()
    text = (gzip.decompress(data) if path.suffix == ".gz" else data).decode()
    yield from map(json.loads, filter(None, text.split("\n")))


def main(paths: list[str]) -> int:
    """Prints each row that is wrong, and how many are right; 1 if any is wrong."""
    n = n_wrong = 0
    for path in map(Path, paths):
        for row in rows_in(path):
            n += 1
            if found := complaint(row):
                n_wrong += 1
                print(f"{path}: {row['bug_id']}: {found}")
    print(f"{n - n_wrong} of {n} rows are proven under Python {sys.version.split()[0]}")
    return int(n_wrong > 0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
