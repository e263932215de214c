"""Whatever a bug file holds, it is a bug or one sentence with file and line."""

import os
from pathlib import Path
from typing import Any

import pytest
from conftest import FLIP
from hypothesis import given
from hypothesis import strategies as st

from debugarena.benchmark.dataset.yaml_file import BUGS_FOLDER, MAX_FILE_BYTES, OUR_SOURCE, parse_bug, read_bug
from debugarena.benchmark.errors import BugFileError
from debugarena.benchmark.values import encode

BASE = (BUGS_FOLDER / "python" / "add-subtracts.yaml").read_text()
HEAD = BASE.split("tests:")[0]
N_HEAD = HEAD.count("\n")


def with_test(test: str) -> str:
    return f"{HEAD}tests:\n  - {test}\n"


def failure(text: str) -> BugFileError:
    with pytest.raises(BugFileError) as caught:
        parse_bug(text, "some.yaml")
    assert str(caught.value).startswith("some.yaml:")
    assert "\n" not in str(caught.value)
    assert caught.value.line >= 1
    return caught.value


@pytest.mark.parametrize(
    ("yaml", "value"),
    [
        ("!tuple [1, 2]", (1, 2)),
        ("!tuple []", ()),
        ("!set [1, 2]", {1, 2}),
        ("!frozenset [a]", frozenset("a")),
        ('!bytes "00ff"', b"\x00\xff"),
        ('!complex "1+2j"', 1 + 2j),
        ("!float nan", float("nan")),
        ("-.inf", float("-inf")),
        ("1.0", 1.0),
        ("1", 1),
        ("true", True),
        ("yes", "yes"),  # YAML 1.2
        ("1:30", "1:30"),
        ("null", None),
        ("[!tuple [1], {a: !set [2]}]", [(1,), {"a": {2}}]),
        ("{1: a, !tuple [2]: b}", {1: "a", (2,): "b"}),
        ('"\\ud800"', "\ud800"),
    ],
)
def test_a_value_is_what_its_yaml_says(yaml: str, value: Any) -> None:
    assert parse_bug(with_test(f"{{args: [], expected: {yaml}}}"), "some.yaml").tests[0].calls[0].expected == encode(
        value
    )


@pytest.mark.parametrize(
    ("expected", "says"),
    [
        ("2024-01-01", "holds a date"),
        ("2024-13-45", "month must be in 1..12"),
        ("!!int abc", "no such value in Python"),
        ("!!int ''", "no such value in Python"),
        ("!!bool maybe", "no such value in Python"),
        ("9" * 5000, "Exceeds the limit"),
        ("0x" + "f" * 5000, "more digits than Python prints"),
        ("!set [[1]]", "unhashable"),
        ("!tuple 3", "takes a list"),
        ("!bytes zz", "takes text"),
        ("!float x", "takes text"),
        ("!foo 1", "!foo"),
        ("!!python/object:os.system x", "python/object"),
        ("{a: 1, a: 2}", "duplicate key"),
        ("{<<: [1]}", "merging"),
        ("[" * 45 + "]" * 45, "nested deeper than 40 levels"),
    ],
)
def test_a_value_that_is_no_plain_data_is_refused_at_its_line(expected: str, says: str) -> None:
    error = failure(with_test(f"args: [1]\n    expected: {expected}"))
    assert says in error.message
    assert error.line == N_HEAD + 3


@pytest.mark.parametrize(
    ("test", "says"),
    [
        ("{args: [1], expected: 1, raises: ValueError}", "has both expected and raises"),
        ("{args: [1], raises: NoSuchError}", "must name a builtin exception"),
        ("{args: [1], raises: IOError}", "must name a builtin exception"),
        ("{args: [1], raises: print}", "must name a builtin exception"),
        ("{args: [1], raises: 5}", "raises must be text"),
        ("{args: [1]}", "checks nothing"),
        ("{args: 5, expected: 5}", "args must be a list"),
        ("{args: !tuple [5], expected: 5}", "args must be a list"),
        ("{kwargs: [5], expected: 5}", "kwargs must be a map"),
        ("{kwargs: {5: 5}, expected: 5}", "names as keys"),
        ("{args: [1], expected: 1, hidden: 1}", "hidden must be true or false"),
        ("{args: [1], expected: 1, compare: loose}", "compare is 'loose'"),
        ("{args: [1], expectd: 1}", "unknown key 'expectd'"),
        ("{args: [1], expected: 1, [a]: 1}", "unknown key '[...]'"),
        ("{calls: []}", "must be a list that is not empty"),
        ("{calls: 5}", "must be a list that is not empty"),
        ("{calls: [{args: [1]}]}", "checks nothing"),
        ("{calls: [{expected: 1}], args: [1]}", "belongs into one of them"),
        ("{calls: [{expected: 1, hidden: true}]}", "unknown key 'hidden'"),
        ("5", "must be a map"),
        ("{args: [1], args: [2], expected: 1}", "'args' stands twice"),
        ("{args: [1], expected: 1, args_after: 5}", "args_after must be a list"),
        ("{calls: [{expected: 1, args_at_end: 5}]}", "args_at_end must be a list"),
        ("{args: [1], expected: 1, args_at_end: [1]}", "unknown key 'args_at_end'"),
        ("{calls: [{expected: 1, as: 5}]}", "as must be text"),
        ("{calls: [{expected: 1, as: Obj}]}", "as is 'Obj'; a name of an object has lower-case letters"),
    ],
)
def test_a_malformed_test_is_refused_at_its_line(test: str, says: str) -> None:
    error = failure(with_test(test))
    assert says in error.message
    assert error.line == N_HEAD + 2


