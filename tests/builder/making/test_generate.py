"""`debugarena generate`: the same bytes whatever the jobs, the kills and the resumes; an end that is said; clear misuse."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import CancelledError
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from debugarena.benchmark import Sandbox, cli, load_bugs
from debugarena.benchmark.cli import main
from debugarena.benchmark.dataset.splits import SPLIT_SHARES, split_of
from debugarena.benchmark.errors import DebugArenaError, UsageError
from debugarena.builder.generate import describe
from debugarena.builder.making.maker import Result
from debugarena.builder.making.run import generate, source_hash
from debugarena.builder.making.run_folder import JOURNAL, Folder, Settings
from debugarena.builder.making.workers import Workers, _take_turn
from debugarena.builder.program import PROGRAMS_FOLDER, Program, load_programs
from debugarena.builder.publishing.build import _without_repeats
from debugarena.builder.publishing.generated import make_parts
from debugarena.builder.validate import validate_paths

SETTINGS = Settings(count=12, seed=7, level=2, spread=True)
# two of the split `train` and two of `test`, whose mutants are soon proven
NAMES = ("convert_amount", "format_column", "Wallet", "apply_coupons")
VISITS = replace(SETTINGS, spread=False)
SEED = "27"  # at level 1, of which the first of all programs are soon prepared
# the same run in a process that can be killed
RUN = f"""
import sys
from pathlib import Path
from debugarena.builder.making.run import generate
from debugarena.builder.making.run_folder import Settings
from debugarena.builder.making.workers import Workers
from debugarena.builder.program import load_programs
if __name__ == "__main__":
    few = [program for program in load_programs(["money"]) if program.entry_point in {NAMES}]
    with Workers(2, few) as workers:
        settings = Settings(count=12, seed=7, level=2, spread=sys.argv[2] == "True")
        generate(settings, Path(sys.argv[1]), workers, few, show_progress=False)
