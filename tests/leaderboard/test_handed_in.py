"""What is handed in to the leaderboard verifies."""

import re
from functools import partial
from pathlib import Path

import pytest

from debugarena.benchmark.cli import main
from debugarena.benchmark.grading.grade import grade_codes
from debugarena.benchmark.sandbox import Limits
from debugarena.benchmark.scoring import report
from debugarena.leaderboard import entry
from debugarena.leaderboard.bug_sets import CHOICES


def test_every_submission_that_is_handed_in_verifies(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    # no fix takes 0.01 s, and a completion in a hundred loops until its time is up
    short = partial(grade_codes, limits=Limits(cpu_s=0.1, job_s=0.2))
    for module in (entry, report):
        monkeypatch.setattr(module, "grade_codes", short)
    submissions = Path(__file__).parents[2] / "leaderboard" / "submissions"
    assert main(["leaderboard", "verify", str(submissions), "--entries", str(tmp_path)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == len(list(submissions.iterdir()))
    for board in CHOICES:
        solved = [re.search(rf"{name}-{board}: \S+ solves (\S+)%", "\n".join(lines)) for name in ("oracle", "noop")]
        assert [float(found[1]) for found in solved if found] == [100.0, 0.0]
