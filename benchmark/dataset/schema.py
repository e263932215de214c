"""The bug and its row. The only file that names columns.

A Bug is what an author states; a row is a Bug plus what the builder measured. Values inside tests are tagged JSON text
(values.py), so that other languages can read them.
"""

from __future__ import annotations

import builtins
import difflib
import hashlib
import json
import random
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from functools import cached_property
from typing import TYPE_CHECKING, Any, cast

from debugarena.benchmark.errors import UsageError
from debugarena.benchmark.values import COMPARES, Compare, decode, encode

if TYPE_CHECKING:
    import datasets

DATASET_VERSION = "0.3.0-dev"  # -dev: bugs may still change, and no set of them is frozen
CANARY = "debugarena canary 6f0c7d1e-93a8-4b1e-8f5d-2b6a6c5d9e47: benchmark data must never appear in training corpora"

LANGUAGES = ("python", "javascript", "java")
DIFFICULTIES = ("easy", "medium", "hard")
CATEGORIES = {
    "wrong-operator": "an arithmetic, comparison or boolean operator is another than the meant one",
    "off-by-one": "a bound, index, range or count is one too large or too small",
    "missing-edge-case": "an input at the edge (empty, single, equal, extreme) is not provided for",
    "wrong-type": "a value of one type is treated as, compared with or returned as another",
    "aliasing-or-mutation": "two names share one mutable object, or the caller's object is changed",
    "wrong-state-update": "state is updated with the wrong value, too early, too late or not at all",
    "wrong-order-of-cases": "a broader case is tested before the narrower one it swallows",
    "wrong-initial-value": "an accumulator, flag or default starts from the wrong value",
    "scope-or-closure": "a name is looked up in another scope, or at another time, than meant",
    "recursion-base-case": "the recursion stops too early, too late or with the wrong value",
    "wrong-variable": "another variable of a fitting type stands where the meant one belongs",
    "wrong-condition": "a branch or loop is guarded by a condition that is not the meant one",
    "missing-step": "one step of the algorithm is left out",
    "wrong-exception": "an error is raised, caught or swallowed as another than the contract says",
    "precision-or-rounding": "rounding, truncation or floating point loses what the result needs",
    "wrong-traversal": "elements are visited in the wrong order, twice or not at all",
}
INSTANCE_NAMES = "a name of an object has lower-case letters, digits and underscores, as in first_cart"
CLOSED_COLUMNS = {"language": LANGUAGES, "difficulty": DIFFICULTIES, "category": tuple(CATEGORIES)}


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


