"""Where the sandbox fails, what could not be run is marked "not graded", the rest goes on, the exit code says so, and the
same command takes up what is missing.
"""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future
from pathlib import Path
from typing import Any, cast

import pytest
from submissions import answers, make_set, submit

from debugarena.benchmark import Bug, Sandbox, score
from debugarena.benchmark.cli import main
from debugarena.benchmark.errors import SandboxError
from debugarena.benchmark.sandbox import Execution, Job
from debugarena.builder.generate import describe
from debugarena.builder.making import prepare
from debugarena.builder.making.maker import Maker, Result, open_numbers
from debugarena.builder.making.run import generate
from debugarena.builder.making.run_folder import JOURNAL, Settings
from debugarena.builder.making.turns import by_turns, take_turn
from debugarena.builder.making.workers import Workers
from debugarena.builder.program import Program, load_programs

Break = Callable[[Callable[[Job], bool]], None]


@pytest.fixture
def break_for(monkeypatch: pytest.MonkeyPatch) -> Break:
    """From now on every sandbox fails for these jobs, by no fault of theirs."""
    real = Sandbox.submit

    def begin(ails: Callable[[Job], bool]) -> None:
        def submit(self: Sandbox, job: Job) -> Future[Execution]:
            if not ails(job):
                return real(self, job)
            failed: Future[Execution] = Future()
            failed.set_exception(SandboxError("no memory here"))
            return failed

        monkeypatch.setattr(Sandbox, "submit", submit)

    return begin


def is_code(code: str) -> Callable[[Job], bool]:
    return lambda job: job.code.strip() == code.strip()


def contents(folder: Path) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in sorted(folder.iterdir())}


# --- score ----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def some(tmp_path_factory: pytest.TempPathFactory, bugs: list[Bug]) -> list[str]:
    """The words that score the first eight bugs alone."""
    ids = tmp_path_factory.mktemp("some") / "ids.txt"
    ids.write_text("".join(f"{bug.bug_id}\n" for bug in bugs[:8]))
    return ["--bugs", str(ids)]


@pytest.mark.parametrize("side", ["fixed_code", "buggy_code"])
def test_a_score_names_what_it_could_not_grade_and_grades_it_the_next_time(
    tmp_path: Path, bugs: list[Bug], some: list[str], break_for: Break, capsys: pytest.CaptureFixture[str], side: str
) -> None:
    command = ["score", "--model", "oracle", *some, "--out", str(tmp_path / "part")]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Sandbox, "submit", Sandbox.submit)
        break_for(is_code(getattr(bugs[3], side)))
        assert main(command) == 1
    shown = capsys.readouterr()
    assert f"not graded: 1 of 8 bugs, such as {bugs[3].bug_id} (no memory here)" in shown.err
    report = json.loads((tmp_path / "part" / "report.json").read_text())
    assert report["not_graded"] == {bugs[3].bug_id: "no memory here"}
    assert report["n"] == 7
    assert report["solve_rate"] == 1.0
    assert bugs[3].bug_id not in [line["bug_id"] for line in report["bugs"]]
    assert "not graded: 1 of 8" in (tmp_path / "part" / "report.md").read_text()
    assert main(["compare", str(tmp_path / "part"), str(tmp_path / "part")]) == 2
    assert "not graded: 1 of 8" in capsys.readouterr().err
    assert main(command) == 0
    assert main([*command[:-1], str(tmp_path / "whole")]) == 0
    for name in ("report.json", "report.md", "report.png"):
        assert (tmp_path / "part" / name).read_bytes() == (tmp_path / "whole" / name).read_bytes()
    lines = [sorted((tmp_path / name / "completions.jsonl").read_text().splitlines()) for name in ("part", "whole")]
    assert lines[0] == lines[1]


def test_an_episode_stops_at_an_attempt_that_cannot_be_graded(
    tmp_path: Path, bugs: list[Bug], some: list[str], break_for: Break
) -> None:
    seen: list[str] = []

    def second_time(job: Job) -> bool:
        seen.append(job.code)
        return job.code.strip() == bugs[5].buggy_code.strip() and seen.count(job.code) == 3

    break_for(second_time)  # the first is the no-op, the second attempt 1, the third attempt 2
    command = ["score", "--model", "noop", "--attempts", "3", *some, "--out", str(tmp_path)]
    assert main(command) == 1
    lines = [json.loads(line) for line in (tmp_path / "completions.jsonl").read_text().splitlines()]
    assert max(line["attempt"] for line in lines if line["bug_id"] == bugs[5].bug_id) == 2
    assert max(line["attempt"] for line in lines if line["bug_id"] == bugs[6].bug_id) == 3
    assert json.loads((tmp_path / "report.json").read_text())["n"] == 7
    assert main(command) == 0
    assert json.loads((tmp_path / "report.json").read_text())["n"] == 8


