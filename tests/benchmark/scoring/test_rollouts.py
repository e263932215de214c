"""A run is never lost: it is written as it comes, goes on after a kill, and refuses to mix with another run."""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from debugarena.benchmark import Sandbox, load_bugs
from debugarena.benchmark.errors import UsageError
from debugarena.benchmark.models.answers import Answer
from debugarena.benchmark.models.base import Request, Sampling
from debugarena.benchmark.scoring.report import Completion, Protocol, grade_noop, make_report
from debugarena.benchmark.scoring.rollouts import CompletionLog, claim_folder, read_completions, roll_out
from debugarena.benchmark.scoring.typed_report import Report

BUGS = load_bugs()[:4]


class Scripted:
    """Solves a bug at the attempt that `solve_at` names, echoes the bug before; may die after some answers."""

    name = "scripted"

    def __init__(self, solve_at: dict[str, int], die_after: int = 10**9) -> None:
        self.solve_at, self.left = solve_at, die_after
        self.seen: list[Request] = []

    def info(self) -> dict[str, Any]:
        return {}

    def complete(self, requests: Sequence[Request], sampling: Sampling) -> Iterator[tuple[Request, Answer]]:
        for request in requests:
            if not self.left:
                raise KeyboardInterrupt
            self.left -= 1
            self.seen.append(request)
            bug = request.bug
            code = bug.fixed_code if request.attempt == self.solve_at.get(bug.bug_id) else bug.buggy_code
            yield request, Answer(f"```python\n{code}```")


def _run(model: Scripted, path: Path, sandbox: Sandbox, protocol: Protocol) -> Report:
    noop, _ = grade_noop(sandbox, BUGS)
    with CompletionLog(path) as log:
        episodes, _ = roll_out(model, BUGS, noop, protocol, Sampling(), log, sandbox, lambda *_: None)
    return make_report(BUGS, episodes, noop, protocol, sandbox.layers)


def test_an_interrupted_run_goes_on_and_ends_in_the_same_report(tmp_path: Path, sandbox: Sandbox) -> None:
    protocol = Protocol(attempts=3)
    solve_at = {BUGS[0].bug_id: 1, BUGS[1].bug_id: 2, BUGS[2].bug_id: 3}
    whole = _run(Scripted(solve_at), tmp_path / "whole.jsonl", sandbox, protocol)
    path = tmp_path / "cut.jsonl"
    with pytest.raises(KeyboardInterrupt):
        _run(Scripted(solve_at, die_after=6), path, sandbox, protocol)
    assert len(list(read_completions(path))) == 6
    with path.open("a") as file:
        file.write('{"bug_id": "python/add-subtr')  # a kill in the middle of a line
    second = Scripted(solve_at)
    assert _run(second, path, sandbox, protocol) == whole
    assert len(second.seen) == 4 + 3 + 2 - 6
    assert sorted(path.read_text().splitlines()) == sorted((tmp_path / "whole.jsonl").read_text().splitlines())


def test_a_solve_ends_the_episode_and_a_late_solve_earns_no_more(tmp_path: Path, sandbox: Sandbox) -> None:
    solve_at = {BUGS[0].bug_id: 1, BUGS[1].bug_id: 2, BUGS[2].bug_id: 3}
    report = _run(Scripted(solve_at), tmp_path / "c.jsonl", sandbox, Protocol(attempts=3))
    assert [bug.solved_at for bug in report.bugs] == [(1,), (2,), (3,), (None,)]
    assert [bug.reward for bug in report.bugs][:3] == [3.2, 3.2, 3.2]
    assert [estimate.value for estimate in report.solved_within] == [0.25, 0.5, 0.75]
    assert report.solve_rate.value == 0.25
    assert report.n_completions == 1 + 2 + 3 + 3


def test_later_prompts_tell_of_visible_failures_and_only_count_hidden_ones(tmp_path: Path, sandbox: Sandbox) -> None:
    model = Scripted({})
    _run(model, tmp_path / "c.jsonl", sandbox, Protocol(attempts=2))
    request = next(r for r in model.seen if r.attempt == 2)
    last = request.prompt.messages[-1]["content"]
    assert "Failing tests:" in last
    assert "Hidden tests failing: " in last
    assert "1 attempt left" in last


