"""The tests of a bug, and their form in the column `tests`. schema.py has the bug and all other columns.

Values in a row are tagged JSON text (values.py), so that other languages can read them.
"""

from __future__ import annotations

import builtins
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, cast

from debugarena.benchmark.values import COMPARES, Compare, decode, encode

INSTANCE_NAMES = "a name of an object has lower-case letters, digits and underscores, as in first_cart"


@dataclass(frozen=True)
class CallCase:
    """One call and what it must give.

    `target` is "" for the entry point, else a name or `obj.method`. `args` and `kwargs` are Python values; `expected`,
    `args_after` and `args_at_end`, after the last call of the test, are canonical tagged JSON; `raises` is the name of
    a builtin exception. If all of them are None, the call just must not raise. `instance` names the object that the
    call makes, if the entry point is a class; "" is `obj`.
    """

    target: str
    args: tuple[Any, ...]
    kwargs: dict[str, Any]
    expected: str | None = None
    raises: str | None = None
    args_after: str | None = None
    args_at_end: str | None = None
    instance: str = ""

    @property
    def checks(self) -> bool:
        """Whether it asks for more than to end without an exception."""
        return any(part is not None for part in (self.expected, self.raises, self.args_after, self.args_at_end))


@dataclass(frozen=True)
class TestCase:
    """One test: its calls run in one fresh namespace, and all of them must give the expected results."""

    __test__ = False  # not a pytest class

    name: str
    hidden: bool
    compare: Compare
    calls: tuple[CallCase, ...]
    is_sequence: bool


def test_to_struct(test: TestCase) -> dict[str, Any]:
    """The `tests` column's struct: values as JSON text; `calls` is null unless the test is a sequence."""
    struct: dict[str, Any] = {"name": test.name, "hidden": test.hidden, "compare": test.compare}
    if test.is_sequence:
        calls = json.dumps([_call_to_json(c) for c in test.calls], separators=(",", ":"))
        return struct | dict.fromkeys(("args", "kwargs", "expected", "raises", "args_after")) | {"calls": calls}
    call = test.calls[0]
    return struct | {
        "args": encode(list(call.args), canonical=False),
        "kwargs": encode(call.kwargs, canonical=False),
        "expected": call.expected,
        "raises": call.raises,
        "args_after": call.args_after,
        "calls": None,
    }


def _call_to_json(call: CallCase) -> dict[str, Any]:
    record: dict[str, Any] = {
        "call": call.target,
        "args": json.loads(encode(list(call.args), canonical=False)),
        "kwargs": json.loads(encode(call.kwargs, canonical=False)),
    }
    if call.expected is not None:
        record["expected"] = json.loads(call.expected)
    if call.raises is not None:
        record["raises"] = call.raises
    if call.args_after is not None:
        record["args_after"] = json.loads(call.args_after)
    if call.args_at_end is not None:
        record["args_at_end"] = json.loads(call.args_at_end)
    if call.instance:
        record["as"] = call.instance
    return record


def tests_from_column(column: object) -> tuple[TestCase, ...]:
    """The tests of a row. ValueError names a test, by its number from 0, that is not of the published shape."""
    # pyarrow and datasets give lists; others give numpy arrays and tuples
    if isinstance(column, str | Mapping) or not isinstance(column, Iterable):
        raise ValueError(f"tests must be a list of tests, not {'text' if isinstance(column, str) else 'one value'}")
    tests = []
    for number, struct in enumerate(column):
        if not isinstance(struct, Mapping):
            raise ValueError(f"tests[{number}] must be one object with the keys of a test, not {str(struct)[:40]!r}")
        try:
            tests.append(_test_from_struct(struct))
        except KeyError as error:
            raise ValueError(f"tests[{number}] lacks {error}") from None
        except (TypeError, AttributeError) as error:
            raise ValueError(f"tests[{number}] is not of the published shape ({error})") from None
    return tuple(tests)


def _test_from_struct(struct: Mapping[str, Any]) -> TestCase:
    if struct.get("compare") not in COMPARES:
        raise ValueError(f"compare is {struct.get('compare')!r}; it is one of {', '.join(COMPARES)}")
    if not is_text(struct["name"]) or not isinstance(struct["hidden"], bool):
        raise ValueError("the name of a test must be text, and hidden true or false")
    if struct["calls"] is None:
        call = CallCase(
            target="",
            **_inputs(decode(struct["args"]), decode(struct["kwargs"])),
            expected=_canonical(struct["expected"]),
            raises=_exception_name(struct["raises"]),
            args_after=_canonical(struct["args_after"]),
        )
        calls: tuple[CallCase, ...] = (call,)
    else:
        calls = tuple(_call_from_json(record) for record in json.loads(struct["calls"]))
    if not any(call.checks for call in calls):
        raise ValueError(f"test {struct['name']} checks nothing; give expected, raises, args_after or args_at_end")
    return TestCase(
        name=struct["name"],
        hidden=struct["hidden"],
        compare=struct["compare"],
        calls=calls,
        is_sequence=struct["calls"] is not None,
    )


def _call_from_json(record: Mapping[str, Any]) -> CallCase:
    def canonical(key: str) -> str | None:
        return _canonical(json.dumps(record[key])) if key in record else None

    return CallCase(
        target=str(record["call"]),
        **_inputs(decode(json.dumps(record["args"])), decode(json.dumps(record["kwargs"]))),
        expected=canonical("expected"),
        raises=_exception_name(record.get("raises")),
        args_after=canonical("args_after"),
        args_at_end=canonical("args_at_end"),
        instance=_instance(record.get("as", "")),
    )


def _inputs(args: object, kwargs: object) -> dict[str, Any]:
    if type(args) is not list or type(kwargs) is not dict or not all(isinstance(key, str) for key in kwargs):
        raise ValueError("args must be a list, and kwargs an object with names as keys")
    return {"args": tuple(args), "kwargs": kwargs}


def _exception_name(name: Any) -> str | None:
    if name is not None and not is_builtin_exception(name):
        raise ValueError(f"raises is {name!r}; it must name a builtin exception such as ValueError")
    return cast("str | None", name)


def _instance(name: object) -> str:
    if name != "" and not is_instance_name(name):
        raise ValueError(f"as is {name!r}; {INSTANCE_NAMES}")
    return str(name)


def _canonical(text: str | None) -> str | None:
    return None if text is None else encode(decode(text))


def is_instance_name(name: object) -> bool:
    """Whether a test may name an object so."""
    return isinstance(name, str) and re.fullmatch(r"[a-z][a-z0-9_]{0,30}", name) is not None


def is_builtin_exception(name: object) -> bool:
    """Whether a test may expect an exception of this name."""
    kind = getattr(builtins, name, None) if isinstance(name, str) else None
    return isinstance(kind, type) and issubclass(kind, BaseException) and kind.__name__ == name


def is_text(value: object) -> bool:
    """Whether the value is a string that can be written to a file: a lone surrogate cannot."""
    return isinstance(value, str) and not any("\ud800" <= character <= "\udfff" for character in value)
