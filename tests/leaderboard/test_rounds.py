"""A round's bugs are nobody's before it opens and anybody's to make again afterwards."""

import json
import shutil
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pyarrow
import pyarrow.parquet
import pytest
from conftest import as_row
from submissions import answers, submit

from debugarena import builder
from debugarena.benchmark import Bug
from debugarena.benchmark.cli import main
from debugarena.benchmark.dataset.schema import bug_from_row, dataset_hash
from debugarena.builder.making import generate_bugs, workers
from debugarena.builder.own_programs import load_all
from debugarena.builder.program import Program
from debugarena.leaderboard import rounds
from debugarena.leaderboard.bug_sets import read_sets
from debugarena.leaderboard.rounds import read_round

# programs of the test split that are prepared in half a second each; others take several
SMALL = {
    "dates/iso_week_label",
    "lists/merge_feeds",
    "records/schema_problems",
    "recursion/unpack_runs",
    "sorting/rank_with_pins",
    "text_layout/draw_box",
}


@pytest.fixture(scope="module", autouse=True)
def _little_to_prepare() -> Iterator[None]:
    """Bugs are made of small programs, unless a folder is named, and in one process, which takes a second to start."""

    def load_small(folder: Path | None) -> list[Program]:
        return [program for program in load_all(folder) if folder or program.name in SMALL]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(generate_bugs, "load_all", load_small)
        patch.setattr(workers, "usable_cpus", lambda: 1)
        patch.setattr(rounds, "released_version", lambda: "9.0.0")
        patch.setattr(rounds, "DATASET_VERSION", "9.0.0")
        yield


def _export(folder: Path, rows: list[dict[str, Any]]) -> None:
    """Leaves a dataset whose test split has these rows."""
    data = folder / "data" / "generated"
    data.mkdir(parents=True)
    pyarrow.parquet.write_table(pyarrow.Table.from_pylist(rows), data / "test-00000-of-00001.parquet")


@pytest.fixture(scope="module")
def export(tmp_path_factory: pytest.TempPathFactory, bugs: list[Bug]) -> Path:
    """A dataset with bugs that no round makes."""
    folder = tmp_path_factory.mktemp("dataset") / "export"
    _export(folder, [as_row(bug) for bug in bugs[:3]])
    return folder


def _round(tmp_path: Path, action: str, *more: str) -> int:
    flags = ["--rounds", str(tmp_path / "rounds")]
    if action != "register":
        flags += ["--work", str(tmp_path / "work"), "--dataset", str(tmp_path / "export")]
    return main(["leaderboard", "round", action, "first", *flags, *more])


@pytest.fixture(scope="module")
def announced_once(tmp_path_factory: pytest.TempPathFactory, export: Path) -> Path:
    folder = tmp_path_factory.mktemp("announced")
    (folder / "export").symlink_to(export)
    (folder / "secret").write_text(f"{181:064x}\n")
    new = ["--secret", str(folder / "secret"), "--n-bugs", "2", "--levels", "1"]
    assert _round(folder, "new", *new) == 0
    return folder


@pytest.fixture
def announced(tmp_path: Path, announced_once: Path) -> Path:
    """A folder in which a round of two bugs of level 1 was announced."""
    return shutil.copytree(announced_once, tmp_path, symlinks=True, dirs_exist_ok=True)


def test_only_a_hash_is_public_until_the_round_opens(announced: Path, capsys: pytest.CaptureFixture[str]) -> None:
    secret = (announced / "secret").read_text().strip()
    path = announced / "rounds" / "first.yaml"
    found = read_round(path)
    assert (found.secret, found.opened, found.n_bugs) == (None, None, 2)
    assert secret not in path.read_text()
    assert "generated-s" not in path.read_text()
    assert _round(announced, "check") == 2
    assert "the round is not open" in capsys.readouterr().err

    assert _round(announced, "register", "--model", "a model", "--revision", "r1") == 0
    assert _round(announced, "register", "--model", "a model", "--revision", "r1") == 2
    assert _round(announced, "register", "--model", "nameless") == 2
    assert _round(announced, "register", "--model", " ", "--revision", "r1") == 2
    assert _round(announced, "register", "--model", "a model", "--weights-sha256", "ABC") == 2
    capsys.readouterr()
    other = announced / "other-secret"
    other.write_text("f" * 64)
    sets = ["--sets", str(announced / "sets")]
    assert _round(announced, "open", "--secret", str(other), *sets) == 2
    assert "the secret is not the one that was announced" in capsys.readouterr().err
    assert _round(announced, "open", "--secret", str(announced / "secret"), *sets) == 0

    bug_set = read_sets(announced / "sets")["round-first-9.0.0"]
    opened = read_round(path)
    assert (bug_set.hash, len(bug_set.bugs)) == (opened.hash, 2)
    assert opened.secret == secret
    assert len({bug.program for bug in bug_set.bugs}) == 2
    assert _round(announced, "register", "--model", "late", "--revision", "r1") == 2
    assert "the round was opened on" in capsys.readouterr().err

    late = path.read_text().replace("name: a model", "name: another")
    before = path.read_text()
    path.write_text(late)
    assert _round(announced, "check") == 2
    assert "the registered models are not those of when it opened" in capsys.readouterr().err
    path.write_text(before)

    assert _round(announced, "check") == 0
    assert "with the hash that was announced" in capsys.readouterr().out
    changed = path.read_text().replace(opened.hash, "f" * 64)
    path.write_text(changed)
    with pytest.MonkeyPatch.context() as patch:  # the same bugs, which take seconds to make
        patch.setattr(builder, "generate_bugs", lambda **_: bug_set.bugs)
        assert _round(announced, "check") == 2
    assert "have another hash" in capsys.readouterr().err
    path.write_text(changed.replace("f" * 64, opened.hash))

    # verified like any other, but for registered models alone
    taking_part, late = {"name": "a model", "revision": "r1"}, {"name": "a model", "revision": "r2"}
    today, before_it = str(date.today()), str(date.today() - timedelta(days=2))
    submit(announced / "in" / "one", bug_set, answers(bug_set), model=taking_part, date=today)
    submit(announced / "in" / "two", bug_set, answers(bug_set), model=late, date=today)
    submit(announced / "in" / "three", bug_set, answers(bug_set), model=taking_part, date=before_it)
    flags = [word for name in ("sets", "rounds", "entries") for word in (f"--{name}", str(announced / name))]
    assert main(["leaderboard", "verify", str(announced / "in"), *flags]) == 1
    captured = capsys.readouterr()
    assert captured.out.startswith("one: round-first-9.0.0: solves 0.0%")
    assert "was not registered for the round first before it opened" in captured.err
    assert f"date is {before_it}, when the round first was not yet open" in captured.err