def test_a_sandbox_that_runs_nothing_is_one_sentence(
    tmp_path: Path, break_for: Break, capsys: pytest.CaptureFixture[str]
) -> None:
    break_for(lambda job: True)
    assert main(["score", "--model", "oracle", "--out", str(tmp_path)]) == 2
    assert capsys.readouterr().err.splitlines()[-1].endswith("no memory here")


def test_one_call_of_score_leaves_out_what_was_not_graded(bugs: list[Bug], break_for: Break) -> None:
    two = bugs[:2]
    wrong = "def nothing(): pass"
    completions = [{"bug_id": bug.bug_id, "completion": bug.fixed_code} for bug in two]
    completions += [{"bug_id": bug.bug_id, "completion": wrong, "sample": 1} for bug in two]  # type: ignore[dict-item]
    break_for(is_code(two[0].fixed_code))
    report = score(completions, two)
    assert report.not_graded == {two[0].bug_id: "no memory here"}
    assert (report.n, report.solve_rate.value) == (1, 0.5)


# --- generate -------------------------------------------------------------------------------


class Here:
    """Workers in this process, where the sandbox can be broken."""

    def __init__(self, programs: Sequence[Program], sandbox: Sandbox) -> None:
        self._maker = Maker(programs, sandbox)

    def results(self, seed: int, level: int, names: Sequence[str], start: int, gone: set[str]) -> Iterator[Result]:
        for index in open_numbers(names, start, gone):
            yield self._maker.attempt(seed, level, index, names)

    def turns(
        self,
        seed: int,
        level: int,
        names: Sequence[str],
        gone: set[str],
        bugs: Mapping[str, int],
        tried: Mapping[str, int],
    ) -> Iterator[Result]:
        while order := by_turns(names, gone, bugs):
            yield from take_turn(self._maker, seed, level, order[0], tried[order[0]], names)


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> list[Program]:
    """Two programs that are soon prepared: they are small, and few inputs are tried on a mutant."""
    monkeypatch.setattr(prepare, "N_SEARCHED", 200)
    small = {"dates/iso_week_label", "text_layout/draw_box"}
    return [program for program in load_programs(["dates", "text_layout"]) if program.name in small]


@pytest.mark.parametrize("spread", [False, True])
def test_a_candidate_that_was_not_graded_is_tried_again_and_the_bugs_are_the_same(
    spread: bool, tmp_path: Path, few: list[Program], sandbox: Sandbox, break_for: Break
) -> None:
    settings = Settings(count=12, seed=7, level=1, spread=spread)
    whole = generate(settings, tmp_path / "whole", cast(Workers, Here(few, sandbox)), few, show_progress=False)
    assert "not_graded" not in whole
    proofs = [0]

    def ails(job: Job) -> bool:
        proofs[0] += len(job.tests) > 10  # a proof, or a preparation
        return proofs[0] in (40, 41, 90)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Sandbox, "submit", Sandbox.submit)
        break_for(ails)
        part = generate(settings, tmp_path / "part", cast(Workers, Here(few, sandbox)), few, show_progress=False)
    assert part["not_graded"] >= 1
    assert part["accepted"] == 12
    assert "not graded: " in describe(part, tmp_path)
    assert (tmp_path / "part" / JOURNAL).exists()
    assert not (tmp_path / "part" / "summary.json").exists()
    generate(settings, tmp_path / "part", cast(Workers, Here(few, sandbox)), few, show_progress=False)
    assert contents(tmp_path / "part") == contents(tmp_path / "whole")


def test_generate_ends_where_the_sandbox_fails_for_every_candidate(
    tmp_path: Path, few: list[Program], sandbox: Sandbox, break_for: Break
) -> None:
    break_for(lambda job: True)
    with pytest.raises(SandboxError, match=r"no memory here; .* is kept"):
        generate(Settings(12, 7, 1), tmp_path, cast(Workers, Here(few, sandbox)), few, show_progress=False)


# --- the leaderboard ------------------------------------------------------------------------