"""


@pytest.fixture(scope="module")
def few() -> list[Program]:
    return [program for program in load_programs(["money"]) if program.entry_point in NAMES]


@pytest.fixture(scope="module")
def workers(few: list[Program]) -> Iterator[Workers]:
    with Workers(2, few) as shared:
        yield shared


@pytest.fixture(scope="module")
def made(few: list[Program], workers: Workers, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("generated") / "level-2"
    generate(SETTINGS, out, workers, few, show_progress=False)
    return out


@pytest.fixture(scope="module")
def made_in_visits(few: list[Program], workers: Workers, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("generated") / "visits"
    generate(VISITS, out, workers, few, show_progress=False)
    return out


def contents(folder: Path) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in sorted(folder.iterdir())}


def test_a_run_leaves_its_bugs_and_a_summary_that_adds_up(made: Path) -> None:
    assert sorted(contents(made)) == ["bugs-00000.jsonl", "summary.json"]
    summary = json.loads((made / "summary.json").read_bytes())
    assert summary["accepted"] == len(load_bugs(made)) == 12
    assert summary["candidates"] == 12 + sum(summary["refused"].values())
    assert sum(o["accepted"] for o in summary["operators"].values()) == 12
    assert summary["mutants"]["mutation_score"] >= 0.95
    assert not summary["exhausted"]


def test_one_job_gives_the_same_bytes_as_two(made: Path, few: list[Program], tmp_path: Path) -> None:
    with Workers(1, few) as alone:
        generate(SETTINGS, tmp_path / "alone", alone, few, show_progress=False)
    assert contents(tmp_path / "alone") == contents(made)


def test_every_bug_is_valid_again_and_none_repeats_another(made: Path, sandbox: Sandbox) -> None:
    checked = validate_paths([made], sandbox, show_progress=False)
    assert [item.reasons for item in checked if not item.valid] == []
    assert len(checked) == 12


def test_each_program_makes_a_bug_before_any_makes_its_second(made: Path, few: list[Program]) -> None:
    programs = [bug["program"] for bug in map(json.loads, (made / "bugs-00000.jsonl").read_bytes().splitlines())]
    assert set(programs[: len(few)]) == set(programs[len(few) : 2 * len(few)]) == {program.name for program in few}
    assert max(Counter(programs).values()) == 3


def test_the_order_in_which_numbers_are_gone_through_changes_no_bug(made: Path, made_in_visits: Path) -> None:
    in_turns, in_visits = ({bug.bug_id: bug.content_hash for bug in load_bugs(at)} for at in (made, made_in_visits))
    both = in_turns.keys() & in_visits.keys()
    assert 0 < len(both) < 12
    assert {i: in_turns[i] for i in both} == {i: in_visits[i] for i in both}
    assert "spread" not in json.loads((made_in_visits / "summary.json").read_bytes())  # as before there was a choice


@pytest.mark.parametrize(("after", "spread"), [(1, False), (1, True), (8, True)])
def test_a_killed_run_goes_on_to_the_same_bytes(
    made: Path, made_in_visits: Path, few: list[Program], workers: Workers, after: int, spread: bool, tmp_path: Path
) -> None:
    out, whole = tmp_path / "killed", made if spread else made_in_visits
    command = [sys.executable, "-c", RUN, str(out), str(spread)]
    process = subprocess.Popen(command, start_new_session=True)
    deadline = time.monotonic() + 100
    while time.monotonic() < deadline and process.poll() is None:
        file = out / "bugs-00000.jsonl"
        if file.exists() and file.read_bytes().count(b"\n") >= after:
            break
        time.sleep(0.01)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    assert (out / JOURNAL).exists()
    generate(replace(SETTINGS, spread=spread), out, workers, few, show_progress=False)
    assert contents(out) == contents(whole)


def test_half_a_line_and_a_bug_without_its_record_are_taken_back(
    made: Path, few: list[Program], workers: Workers, tmp_path: Path
) -> None:
    out = tmp_path / "torn"
    generate(replace(SETTINGS, count=5), out, workers, few, show_progress=False)
    # what a kill between the two writes leaves: build the journal again from nothing, with a row too many
    (out / "summary.json").unlink()
    lines = (out / "bugs-00000.jsonl").read_bytes().splitlines(keepends=True)
    (out / "bugs-00000.jsonl").write_bytes(b"".join(lines) + lines[0][: len(lines[0]) // 2])
    (out / JOURNAL).write_bytes(b'{"seed": 7, "lev')
    generate(SETTINGS, out, workers, few, show_progress=False)
    assert contents(out) == contents(made)


def test_another_seed_gives_other_bugs_and_the_overlap_is_small(
    made: Path, few: list[Program], workers: Workers, tmp_path: Path
) -> None:
    generate(replace(SETTINGS, seed=8), tmp_path / "other", workers, few, show_progress=False)
    ours, others = ({bug.buggy_code for bug in load_bugs(folder)} for folder in (made, tmp_path / "other"))
    print(f"{len(ours & others)} of {len(ours)} bugs are also made by another seed")
    assert len(ours & others) < 0.8 * len(ours)


def test_a_level_that_is_exhausted_says_so(tmp_path: Path) -> None:
    one = [p for p in load_programs(["money"]) if p.entry_point == "progressive_tax"]
    with Workers(1, one) as alone:
        summary = generate(Settings(10_000, 1, 1), tmp_path / "all", alone, one, show_progress=False)
    assert summary["exhausted"]
    assert 5 < summary["accepted"] < 100
    assert "has no more candidates here" in describe(summary, tmp_path)


def test_a_limit_for_each_program_and_a_split_hold(few: list[Program], workers: Workers, tmp_path: Path) -> None:
    n_programs = sum(split_of(program.name) == "test" for program in few)
    generate(Settings(n_programs, 1, 1, "test", 1), tmp_path / "few", workers, few, show_progress=False)
    bugs = load_bugs(tmp_path / "few")
    assert len({bug.program for bug in bugs}) == len(bugs) == n_programs >= 2
    assert {split_of(bug.program) for bug in bugs} == {"test"}


def test_a_finished_folder_is_left_alone_and_another_run_is_refused(
    made: Path, few: list[Program], workers: Workers
) -> None:
    before = contents(made)
    assert generate(SETTINGS, made, workers, few, show_progress=False)["accepted"] == 12
    for change in ({"seed": 8}, {"level": 3}, {"count": 13}, {"spread": False}):
        settings = replace(SETTINGS, **change)
        with pytest.raises(UsageError, match="holds another generation"):
            generate(settings, made, workers, few, show_progress=False)
    assert contents(made) == before


def test_bugs_of_somebody_else_are_not_touched(few: list[Program], workers: Workers, tmp_path: Path) -> None:
    (tmp_path / "bugs-mine.jsonl").write_text("precious")
    with pytest.raises(UsageError, match="did not leave there"):
        generate(SETTINGS, tmp_path, workers, few, show_progress=False)
    assert contents(tmp_path) == {"bugs-mine.jsonl": b"precious"}


def test_the_command_line_makes_bugs_and_prints_what_came_of_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = [
        "generate",
        "--count",
        "3",
        "--seed",
        SEED,
        "--level",
        "1",
        "--jobs",
        "1",
        "--out",
        str(tmp_path / "three"),
    ]
    assert cli.main(words) == 0
    said = capsys.readouterr().out
    assert "three: 3 bugs of " in said
    assert "candidates, 3 programs" in said
    assert len(load_bugs(tmp_path / "three")) == 3


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (["--level", "5"], "invalid choice: 5"),
        (["--count", "0"], "0 is not a whole number above 0"),
        (["--count", "many"], "many is not a whole number above 0"),
        (["--split", "exam"], "invalid choice: 'exam'"),
        (["--against", "no-such-folder"], "no such folder"),
    ],
)
def test_misuse_is_one_sentence_and_exit_code_2(
    words: list[str], complaint: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    try:
        code = cli.main(["generate", "--out", str(tmp_path / "out"), *words])
    except SystemExit as ended:
        code = int(ended.code or 0)
    assert code == 2
    assert complaint in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_an_out_that_is_a_file_is_misuse(tmp_path: Path, few: list[Program], workers: Workers) -> None:
    (tmp_path / "file").write_text("precious")
    with pytest.raises(UsageError, match="cannot be used"):
        generate(SETTINGS, tmp_path / "file", workers, few, show_progress=False)
    assert (tmp_path / "file").read_text() == "precious"


def test_a_split_takes_nothing_from_another_numbers_and_ids_included(
    few: list[Program], workers: Workers, tmp_path: Path
) -> None:
    bugs = []
    for split in SPLIT_SHARES:
        if any(split_of(program.name) == split for program in few):
            generate(Settings(3, 1, 1, split), tmp_path / split, workers, few, show_progress=False)
            bugs += load_bugs(tmp_path / split)
    generate(Settings(20, 1, 1), tmp_path / "all", workers, few, show_progress=False)
    everything = {bug.bug_id: bug.content_hash for bug in load_bugs(tmp_path / "all")}
    assert len({bug.bug_id for bug in bugs}) == len(bugs) >= 6
    assert all(everything.get(bug.bug_id, bug.content_hash) == bug.content_hash for bug in bugs)


def test_two_runs_cannot_write_one_folder(made: Path, few: list[Program], workers: Workers, tmp_path: Path) -> None:
    folder = Folder(tmp_path / "one", SETTINGS, source_hash(few))
    assert not folder.open()
    with pytest.raises(UsageError, match="is being written by another process"):
        generate(SETTINGS, tmp_path / "one", workers, few, show_progress=False)
    folder.close()
    generate(SETTINGS, tmp_path / "one", workers, few, show_progress=False)
    assert contents(tmp_path / "one") == contents(made)


def stopped(folder: Path, few: list[Program], made: Path, n_bugs: int) -> None:
    """A folder as a run leaves it that is killed after so many bugs."""
    run = Folder(folder, SETTINGS, source_hash(few))
    run.open()
    for index, line in enumerate((made / "bugs-00000.jsonl").read_bytes().splitlines()[:n_bugs]):
        row = json.loads(line)
        run.add(Result(index, row["program"], "accepted", "", tuple(row["operators"]), row, (f"key {index}",)))
    run.close()


def test_a_smaller_count_than_there_are_bugs_is_misuse(
    made: Path, few: list[Program], workers: Workers, tmp_path: Path
) -> None:
    stopped(tmp_path, few, made, 5)
    with pytest.raises(UsageError, match="holds 5 bugs already"):
        generate(replace(SETTINGS, count=3), tmp_path, workers, few, show_progress=False)


def test_a_file_that_has_become_shorter_is_not_filled_up(
    made: Path, few: list[Program], workers: Workers, tmp_path: Path
) -> None:
    stopped(tmp_path, few, made, 5)
    (tmp_path / "bugs-mine.jsonl").write_text("precious")
    os.truncate(tmp_path / "bugs-00000.jsonl", 100)
    with pytest.raises(UsageError, match="is shorter than it was"):
        generate(SETTINGS, tmp_path, workers, few, show_progress=False)
    assert (tmp_path / "bugs-mine.jsonl").read_text() == "precious"


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs the device that is always full")
@pytest.mark.parametrize("name", ["bugs-00000.jsonl", JOURNAL, "summary.json.part"])
def test_a_full_disk_is_named_leaves_no_part_and_the_same_command_goes_on(
    name: str, made: Path, few: list[Program], workers: Workers, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "full"
    open_file, open_folder = Path.open, Folder.open

    def fill(file: Any) -> None:
        """What is written to the file from here on meets a full disk. Nothing can be read from it."""
        device = os.open("/dev/full", os.O_WRONLY)
        os.dup2(device, file.fileno())
        os.close(device)

    def open_filled(path: Path, mode: str = "r", *args: Any, **kwargs: Any) -> Any:
        file = open_file(path, mode, *args, **kwargs)
        if path.name == name and mode in ("ab", "wb"):
            fill(file)
        return file

    def begin(folder: Folder) -> Any:
        done = open_folder(folder)
        if name == JOURNAL:
            fill(folder._journal)
        return done

    with monkeypatch.context() as patch:
        patch.setattr(Path, "open", open_filled)
        patch.setattr(Folder, "open", begin)
        with pytest.raises(DebugArenaError) as caught:
            generate(SETTINGS, out, workers, few, show_progress=False)
    said = "could not be written: No space left on device; the same command goes on from there"
    assert str(caught.value) == f"{out} {said}"
    assert not [*out.glob("*.part")]
    generate(SETTINGS, out, workers, few, show_progress=False)
    assert contents(out) == contents(made)


def test_a_changed_program_file_is_another_source(
    few: list[Program], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its inputs too, which are no part of a program's code."""
    before = source_hash(few)
    copied = shutil.copytree(PROGRAMS_FOLDER, tmp_path / "programs")
    monkeypatch.setattr("debugarena.builder.making.run.PROGRAMS_FOLDER", copied)
    assert source_hash(few) == before
    with (copied / "money.py").open("a") as file:
        file.write("# changed\n")
    assert source_hash(few) != before


