"""The progress of a score where there is no terminal."""

import time

import pytest

from debugarena.benchmark.scoring import progress
from debugarena.benchmark.scoring.progress import ProgressBar


def test_a_log_gets_a_line_now_and_then_while_nothing_ends(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(progress, "LINE_EVERY_S", 0.05)
    said = ""
    with ProgressBar() as bar:
        bar.update(1, 16, 42)
        deadline = time.monotonic() + 30
        while "attempt 1: 16 of 42 completions" not in said and time.monotonic() < deadline:
            time.sleep(0.01)
            said += capsys.readouterr().err
        bar.update(1, 42, 42)
    said += capsys.readouterr().err
    assert "attempt 1: 16 of 42 completions\n" in said
    assert "attempt 1: 42 completions\n" in said
    time.sleep(0.2)
    assert capsys.readouterr().err == ""
