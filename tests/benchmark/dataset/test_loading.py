"""Bugs are found wherever they are, in a stable order; and the packaged ones are what we promise."""

import gzip
import io
import json
import keyword
import re
import tokenize
from collections import Counter
from pathlib import Path

import pytest
from conftest import FLIP

from debugarena.benchmark import Bug, load_bugs
from debugarena.benchmark.dataset.loading import read_bug_files
from debugarena.benchmark.dataset.schema import DIFFICULTIES, row_from_bug
from debugarena.benchmark.dataset.yaml_file import BUGS_FOLDER
from debugarena.benchmark.errors import BugFileError, UsageError

MEASURED = {"prompt": [], "failing_tests": [], "buggy_pass_rate": 0.5, "evidence": {}}


def test_there_are_about_as_many_bugs_of_each_difficulty(bugs: list[Bug]) -> None:
    counts = Counter(bug.difficulty for bug in bugs)
    assert {*counts} == {*DIFFICULTIES}
    assert max(counts.values()) - min(counts.values()) <= 3


def test_the_bugs_are_of_many_kinds(bugs: list[Bug]) -> None:
    assert len({bug.category for bug in bugs}) >= 8
    rich = [b for b in bugs if any(t.is_sequence or any(c.args_after for c in t.calls) for t in b.tests)]
    raising = [b for b in bugs if any(c.raises for t in b.tests for c in t.calls)]
    classes = [b for b in bugs if f"class {b.entry_point}" in b.fixed_code]
    assert (len(rich) >= 4, len(raising) >= 3, len(classes) >= 2) == (True, True, True)


def test_the_famous_bugs_are_there(bugs: list[Bug]) -> None:
    names = {bug.bug_id for bug in bugs}
    assert {"python/add-subtracts", "python/first-char-empty", "python/bubble-sort-swap"} <= names


def test_every_bug_has_tests_enough(bugs: list[Bug]) -> None:
    for bug in bugs:
        n_hidden = sum(test.hidden for test in bug.tests)
        assert (n_hidden >= 8, len(bug.tests) - n_hidden >= 4) == (True, True), bug.bug_id


def test_hard_bugs_are_not_one_liners(bugs: list[Bug]) -> None:
    for bug in bugs:
        if bug.difficulty == "hard":
            assert sum(bool(line.strip()) for line in bug.fixed_code.splitlines()) >= 12, bug.bug_id


def test_no_code_gives_its_bug_away(bugs: list[Bug]) -> None:
    tell_tale = re.compile(r"bug|fix|broken|wrong|mistake|todo|should|correct|error here|oops", re.IGNORECASE)
    for bug in bugs:
        for token in tokenize.generate_tokens(io.StringIO(bug.buggy_code).readline):
            is_name = token.type == tokenize.NAME and not keyword.iskeyword(token.string)
            if token.type == tokenize.COMMENT or is_name:
                assert not tell_tale.search(re.sub("prefix|suffix|fixed_", "", token.string)), (
                    bug.bug_id,
                    token.string,
                )


def test_the_bugs_differ_from_each_other(bugs: list[Bug]) -> None:
    for column in ("bug_id", "title", "task", "hint", "buggy_code", "fixed_code", "content_hash"):
        assert len({getattr(bug, column) for bug in bugs}) == len(bugs), column


def test_the_order_is_that_of_the_ids(bugs: list[Bug]) -> None:
    assert [bug.bug_id for bug in bugs] == sorted(bug.bug_id for bug in bugs)


