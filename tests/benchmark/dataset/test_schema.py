"""A row says what its bug says, and a changed or malformed row is refused with one sentence."""

import json
import re
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from debugarena.benchmark import Bug
from debugarena.benchmark.dataset.cases import CallCase
from debugarena.benchmark.dataset.schema import (
    CATEGORIES,
    STATED_COLUMNS,
    Edit,
    bug_from_row,
    column_names,
    dataset_hash,
    features,
    find_bug,
    row_from_bug,
)
from debugarena.benchmark.errors import UsageError

MEASURED = {"prompt": [], "failing_tests": [], "buggy_pass_rate": 0.5, "evidence": {}}


def test_every_bug_survives_its_row_and_json(bugs: list[Bug]) -> None:
    for bug in bugs:
        row = json.loads(json.dumps(row_from_bug(bug, MEASURED)))
        assert bug_from_row(row) == bug
        assert tuple(row) == column_names()


def test_the_features_are_the_columns() -> None:
    assert tuple(features()) == column_names()


@pytest.mark.parametrize("column", ["title", "hint", "difficulty", "category", "license", "source", "program"])
def test_the_content_hash_ignores_what_no_verdict_depends_on(flip: Bug, column: str) -> None:
    assert replace(flip, **{column: "other"}).content_hash == flip.content_hash


def test_the_content_hash_covers_whatever_a_verdict_depends_on(flip: Bug) -> None:
    test = flip.tests[0]
    changes: list[Any] = [
        *({column: "other"} for column in ("language", "entry_point", "task", "buggy_code", "fixed_code")),
        {"tests": flip.tests[1:]},
        {"tests": flip.tests[::-1]},
        {"tests": (replace(test, hidden=True), *flip.tests[1:])},
        {"tests": (replace(test, compare="float"), *flip.tests[1:])},
        {"tests": (replace(test, calls=(replace(test.calls[0], args=("x",)),)), *flip.tests[1:])},
        {"tests": (replace(test, calls=(replace(test.calls[0], expected='"x"'),)), *flip.tests[1:])},
        {"tests": (replace(test, calls=(replace(test.calls[0], expected=None, raises="KeyError"),)), *flip.tests[1:])},
        {"tests": (replace(test, calls=(replace(test.calls[0], args_after='["x"]'),)), *flip.tests[1:])},
        {"tests": (replace(test, is_sequence=True), *flip.tests[1:])},
    ]
    hashes = [replace(flip, **change).content_hash for change in changes]
    assert len({flip.content_hash, *hashes}) == len(changes) + 1


@given(st.text(max_size=5))
def test_the_order_of_tests_is_a_fixed_permutation(flip: Bug, salt: str) -> None:
    order = flip.test_order(salt)
    assert sorted(order) == list(range(len(flip.tests)))
    assert order == flip.test_order(salt)


def test_salts_and_bugs_vary_the_order(bugs: list[Bug]) -> None:
    bug = bugs[0]
    assert len({bug.test_order(str(salt)) for salt in range(10)}) > 5
    assert len({b.test_order()[:4] for b in bugs}) > 30


@pytest.mark.parametrize("column", STATED_COLUMNS[:10])
@pytest.mark.parametrize("value", [None, 5, [], {}, True, "\ud800"])
def test_a_text_column_that_is_no_text_is_refused(flip: Bug, column: str, value: Any) -> None:
    row = row_from_bug(flip, MEASURED) | {column: value, "content_hash": None}
    with pytest.raises(ValueError, match=column):
        bug_from_row(row)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"language": "cobol"}, "language is 'cobol'; it is one of: python"),
        ({"difficulty": "trivial"}, "difficulty is 'trivial'"),
        ({"category": "typo"}, "category is 'typo'"),
        ({"tests": []}, "not empty"),
        ({"tests": 5}, "tests must be a list of tests, not one value"),
        ({"tests": "x"}, "tests must be a list of tests, not text"),
        ({"tests": ["x"]}, r"tests\[0\] must be one object with the keys of a test, not 'x'"),
        ({"buggy_code": "pass"}, "content_hash does not match"),
    ],
)
def test_a_row_that_is_not_a_bug_is_refused(flip: Bug, change: dict[str, Any], message: str) -> None:
    with pytest.raises((ValueError, TypeError), match=message):
        bug_from_row(row_from_bug(flip, MEASURED) | change)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("compare", "loose"),
        ("hidden", "false"),
        ("hidden", 1),
        ("name", None),
        ("args", "5"),
        ("args", "["),
        ("args", '{"$zz":1}'),
        ("kwargs", "[]"),
        ("kwargs", '{"$dict":[[1,2]]}'),
        ("expected", None),
        ("raises", "NoSuchError"),
        ("raises", "IOError"),  # an alias: no exception ever has this name
        ("raises", 5),
        ("calls", "[]"),
        ("calls", "[5]"),
        ("calls", '[{"call":"","args":[],"kwargs":{}}]'),
    ],
)
def test_a_test_that_is_malformed_or_checks_nothing_is_refused(flip: Bug, field: str, value: Any) -> None:
    row = row_from_bug(flip, MEASURED) | {"content_hash": None}
    row["tests"] = [row["tests"][0] | {field: value}, *row["tests"][1:]]
    with pytest.raises((ValueError, TypeError)):
        bug_from_row(row)