def test_processes_that_close_begin_nothing_more(few: list[Program]) -> None:
    names = [program.name for program in few]
    with Workers(1, few) as alone:  # left while its process still imports
        turns = [alone._pools[0].submit(_take_turn, 1, 1, name, 0, names) for name in names]
    assert all(turn.cancelled() or isinstance(turn.exception(), CancelledError) for turn in turns)


def test_no_process_at_all_is_misuse() -> None:
    with pytest.raises(UsageError, match="must be at least 1"):
        Workers(0)


def test_the_parts_of_the_dataset_are_valid_together_and_made_once(
    few: list[Program], tmp_path: Path, sandbox: Sandbox
) -> None:
    counts = dict.fromkeys(sorted({split_of(program.name) for program in few}), 2)
    summaries = make_parts(tmp_path, 1, show_progress=False, programs=few, counts=counts)
    assert [summary["accepted"] for summary in summaries] == [2] * 4 * len(counts)
    # two levels may make the same bug, which a build leaves out
    checked, _ = _without_repeats(validate_paths([tmp_path], sandbox, show_progress=False))
    assert [item.reasons for item in checked if not item.valid] == []
    before = {path: path.read_bytes() for path in tmp_path.rglob("*.json*")}
    make_parts(tmp_path, 1, show_progress=False, programs=few, counts=counts)
    assert {path: path.read_bytes() for path in tmp_path.rglob("*.json*")} == before