def test_a_bug_reads_the_same_from_yaml_jsonl_and_parquet(tmp_path: Path, bugs: list[Bug]) -> None:
    from datasets import Dataset

    from debugarena.benchmark.dataset.schema import features

    evidence = {"runs": 3, "fixed_passed": 1, "buggy_failed": 1, "outcomes_hash": "", "sandbox_hash": ""}
    rows = [row_from_bug(bug, MEASURED | {"evidence": evidence}) for bug in bugs]
    (tmp_path / "bugs.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    Dataset.from_list(rows, features=features()).to_parquet(tmp_path / "bugs.parquet")
    assert load_bugs(tmp_path / "bugs.jsonl") == bugs
    packed = tmp_path / "packed" / "bugs.jsonl.gz"
    packed.parent.mkdir()
    packed.write_bytes(gzip.compress((tmp_path / "bugs.jsonl").read_bytes()))
    assert load_bugs(packed) == load_bugs(packed.parent) == bugs
    packed.write_bytes(packed.read_bytes()[:-9])
    with pytest.raises(BugFileError, match="damaged gzip: it is cut off"):
        load_bugs(packed)
    packed.write_bytes(b"no gzip")
    with pytest.raises(BugFileError, match=r"damaged gzip: .*incorrect header"):
        load_bugs(packed)
    assert load_bugs(tmp_path / "bugs.parquet") == bugs


def test_entries_come_in_a_stable_order_with_every_error_in_its_place(tmp_path: Path) -> None:
    (tmp_path / "b.yaml").write_text(FLIP)
    (tmp_path / "a.yaml").write_text("")
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "c.jsonl").write_text('\n{"bug_id": 5}\n[1]\nnot json\n\xff\n')
    (tmp_path / "d.parquet").write_text("no parquet")
    (tmp_path / "ignored.txt").write_text("x")
    entries = list(read_bug_files([tmp_path, tmp_path / "ignored.txt", tmp_path / "nothing.jsonl"]))
    assert [(Path(e.file).name, e.line, e.error.code if e.error else "") for e in entries] == [
        ("a.yaml", 1, "empty"),
        ("b.yaml", 1, ""),
        ("d.parquet", 0, "bad-parquet"),
        ("c.jsonl", 2, "bad-shape"),
        ("c.jsonl", 3, "bad-shape"),
        ("c.jsonl", 4, "bad-json"),
        ("c.jsonl", 5, "bad-json"),
        ("ignored.txt", 0, "unknown-kind"),
        ("nothing.jsonl", 0, "unreadable"),
    ]


@pytest.mark.parametrize("text", ["", "\n\n", "[" * 100_000, '{"tests": ' + "[" * 100_000, "\xff\xfe", "null", "NaN"])
def test_a_line_that_holds_no_bug_is_one_error(tmp_path: Path, text: str) -> None:
    file = tmp_path / "x.jsonl"
    file.write_text(text, encoding="latin-1")
    (entry,) = read_bug_files([file])
    assert entry.error is not None
    assert "\n" not in str(entry.error)


def test_a_folder_without_bugs_is_one_error(tmp_path: Path) -> None:
    (entry,) = read_bug_files([tmp_path])
    assert entry.error is not None
    assert entry.error.code == "no-bugs"


def test_one_unreadable_bug_stops_a_load(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(FLIP)
    (tmp_path / "b.yaml").write_text("x")
    with pytest.raises(BugFileError, match=r"b\.yaml:1"):
        load_bugs(tmp_path)


@pytest.mark.parametrize("option", [{"config": "x"}, {"split": "test"}, {"revision": "main"}])
def test_an_option_that_does_not_apply_is_refused(tmp_path: Path, option: dict[str, str]) -> None:
    (tmp_path / "a.yaml").write_text(FLIP)
    for source in (None, tmp_path):
        with pytest.raises(UsageError, match=f"has no {next(iter(option))}"):
            load_bugs(source, **option)


def test_names_that_are_not_in_an_export_are_refused_with_those_that_are(tmp_path: Path) -> None:
    folder = tmp_path / "data" / "handcrafted"
    folder.mkdir(parents=True)
    (folder / "test-00000-of-00001.parquet").write_text("")
    with pytest.raises(UsageError, match=r"unknown config 'generated'; .* has: handcrafted"):
        load_bugs(tmp_path, config="generated")
    with pytest.raises(UsageError, match="unknown split 'val'; the config 'handcrafted' has: test"):
        load_bugs(tmp_path, split="val")


@pytest.mark.parametrize("source", ["no-such-folder", "a/b/c", "/nowhere/x.yaml"])
def test_a_source_that_is_nothing_is_refused(source: str) -> None:
    with pytest.raises(UsageError, match="no such folder or file"):
        load_bugs(source)


def test_two_bugs_of_one_id_are_refused(tmp_path: Path) -> None:
    bug = load_bugs()[0]
    text = (BUGS_FOLDER / f"{bug.bug_id}.yaml").read_text()
    for name in ("one.yaml", "two.yaml"):
        (tmp_path / name).write_text(text)
    with pytest.raises(UsageError, match=f"two bugs have the id {bug.bug_id}"):
        load_bugs(tmp_path)


@pytest.mark.parametrize("bug_id", ["python/../etc", "python/Two Words", "java/x", "x", "python/", "python/a--b"])
def test_an_odd_id_is_refused(bug_id: str, tmp_path: Path) -> None:
    bug = load_bugs()[0]
    text = (BUGS_FOLDER / f"{bug.bug_id}.yaml").read_text()
    (tmp_path / "one.yaml").write_text(text.replace(f"id: {bug.bug_id}", f'id: "{bug_id}"'))
    with pytest.raises(BugFileError, match="lower case"):
        load_bugs(tmp_path)