@pytest.mark.parametrize(
    ("text", "line", "code"),
    [
        ("", 1, "empty"),
        ("# only a comment\n", 1, "empty"),
        ("- a\n", 1, "bad-shape"),
        ("text", 1, "bad-shape"),
        (BASE.replace("entry_point: add\n", ""), 1, "bad-shape"),
        (BASE + "colour: red\n", BASE.count("\n") + 1, "bad-shape"),
        (BASE + "title: again\n", BASE.count("\n") + 1, "bad-shape"),
        (BASE.replace("id: python/add-subtracts", "id: add-subtracts"), 1, "bad-shape"),
        (BASE.replace("id: python/add-subtracts", "id: java/add-subtracts"), 1, "bad-shape"),
        (BASE.replace("language: python", "language: cobol"), 3, "bad-shape"),
        (BASE.replace("title: ", 'title: "\\ud800" #'), 2, "bad-shape"),
        (BASE.replace("title: ", 'title: "" #'), 2, "bad-shape"),
        (HEAD + "tests: []\n", N_HEAD + 1, "bad-shape"),
        (HEAD + "tests: {a: 1}\n", N_HEAD + 1, "bad-shape"),
        (BASE + "x: [", BASE.count("\n") + 1, "bad-yaml"),
        ("id: a\n\ttitle: b\n", 2, "bad-yaml"),
        (BASE + "---\n" + BASE, BASE.count("\n") + 1, "bad-yaml"),
        ("\0", 1, "bad-yaml"),
        ("a: [" * 2000, 1, "too-deep"),
        ("- " * 2000 + "a", 1, "too-deep"),
        ("a: &a [x]\nb: [*a, *a]\n", 1, "yaml-alias"),
        ("a: 1\nb: &b\n  c: *b\n", 2, "yaml-alias"),
        ("a: &a [x, x]\n" + "".join(f"{chr(98 + i)}: &{chr(98 + i)} [{f'*{chr(97 + i)}, ' * 9}]\n" for i in range(20)), 1, "yaml-alias"),
    ],
)  # fmt: skip
def test_a_malformed_file_is_refused_at_its_line(text: str, line: int, code: str) -> None:
    error = failure(text)
    assert (error.line, error.code) == (line, code)


@given(st.integers(0, len(BASE) - 1), st.text("[]{}:-!&*\"'\n\t #?|>%@,a1\0", min_size=1, max_size=3))
def test_a_damaged_file_is_still_a_bug_or_one_sentence(at: int, junk: str) -> None:
    errors = []
    try:
        parse_bug(BASE[:at] + junk + BASE[at + len(junk) :], "some.yaml")
    except BugFileError as error:
        errors.append(error)
    assert all(str(error).startswith("some.yaml:") and error.line >= 1 for error in errors)


def test_a_file_that_is_no_text_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "x.yaml"
    file.write_bytes(b"id: a\n" + os.urandom(64) + b"\xff")
    with pytest.raises(BugFileError, match=r"x\.yaml:\d+: not UTF-8 text"):
        read_bug(file)


def test_a_huge_file_is_refused_unread(tmp_path: Path) -> None:
    file = tmp_path / "x.yaml"
    file.write_text("a" * (MAX_FILE_BYTES + 1))
    with pytest.raises(BugFileError, match="larger than"):
        read_bug(file)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(BugFileError, match=r"nothing\.yaml: cannot be read: No such file"):
        read_bug(tmp_path / "nothing.yaml")


def test_only_packaged_files_are_ours(tmp_path: Path) -> None:
    copy = tmp_path / "any-name.yaml"
    copy.write_text(BASE)
    assert read_bug(copy).source == ""
    assert read_bug(BUGS_FOLDER / "python" / "add-subtracts.yaml").source == OUR_SOURCE


def test_tests_are_named_by_number_unless_they_have_a_name() -> None:
    assert [test.name for test in parse_bug(FLIP, "flip.yaml").tests] == ["t01", "t02", "t03", "t04", "t05", "t06"]
    assert parse_bug(with_test("{name: zero, args: [0], expected: 0}"), "x").tests[0].name == "zero"