def test_a_submission_that_was_not_graded_whole_is_finished_by_the_next_call(
    tmp_path: Path, bugs: list[Bug], break_for: Break, capsys: pytest.CaptureFixture[str]
) -> None:
    few = make_set(tmp_path / "sets", bugs[:6])
    ids = [bug.bug_id for bug in few.bugs]
    submit(tmp_path / "in" / "one", few, answers(few, ids))
    submit(tmp_path / "in" / "two", few, answers(few, ids[:2]))
    places = ["--sets", tmp_path / "sets", "--rounds", tmp_path / "rounds", "--entries"]
    verify = ["leaderboard", "verify", str(tmp_path / "in"), *map(str, places)]
    site = [
        "leaderboard",
        "site",
        "--submissions",
        str(tmp_path / "in"),
        *map(str, places),
        str(tmp_path / "entries"),
        "--out",
    ]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Sandbox, "submit", Sandbox.submit)
        break_for(is_code(few.bugs[4].fixed_code))  # which only the first submits
        assert main([*verify, str(tmp_path / "entries")]) == 1
        shown = capsys.readouterr()
        assert "two: few-0.2.0: solves 33.3%" in shown.out
        assert "not graded: " in shown.err
        assert "could not run 1 of 6 completions; call again" in shown.err
        assert main([*verify, str(tmp_path / "entries"), "--json"]) == 1
        assert set(json.loads(capsys.readouterr().out)["one"]) == {"not_graded"}
        assert main([*site, str(tmp_path / "site")]) == 1
        assert not (tmp_path / "site" / "entry-one.html").exists()
        assert (tmp_path / "site" / "entry-two.html").exists()
    ran: list[str] = []
    break_for(lambda job: bool(ran.append(job.code)))
    assert main([*verify, str(tmp_path / "entries")]) == 0
    assert set(ran) - {bug.buggy_code for bug in few.bugs} == {few.bugs[4].fixed_code, "def f(): pass"}
    assert main([*verify, str(tmp_path / "whole")]) == 0
    assert contents(tmp_path / "entries") == contents(tmp_path / "whole")
    assert main([*site, str(tmp_path / "site")]) == 0


# --- train ----------------------------------------------------------------------------------


def test_a_completion_that_was_not_graded_has_no_reward_and_is_counted(
    sandbox: Sandbox, flip: Bug, break_for: Break
) -> None:
    pytest.importorskip("trl", reason="the extra `train` is not installed")
    from debugarena.benchmark.adapters.trl import SignalRewards

    rewards = SignalRewards([flip], sandbox, opened_fence=False)
    completions = [flip.fixed_code, flip.buggy_code, "no code ("]
    break_for(is_code(flip.buggy_code))
    logged: dict[str, float] = {}
    columns: Any = {"log_metric": lambda name, value: logged.update({name: value})}
    passing, *_ = [f(completions=completions, bug_id=[flip.bug_id] * 3, **columns) for f in rewards.functions()]
    assert passing == [1.0, None, 0.0]
    assert rewards.n_not_graded == logged["not_graded"] == 1


def test_a_training_that_left_completions_out_says_so_in_its_exit_code(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("trl", reason="the extra `train` is not installed")
    from debugarena.baseline import data, grpo

    monkeypatch.setattr(data, "training_bugs", lambda config: [])
    for n, code in ((0, 0), (3, 1)):
        monkeypatch.setattr(grpo, "train", lambda *arguments, n=n: n)
        assert main(["train", "baseline/configs/smoke.yaml", "--out", str(tmp_path)]) == code
    assert "not graded: 3 completions" in capsys.readouterr().err


def test_an_episode_with_an_attempt_that_was_not_graded_has_no_reward(
    sandbox: Sandbox, flip: Bug, break_for: Break
) -> None:
    pytest.importorskip("openenv", reason="the extra `serve` is not installed")
    from debugarena.baseline.attempts import RepairSession, signal_rewards
    from debugarena.benchmark.environment.episode import Arena, DebugArenaEnvironment
    from debugarena.benchmark.environment.task_sets import TaskSet

    arena = Arena(TaskSet({"train": [flip]}), sandbox)
    sessions = [RepairSession(DebugArenaEnvironment(arena)) for _ in range(2)]
    for session in sessions:
        session.reset(flip.bug_id)
    sessions[0].submit_fix(flip.fixed_code)
    break_for(lambda job: True)
    for _ in range(2):
        with pytest.raises(SandboxError):
            sessions[1].submit_fix(flip.buggy_code)
    assert [reward(environments=sessions)[0] for reward in signal_rewards()] == [1.0, 2.0, 0.2, 0.0]
    assert [reward(environments=sessions)[1] for reward in signal_rewards()] == [None] * 4
    assert [session.n_not_graded for session in sessions] == [0, 1]