@dataclass(frozen=True)
class Bug:
    """A broken function or class, its reference fix and its tests. See docs/bug-format.md for each field.

        bug = find_bug(load_bugs(), "first-char-empty")   # a Bug
        print(bug.task, bug.buggy_code, len(bug.tests))

    level: 1 to 4 for generated bugs, else None. mutation_score in [0, 1], None until measured. A Bug checks nothing by
    itself: load_bugs raises BugFileError for a malformed file, and `debugarena validate` proves the bug.
    """

    bug_id: str
    language: str
    difficulty: str
    category: str
    title: str
    task: str
    hint: str
    entry_point: str
    buggy_code: str
    fixed_code: str
    tests: tuple[TestCase, ...]
    origin_kind: str = "handcrafted"
    program: str = ""
    operators: tuple[str, ...] = ()
    seed: int | None = None
    level: int | None = None
    license: str = "Apache-2.0"
    source: str = ""
    mutation_score: float | None = None

    @cached_property
    def content_hash(self) -> str:
        """SHA-256, in hex, of everything a verdict depends on; titles, hints and provenance are left out."""
        stated = [self.language, self.entry_point, self.task, self.buggy_code, self.fixed_code]
        text = json.dumps([*stated, [test_to_struct(t) for t in self.tests]], sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()

    @property
    def diff(self) -> str:
        """Unified diff from the buggy to the fixed code."""
        lines = difflib.unified_diff(
            self.buggy_code.splitlines(keepends=True), self.fixed_code.splitlines(keepends=True), "buggy", "fixed"
        )
        return "".join(line if line.endswith("\n") else line + "\n" for line in lines)

    def test_order(self, salt: str = "") -> tuple[int, ...]:
        """The fixed order of the tests, a permutation seeded by the content hash. Only validation passes a salt."""
        order = list(range(len(self.tests)))
        random.Random(f"{self.content_hash}:{salt}").shuffle(order)
        return tuple(order)


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


def _tests_from_column(column: object) -> tuple[TestCase, ...]:
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


def is_instance_name(name: object) -> bool:
    """Whether a test may name an object so."""
    return isinstance(name, str) and re.fullmatch(r"[a-z][a-z0-9_]{0,30}", name) is not None


def is_builtin_exception(name: object) -> bool:
    """Whether a test may expect an exception of this name."""
    kind = getattr(builtins, name, None) if isinstance(name, str) else None
    return isinstance(kind, type) and issubclass(kind, BaseException) and kind.__name__ == name


def _canonical(text: str | None) -> str | None:
    return None if text is None else encode(decode(text))


def bug_id_complaint(bug_id: str, language: str) -> str:
    """What is wrong with an id, or "". An id is `<language>/<slug>`; a slug has lower-case letters, digits, hyphens."""
    if re.fullmatch(rf"{language}/[a-z0-9]+(-[a-z0-9]+)*", bug_id):
        return ""
    return f"id is {bug_id!r}; it is <language>/<slug> in lower case, here {language}/..."


def is_text(value: object) -> bool:
    """Whether the value is a string that can be written to a file: a lone surrogate cannot."""
    return isinstance(value, str) and not any("\ud800" <= character <= "\udfff" for character in value)


STATED_COLUMNS = tuple(f.name for f in fields(Bug))
_TEXT_COLUMNS = tuple(f.name for f in fields(Bug) if f.type == "str")
DERIVED_COLUMNS = (
    "diff",
    "prompt",
    "failing_tests",
    "buggy_pass_rate",
    "evidence",
    "content_hash",
    "dataset_version",
    "canary",
)


def row_from_bug(bug: Bug, measured: Mapping[str, Any]) -> dict[str, Any]:
    """One row. `measured` holds `prompt`, `failing_tests`, `buggy_pass_rate` and `evidence`."""
    row = stated_row(bug) | {"diff": bug.diff, **measured}
    return {name: row[name] for name in column_names()}


def stated_row(bug: Bug) -> dict[str, Any]:
    """The columns that define a bug and its origin, without those that are derived or measured."""
    row: dict[str, Any] = {name: getattr(bug, name) for name in STATED_COLUMNS}
    row["tests"] = [test_to_struct(t) for t in bug.tests]
    row["operators"] = list(bug.operators)
    return row | {"content_hash": bug.content_hash, "dataset_version": DATASET_VERSION, "canary": CANARY}


def bug_from_row(row: Mapping[str, Any]) -> Bug:
    """The Bug of a row; derived columns are ignored. ValueError or KeyError if a column is missing or unreadable."""
    missing = [n for n in STATED_COLUMNS[:11] if row.get(n) is None]
    if missing:
        raise ValueError(f"the row lacks {', '.join(missing)}")
    stated = {name: row[name] for name in STATED_COLUMNS if row.get(name) is not None}
    for name in _TEXT_COLUMNS:
        if not is_text(stated.get(name, "")):
            raise ValueError(f"{name} must be text")
    for name, allowed in CLOSED_COLUMNS.items():
        if stated[name] not in allowed:
            raise ValueError(f"{name} is {stated[name]!r}; it is one of: {', '.join(allowed)}")
    stated["tests"] = _tests_from_column(row["tests"])
    stated["operators"] = tuple(row.get("operators") or ())
    bug = Bug(**stated)
    complaint = bug_id_complaint(bug.bug_id, bug.language)
    if complaint:
        raise ValueError(complaint)
    if not bug.tests:
        raise ValueError("tests must be a list that is not empty")
    if row.get("content_hash") not in (None, bug.content_hash):
        raise ValueError(f"content_hash does not match the content of {bug.bug_id}; the row was changed or damaged")
    return bug


def column_names() -> tuple[str, ...]:
    """All columns, in the order of the exported table."""
    stated = list(STATED_COLUMNS)
    before_tests = stated.index("tests")
    origin = stated.index("origin_kind")
    first = [*stated[:before_tests], "diff", "tests", "prompt", "failing_tests", "buggy_pass_rate"]
    return (*first, *stated[origin:], "evidence", "content_hash", "dataset_version", "canary")


def features() -> datasets.Features:
    """The explicit Features that all configs share. Imports `datasets`."""
    from datasets import Features, List, Value

    text, number = Value("string"), Value("float64")
    special: dict[str, Any] = {
        "tests": List(
            {
                "name": text,
                "hidden": Value("bool"),
                "compare": text,
                **dict.fromkeys(("args", "kwargs", "expected", "raises", "args_after", "calls"), text),
            }
        ),
        "prompt": List({"role": text, "content": text}),
        "failing_tests": List(text),
        "operators": List(text),
        "buggy_pass_rate": number,
        "mutation_score": number,
        "seed": Value("int64"),
        "level": Value("int64"),
        "evidence": {
            "runs": Value("int64"),
            "fixed_passed": Value("int64"),
            "buggy_failed": Value("int64"),
            "outcomes_hash": text,
            "sandbox_hash": text,
        },
    }
    return Features({name: special.get(name, text) for name in column_names()})


def dataset_hash(bugs: Mapping[str, Bug] | list[Bug]) -> str:
    """SHA-256, in hex, over the ids and content hashes of the bugs, whatever their order."""
    values = bugs.values() if isinstance(bugs, Mapping) else bugs
    lines = sorted(f"{b.bug_id} {b.content_hash}" for b in values)
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def find_bug(bugs: list[Bug], bug_id: str) -> Bug:
    """The bug of that id, or of that name without its language. UsageError names the nearest ids."""
    by_id = {b.bug_id: b for b in bugs}
    candidates = [b for b in bugs if b.bug_id.split("/", 1)[-1] == bug_id]
    if bug_id in by_id or len(candidates) == 1:
        return by_id.get(bug_id) or candidates[0]
    near = difflib.get_close_matches(bug_id, [*by_id], n=3, cutoff=0.3)
    raise UsageError(f"unknown bug {bug_id!r}" + (f"; did you mean {', '.join(near)}?" if near else ""))