def test_the_dataset_hash_ignores_order_and_sees_every_bug(bugs: list[Bug]) -> None:
    assert dataset_hash(bugs) == dataset_hash(bugs[::-1])
    assert dataset_hash(bugs) != dataset_hash(bugs[1:])
    assert dataset_hash(bugs) != dataset_hash([replace(bugs[0], task="other"), *bugs[1:]])


def test_a_bug_is_found_by_its_id_or_its_last_part_and_near_names_are_told(bugs: list[Bug]) -> None:
    assert find_bug(bugs, "python/add-subtracts") is find_bug(bugs, "add-subtracts")
    with pytest.raises(UsageError, match="did you mean python/add-subtracts"):
        find_bug(bugs, "python/add-substracts")


def test_every_category_has_a_definition() -> None:
    assert all(len(sentence.split()) > 4 for sentence in CATEGORIES.values())


def test_the_diff_turns_the_bug_into_the_fix(bugs: list[Bug]) -> None:
    for bug in bugs:
        lines = bug.diff.splitlines()[2:]
        kept = [line[1:] for line in lines if line[0] in " +"]
        assert set(kept) - set(bug.fixed_code.splitlines()) <= {line[1:] for line in lines if line.startswith("@@")}
        assert any(line.startswith(("-", "+")) for line in lines)


def test_values_keep_their_type_through_a_row(flip: Bug) -> None:
    case = CallCase("", ((1,), {2}, b"x", {"$set": 1}, {1: 2}), {"k": float("inf")}, expected='{"$tuple":[1]}')
    test = replace(flip.tests[0], calls=(case,))
    for is_sequence in (False, True):
        bug = replace(flip, tests=(replace(test, is_sequence=is_sequence),))
        assert bug_from_row(row_from_bug(bug, MEASURED)).tests[0].calls[0] == case


def test_edits_categories_and_witnesses_come_back_from_a_row(flip: Bug) -> None:
    edits = (Edit("slice_bound", "flip:2", "text[::-1]", "text"), Edit("dropped_statement", ":1", "x = 1", ""))
    bug = replace(flip, edits=edits, categories=("off-by-one", "missing-step"), witnesses=(("t01",), ()), kind="far")
    row = row_from_bug(bug, MEASURED)
    assert bug_from_row(row) == bug
    assert bug_from_row(row).content_hash == flip.content_hash
    old = {name: value for name, value in row.items() if name not in ("edits", "categories", "witnesses", "kind")}
    assert bug_from_row(old) == flip
    assert flip.categories == (flip.category,)


@pytest.mark.parametrize(
    ("column", "value", "says"),
    [
        ("edits", "x", "edits must be a list"),
        ("edits", [{"operator": "a"}], "edits or witnesses are not of the published shape"),
        ("edits", [{"operator": "a", "place": "f:1", "before": 1, "after": ""}], "must hold text"),
        ("categories", ["missing-step", "no-such"], "categories has 'no-such'; there are: "),
        ("categories", 5, "categories must be a list"),
        ("witnesses", [5], "not of the published shape"),
        ("witnesses", [{"edit": 0, "test": "t01"}], "not of the published shape"),
        ("tier", "huge", "tier is 'huge'; it is one of: starter, function, module"),
        ("kind", "odd", "kind is 'odd'; it is one of: slip, "),
    ],
)
def test_a_malformed_column_is_refused(flip: Bug, column: str, value: Any, says: str) -> None:
    with pytest.raises(ValueError, match=re.escape(says)):
        bug_from_row(row_from_bug(flip, MEASURED) | {column: value})


def test_names_of_objects_and_arguments_at_the_end_come_back_from_a_row(flip: Bug) -> None:
    case = CallCase("", ([1],), {}, args_at_end="[[1]]", instance="first_one")
    bug = replace(flip, tests=(replace(flip.tests[0], calls=(case, CallCase("", (2,), {})), is_sequence=True),))
    row = row_from_bug(bug, MEASURED)
    assert bug_from_row(row) == bug
    row["tests"][0]["calls"] = row["tests"][0]["calls"].replace("first_one", "__class__")
    with pytest.raises(ValueError, match="as is '__class__'; a name of an object has lower-case letters"):
        bug_from_row(row)
