"""What runs on an outside pull request: it passes for submissions that verify, and for nothing else."""

import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from ruamel.yaml import YAML
from submissions import answers, submit
from warm_python import WARM

from debugarena.leaderboard.bug_sets import read_sets

SCRIPT = Path(__file__).parents[2] / ".github" / "verify-submission.sh"


def _git(repo: Path, *words: str) -> None:
    who = ["-c", "user.name=someone", "-c", "user.email=someone@example.org", "-c", "core.quotePath=false"]
    subprocess.run(["git", *who, *words], cwd=repo, check=True, capture_output=True)


def _submit(folder: Path) -> None:
    """A small submission to the real set of handcrafted bugs: every bug handed back."""
    bug_set = read_sets()["handcrafted-0.2.0"]
    submit(folder, bug_set, answers(bug_set))


@pytest.fixture
def repo(tmp_path: Path) -> Path:
    """A repository whose main branch has a submission of somebody else's."""
    repo = tmp_path / "repo"
    _submit(repo / "leaderboard" / "submissions" / "theirs")
    _git(repo, "init", "-q", "-b", "main")
    _git(repo, "add", "-A")
    _git(repo, "commit", "-qm", "base")
    _git(repo, "checkout", "-qb", "mine")
    return repo


def _check(repo: Path, tmp_path: Path) -> "subprocess.CompletedProcess[str]":
    _git(repo, "add", "-A")
    _git(repo, "commit", "-qm", "mine")
    command = tmp_path / "debugarena"
    command.write_text(f'#!/bin/sh\nexec {" ".join(WARM)} -m debugarena.benchmark.cli "$@"\n')
    command.chmod(0o755)
    return subprocess.run([SCRIPT, repo, "main", command], cwd=tmp_path, capture_output=True, text=True, timeout=120)


def test_every_checkout_of_the_workflow_has_its_history() -> None:
    """Of a shallow one git fetches nothing, says so, and exits with 0."""
    workflow = YAML(typ="safe").load(SCRIPT.with_name("workflows") / "leaderboard.yml")
    checkouts = [step for step in workflow["jobs"]["verify"]["steps"] if "checkout" in step.get("uses", "")]
    assert [step["with"]["fetch-depth"] for step in checkouts] == [0, 0]


def test_a_submission_that_verifies_passes(repo: Path, tmp_path: Path) -> None:
    _submit(repo / "leaderboard" / "submissions" / "mine")
    done = _check(repo, tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("mine: handcrafted-0.2.0: solves 0.0%")


def _nested(submissions: Path) -> None:
    _submit(submissions / "outer" / "inner")


def _overwritten(submissions: Path) -> None:
    (submissions / "theirs" / "completions.jsonl.gz").write_bytes(b"")


def _removed(submissions: Path) -> None:
    _submit(submissions / "mine")
    (submissions / "theirs" / "meta.yaml").unlink()


def _file(submissions: Path) -> None:
    (submissions / "note").write_text("pass")


def _link(submissions: Path) -> None:
    os.symlink("/nowhere", submissions / "mine")


def _newline(submissions: Path) -> None:
    _submit(submissions / "a\nb")


def _script(submissions: Path) -> None:
    _submit(submissions / "mine")
    (submissions.parents[1] / "setup.py").write_text("print('taken')")


def _no_meta(submissions: Path) -> None:
    _submit(submissions / "mine")
    (submissions / "mine" / "meta.yaml").unlink()


def _linked_file(submissions: Path) -> None:
    _submit(submissions / "mine")
    (submissions / "mine" / "completions.jsonl.gz").unlink()
    os.symlink(submissions / "theirs" / "completions.jsonl.gz", submissions / "mine" / "completions.jsonl.gz")


def _reference(submissions: Path) -> None:
    bug_set = read_sets()["handcrafted-0.2.0"]
    submit(submissions / "mine", bug_set, answers(bug_set), reference="noop")


@pytest.mark.parametrize(
    "change",
    [_nested, _overwritten, _removed, _file, _link, _newline, _script, _no_meta, _linked_file, _reference],
)
def test_whatever_else_is_changed_is_refused(repo: Path, tmp_path: Path, change: Callable[[Path], None]) -> None:
    change(repo / "leaderboard" / "submissions")
    done = _check(repo, tmp_path)
    assert done.returncode == 1
    assert "refused: " in done.stderr
    assert "Traceback" not in done.stderr