def group_is_there(leader: int) -> bool:
    try:
        os.killpg(leader, 0)
    except ProcessLookupError:
        return False
    return True


@pytest.mark.parametrize("at_once", [True, False])
def test_ctrl_c_ends_everything_with_one_sentence(at_once: bool, tmp_path: Path) -> None:
    out = tmp_path / "out"
    words = ["generate", "--count", "500", "--seed", SEED, "--jobs", "2", "--out", str(out)]
    command = [sys.executable, "-m", "debugarena.benchmark.cli", *words]
    process = subprocess.Popen(command, start_new_session=True, stderr=subprocess.PIPE, text=True)
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and not (out.exists() and (at_once or (out / "bugs-00000.jsonl").exists())):
        time.sleep(0.01)
    os.killpg(process.pid, signal.SIGINT)
    _, said = process.communicate(timeout=120)
    assert process.returncode == 130
    assert "the same command resumes the run" in said
    assert "Traceback" not in said
    deadline = time.monotonic() + 30
    while group_is_there(process.pid) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not group_is_there(process.pid)


def test_programs_of_ones_own_must_be_some(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    command = ["generate", "--count", "1", "--out", str(tmp_path / "out"), "--programs", str(tmp_path)]
    assert main(command) == 2
    (tmp_path / "mine.py").write_text("x = 1 / 0\n")
    assert main(command) == 2
    (tmp_path / "mine.py").write_text("x = 1\n")
    assert main(command) == 2
    error = capsys.readouterr().err
    assert "no programs here" in error
    assert "mine.py: cannot be imported: ZeroDivisionError" in error
    assert "no public function or class" in error
    assert error.count("\n") == 3