def _made(work: Path) -> list[dict[str, Any]]:
    [file] = work.glob("*/level-1/bugs-*.jsonl")
    return [json.loads(line) for line in file.read_text().splitlines()]


def test_bugs_of_the_published_test_split_are_in_no_round(announced: Path) -> None:
    rows = _made(announced / "work" / "first")[:2]
    _export(announced / "other", rows)
    new = [
        "--secret",
        str(announced / "secret"),
        "--n-bugs",
        "2",
        "--levels",
        "1",
        "--dataset",
        str(announced / "other"),
    ]
    flags = ["--rounds", str(announced / "again"), "--work", str(announced / "more")]
    assert main(["leaderboard", "round", "new", "second", *new, *flags]) == 0
    assert _made(announced / "more" / "second")[:2] == rows  # the same secret makes the same bugs
    first, second = (read_round(announced / where).hash for where in ("rounds/first.yaml", "again/second.yaml"))
    assert first == dataset_hash([bug_from_row(row) for row in rows])
    assert second == dataset_hash([bug_from_row(row) for row in _made(announced / "more" / "second")[2:4]])


HELD_BACK = """
from collections.abc import Iterator
from random import Random


def shelf_of(width: int, shelves: list[int]) -> int:
    \"\"\"Return the place, counted from 0, of the narrowest of the shelves that is at least so wide, the first of equal ones,
    or -1 if none is.

    >>> shelf_of(3, [2, 5, 3])
    2
    \"\"\"
    best = -1
    for place, shelf in enumerate(shelves):
        if shelf >= width and (best < 0 or shelf < shelves[best]):
            best = place
    return best


def inputs_shelf_of(rng: Random) -> Iterator[tuple[int, list[int]]]:
    yield 1, []
    yield 3, [3]
    while True:
        yield rng.randint(0, 9), [rng.randint(0, 9) for _ in range(rng.randint(0, 6))]
"""


def test_a_round_of_held_back_programs_publishes_them_when_it_opens(
    tmp_path: Path, export: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "export").symlink_to(export)
    programs = tmp_path / "held-back"
    programs.mkdir()
    (programs / "shelves.py").write_text(HELD_BACK)
    flags = ["--secret", str(tmp_path / "secret"), "--programs", str(programs)]
    assert _round(tmp_path, "new", *flags, "--n-bugs", "2", "--levels", "1") == 0
    assert (tmp_path / "secret").stat().st_mode & 0o077 == 0
    sets = ["--sets", str(tmp_path / "sets")]
    assert _round(tmp_path, "open", *flags[:2], *sets) == 2
    assert "the programs are not those that were announced" in capsys.readouterr().err
    assert not list((tmp_path / "rounds").glob("*/*"))
    assert _round(tmp_path, "open", *flags, *sets) == 0
    [bug_set] = read_sets(tmp_path / "sets").values()
    assert {bug.program for bug in bug_set.bugs} == {"shelves/shelf_of"}
    published = tmp_path / "rounds" / "first-programs" / "shelves.py.txt"
    assert published.read_text() == HELD_BACK
    capsys.readouterr()
    assert _round(tmp_path, "check") == 0
    assert "with the hash that was announced" in capsys.readouterr().out
    published.write_text(HELD_BACK.replace("best < 0", "best == -1"))
    assert _round(tmp_path, "check") == 2
    assert "the programs are not those that were announced" in capsys.readouterr().err


def test_what_is_asked_of_a_round_must_make_sense(
    tmp_path: Path, export: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "export").symlink_to(export)
    secret = tmp_path / "secret"
    secret.write_text("not hex")
    assert _round(tmp_path, "new", "--secret", str(secret)) == 2
    assert _round(tmp_path, "new", "--secret", str(secret), "--n-bugs", "0") == 2
    assert _round(tmp_path, "new", "--secret", str(secret), "--levels", "1", "1") == 2
    assert _round(tmp_path, "open", "--secret", str(secret)) == 2
    assert main(["leaderboard", "round", "new", "../first", "--secret", str(secret)]) == 2
    assert main(["leaderboard", "round", "new", "first", "--secret", str(tmp_path / "no" / "where")]) == 2
    error = capsys.readouterr().err
    assert error.count("\n") == 6
    assert "not a secret of 64 hex digits" in error
    assert "first.yaml: cannot be read" in error
