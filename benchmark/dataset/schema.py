"""The bug and its row. The only file that names columns.

A Bug is what an author states; a row is a Bug plus what the builder measured. Values inside tests are tagged JSON text
(values.py), so that other languages can read them.
"""

from __future__ import annotations

import difflib
import hashlib
import json
import random
import re
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, fields
from functools import cached_property
from itertools import chain
from typing import TYPE_CHECKING, Any

from debugarena.benchmark.dataset.cases import TestCase, is_text, test_to_struct, tests_from_column
from debugarena.benchmark.errors import UsageError

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
TIERS = {
    "starter": "a few lines that one look takes in",
    "function": "one function or class, with its helpers",
    "module": "several functions or classes that work together",
}
KINDS = {
    "slip": "the mistake is where its effect is",
    "far": "the mistake is in another function than its effect",
    "masked": "one mistake hides another, which shows only after the first is fixed",
    "slow": "the results are right, but take too long",
}
CLOSED_COLUMNS = {
    "language": LANGUAGES,
    "difficulty": DIFFICULTIES,
    "category": tuple(CATEGORIES),
    "tier": tuple(TIERS),
    "kind": tuple(KINDS),
}


@dataclass(frozen=True)
class Edit:
    """One atomic edit that turns the fixed code into the buggy code.

    place: the function or method, "" for none, and the line of the fixed code where the edit begins: `Wallet.spend:12`.
    before, after: the code there, as it is in the fixed and in the buggy program; "" for code that is not there.
    """

    operator: str
    place: str
    before: str
    after: str


@dataclass(frozen=True)
class Bug:
    """A broken function or class, its reference fix and its tests. See docs/bug-format.md for each field.

        bug = find_bug(load_bugs(), "first-char-empty")   # a Bug
        print(bug.task, bug.buggy_code, len(bug.tests))

    level: 1 to 4 for generated bugs, else None. mutation_score in [0, 1], None until measured. categories: those of all
    edits; without edits, the category. witnesses: for each edit the names of the tests that fail exactly if it is
    there, whichever of the others are. A Bug checks nothing by itself: load_bugs raises BugFileError for a malformed
    file, and `debugarena validate` proves the bug.
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
    tier: str = "function"
    kind: str = "slip"
    categories: tuple[str, ...] = ()
    edits: tuple[Edit, ...] = ()
    witnesses: tuple[tuple[str, ...], ...] = ()

    def __post_init__(self) -> None:
        if not self.categories:
            object.__setattr__(self, "categories", (self.category,))

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


def bug_id_complaint(bug_id: str, language: str) -> str:
    """What is wrong with an id, or "". An id is `<language>/<slug>`; a slug has lower-case letters, digits, hyphens."""
    if re.fullmatch(rf"{language}/[a-z0-9]+(-[a-z0-9]+)*", bug_id):
        return ""
    return f"id is {bug_id!r}; it is <language>/<slug> in lower case, here {language}/..."


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
    row["operators"], row["categories"] = list(bug.operators), list(bug.categories)
    row["edits"] = [asdict(edit) for edit in bug.edits]
    row["witnesses"] = [{"edit": i, "test": name} for i, names in enumerate(bug.witnesses) for name in names]
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
        if stated.get(name, allowed[0]) not in allowed:
            raise ValueError(f"{name} is {stated[name]!r}; it is one of: {', '.join(allowed)}")
    stated["tests"] = tests_from_column(row["tests"])
    bug = Bug(**stated | _lists_from_row(row))
    complaint = bug_id_complaint(bug.bug_id, bug.language)
    if complaint:
        raise ValueError(complaint)
    if not bug.tests:
        raise ValueError("tests must be a list that is not empty")
    if row.get("content_hash") not in (None, bug.content_hash):
        raise ValueError(f"content_hash does not match the content of {bug.bug_id}; the row was changed or damaged")
    return bug


def _lists_from_row(row: Mapping[str, Any]) -> dict[str, tuple[Any, ...]]:
    """The columns of lists that a row may lack. ValueError for one that is not of the published shape."""

    def listed(name: str) -> list[Any]:
        value = row.get(name)
        if isinstance(value, str | Mapping) or not isinstance(value, Iterable | None):
            raise ValueError(f"{name} must be a list")
        return list(() if value is None else value)

    try:
        edits = tuple(Edit(**edit) for edit in listed("edits"))
        witnesses: dict[int, list[str]] = {number: [] for number in range(len(edits))}
        for one in listed("witnesses"):
            witnesses[one["edit"]].append(one["test"])
    except (TypeError, LookupError) as error:
        raise ValueError(f"edits or witnesses are not of the published shape ({error})") from None
    lists: dict[str, tuple[Any, ...]] = {
        "operators": tuple(listed("operators")),
        "categories": tuple(listed("categories")),
        "edits": edits,
        "witnesses": tuple(map(tuple, witnesses.values())),
    }
    texts = [*lists["operators"], *lists["categories"], *chain(*witnesses.values())]
    texts += [text for edit in edits for text in vars(edit).values()]
    if not all(map(is_text, texts)):
        raise ValueError("operators, categories, edits and witnesses must hold text")
    if unknown := set(lists["categories"]) - set(CATEGORIES):
        raise ValueError(f"categories has {min(unknown)!r}; there are: {', '.join(CATEGORIES)}")
    return lists


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
        "categories": List(text),
        "edits": List({field.name: text for field in fields(Edit)}),
        "witnesses": List({"edit": Value("int64"), "test": text}),
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