def test_samples_are_kept_apart(tmp_path: Path, sandbox: Sandbox) -> None:
    model = Scripted({BUGS[0].bug_id: 1})
    report = _run(model, tmp_path / "c.jsonl", sandbox, Protocol(samples=3))
    assert {(r.bug.bug_id, r.sample) for r in model.seen} == {(b.bug_id, s) for b in BUGS for s in range(3)}
    assert report.n_samples == 3
    assert report.pass_at[1].value == 0.25


def test_a_folder_serves_one_run_only(tmp_path: Path) -> None:
    folder = tmp_path / "run"
    claim_folder(folder, {"model": "a"})
    claim_folder(folder, {"model": "a"})
    with pytest.raises(UsageError, match=r"another run \(model is 'a', now 'b'\)"):
        claim_folder(folder, {"model": "b"})
    (folder / "run.json").write_text('{"model": "a"}')  # it names no version of grading
    with pytest.raises(UsageError, match=r"another run \(grading is 1, now 2\)"):
        claim_folder(folder, {"model": "a"})
    (folder / "run.json").write_text("{")
    with pytest.raises(UsageError, match="damaged"):
        claim_folder(folder, {"model": "a"})
    (folder / "run.json").unlink()
    (folder / "completions.jsonl").write_text("")
    with pytest.raises(UsageError, match="unknown run"):
        claim_folder(folder, {"model": "a"})


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        ("{", ":2: not a line of JSON"),
        ("[]", ":2: a completion is one JSON object"),
        ('{"bug_id": "x"}', ":2: completion is missing; a line has both"),
        ('{"task_id": "x", "completion": ""}', ":2: bug_id is missing; rename task_id to bug_id"),
        ('{"task_id": "x", "solution": ""}', ":2: bug_id and completion are missing; rename task_id to bug_id and sol"),
        ('{"bug_id": "x", "completion": null}', ":2: bug_id and completion must be text"),
        ('{"bug_id": "x", "completion": "", "attempt": 6}', ":2: sample counts from 0 and attempt from 1 to 5"),
        ('{"bug_id": "x", "completion": "", "sample": true}', ":2: sample counts from 0"),
        ('{"bug_id": "x", "completion": "", "why": "odd"}', ":2: why is one of missing, refused, too-long, cut"),
    ],
)
def test_a_bad_line_is_named_with_its_number(tmp_path: Path, line: str, complaint: str) -> None:
    path = tmp_path / "completions.jsonl"
    path.write_text(json.dumps({"bug_id": "x", "completion": "y"}) + "\n" + line + "\n")
    with pytest.raises(UsageError) as caught:
        list(read_completions(path))
    assert complaint in str(caught.value)


def test_a_mark_of_an_answer_is_kept_and_a_whole_one_has_none(tmp_path: Path) -> None:
    path = tmp_path / "completions.jsonl"
    cut, whole = Completion("python/x", 0, 1, "a", "cut"), Completion("python/y", 0, 1, "b")
    with CompletionLog(path) as log:
        log.append(cut)
        log.append(whole)
    assert list(read_completions(path)) == [cut, whole]
    assert [sorted(json.loads(line)) for line in path.read_text().splitlines()] == [
        ["attempt", "bug_id", "completion", "sample", "why"],
        ["attempt", "bug_id", "completion", "sample"],
    ]


def test_a_file_of_completions_may_begin_with_a_byte_order_mark(tmp_path: Path) -> None:
    path = tmp_path / "completions.jsonl"
    path.write_text(json.dumps({"bug_id": "x", "completion": "y"}) + "\n", encoding="utf-8-sig")
    assert list(read_completions(path)) == [Completion("x", 0, 1, "y")]


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs the device that is always full")
def test_a_full_disk_is_named_with_the_file_of_completions(tmp_path: Path) -> None:
    path = tmp_path / "completions.jsonl"
    with pytest.raises(OSError, match="No space left on device") as caught, CompletionLog(path) as log:  # noqa: PT012
        log._file.close()
        log._file = open("/dev/full", "a")  # noqa: SIM115
        log.append(Completion("x", 0, 1, "y"))
    assert caught.value.filename == str(path)


def test_completions_survive_any_text(tmp_path: Path) -> None:
    path = tmp_path / "completions.jsonl"
    text = 'line\nbreak \u2028 "quoted" \ud800 \x00 é'
    with CompletionLog(path) as log:
        log.append(Completion("python/x", 0, 1, text))
    with CompletionLog(path) as log:
        assert log.completions == {("python/x", 0, 1): Completion("python/x", 0, 1, text)}
