"""Golden files: prompts, reports and an entry of the leaderboard, as they stand in files. What hangs on the machine and on
the version of the package is replaced. Made by the commands, so that they hold whatever the code behind these looks like.
The bugs are those of a frozen set, so that they hold whatever tests the bugs of the package get.

python tests/golden/remake.py    # after a change of wording; a published prompt format also needs a new name then
"""

import json
import sys
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from unittest import mock

sys.path.insert(0, str(Path(__file__).parents[1] / "support"))
from submissions import make_set, submit

from debugarena.benchmark import Bug, Sandbox
from debugarena.benchmark.cli import main
from debugarena.benchmark.dataset.schema import dataset_hash, stated_row
from debugarena.benchmark.dataset.yaml_file import BUGS_FOLDER, read_bug
from debugarena.benchmark.errors import SandboxError
from debugarena.benchmark.grading.prompts import Feedback, make_prompt
from debugarena.benchmark.grading.verdicts import Failure
from debugarena.benchmark.sandbox import Execution, Job
from debugarena.benchmark.scoring.report import Completion
from debugarena.leaderboard.bug_sets import SETS_FOLDER, read_set
from debugarena.leaderboard.submission import write_lines

HERE = Path(__file__).parent
N_BUGS = 4


def frozen_bugs() -> tuple[Bug, ...]:
    """The handcrafted bugs of version 0.2.0, in the order of their ids."""
    return read_set(SETS_FOLDER / "handcrafted-0.2.0.jsonl.gz").bugs


def golden_prompts() -> dict[str, str]:
    """File name -> text: the third of five attempts at one bug, with what was said of the first two."""
    bug = read_bug(BUGS_FOLDER / "python" / "first-char-empty.yaml")
    failure = Failure("t02", "first_char('')", "return ''", "raised IndexError (string index out of range)")
    past = [
        (
            "<think>hm</think>\n```python\nimport os\n```",
            Feedback("import os\n", False, ("line 1: imports os",), (), 9),
        ),
        (f"So:\n```python\n{bug.buggy_code}```", Feedback(bug.buggy_code, True, (), (failure,), 3)),
    ]
    chat = make_prompt(bug, [failure], "chat-v1", past, attempts=5)
    complete = make_prompt(bug, [failure], "complete-v1", past, attempts=5)
    return {
        "prompt-chat-v1.json": json.dumps(chat.messages, indent=1, ensure_ascii=False) + "\n",
        "prompt-complete-v1.txt": complete.text,
    }


def golden_reports() -> dict[str, str]:
    """File name -> text of a report.json: of the fixes, of the bugs themselves, of a file, and of a part."""
    bugs = frozen_bugs()[:N_BUGS]
    broken = bugs[1].fixed_code.strip()
    with TemporaryDirectory() as name:
        folder = Path(name)
        rows = _write_rows(folder / "bugs.jsonl", bugs)
        answers = folder / "answers.jsonl"
        answers.write_text("".join(json.dumps(c.record()) + "\n" for c in _completions(bugs)))

        def report(*words: str) -> str:
            out = folder / f"out-{len([*folder.iterdir()])}"
            main(["score", *words, "--dataset", str(rows), "--out", str(out)])
            return _without_machine((out / "report.json").read_text(), indent=1)

        texts = {
            "oracle": report("--model", "oracle"),
            "noop": report("--model", "noop", "--attempts", "2", "--anonymise"),
            "file": report("--completions", str(answers), "--k", "1", "2"),
        }
        with mock.patch.object(Sandbox, "submit", _failing_for(broken)):
            texts["not-graded"] = report("--model", "oracle")
    return {f"report-{name}.json": text for name, text in texts.items()}


def golden_entries() -> dict[str, str]:
    """File name -> text of an entry: two samples of three attempts, and two sets of transfer, one of them at hand."""
    bugs = frozen_bugs()
    theirs = bugs[N_BUGS : N_BUGS + 1]
    with TemporaryDirectory() as name:
        folder = Path(name)
        bug_set = make_set(folder / "sets", bugs[:N_BUGS])
        changes: dict[str, Any] = {
            "protocol": {"attempts": 3, "samples": 2},
            "sampling": {"temperature": 0.8},
            "cost": {"completion_tokens": 400, "usd": 0.5},
            "transfer": [{"set": name, "hash": dataset_hash(theirs)} for name in ("elsewhere", "theirs")],
        }
        submission = submit(folder / "golden", bug_set, _completions(bug_set.bugs), **changes)
        (submission / "transfer").mkdir()
        for name in ("elsewhere", "theirs"):
            solved = [Completion(bug.bug_id, sample, 1, bug.fixed_code) for bug in theirs for sample in (0, 1)]
            write_lines(submission / "transfer" / f"{name}.jsonl.gz", solved)
        export = _write_rows(folder / "theirs.jsonl", theirs)
        words = ["--sets", folder / "sets", "--rounds", folder, "--entries", folder, "--transfer", f"theirs={export}"]
        main(["leaderboard", "verify", str(submission), *map(str, words)])
        return {"entry.json": _without_machine((folder / "golden.json").read_text(), separators=(",", ":"))}


def _completions(bugs: Sequence[Bug]) -> list[Completion]:
    """Two samples of each of N_BUGS bugs, of up to three attempts: every way to fail, and solves at each attempt."""
    first, second, third, fourth = bugs
    echo, bad = [third.buggy_code] * 3, ["import os", "", "no code ("]
    episodes = [
        (first, ([first.fixed_code], [first.buggy_code, first.fixed_code])),
        (second, (bad, [second.fixed_code])),
        (third, (echo, [*echo[:2], third.fixed_code])),
        (fourth, ([fourth.fixed_code], ["<think>", "cut", "nothing"])),
    ]
    return [
        Completion(bug.bug_id, sample, attempt, text, "cut" if text == "cut" else None)
        for bug, samples in episodes
        for sample, texts in enumerate(samples)
        for attempt, text in enumerate(texts, 1)
    ]


def _write_rows(path: Path, bugs: Sequence[Bug]) -> Path:
    """A file of these bugs that `--dataset` and `--transfer` read."""
    path.write_text("".join(json.dumps(stated_row(bug)) + "\n" for bug in bugs))
    return path


def _failing_for(code: str) -> Callable[[Sandbox, Job], "Future[Execution]"]:
    """A sandbox's `submit` that fails for one code, by no fault of that."""
    real = Sandbox.submit

    def submit(self: Sandbox, job: Job) -> "Future[Execution]":
        if job.code.strip() != code:
            return real(self, job)
        failed: Future[Execution] = Future()
        failed.set_exception(SandboxError("no memory here"))
        return failed

    return submit


def _without_machine(text: str, **layout: Any) -> str:
    """The same JSON with fixed layers, version and key."""
    found = json.loads(text)
    assert json.dumps(found, **layout) + "\n" == text
    reports = [found]
    if "key" in found:
        found["key"] = "0" * 64
        reports = [report for report in (found["report"], *found["transfer"].values()) if report]
    for report in reports:
        report |= {"sandbox": {"layers": ["fork server"], "weak": False}, "debugarena": "0.0.0"}
    return json.dumps(found, **layout) + "\n"


if __name__ == "__main__":
    for name, text in (golden_prompts() | golden_reports() | golden_entries()).items():
        (HERE / name).write_text(text)
        print(HERE / name)
