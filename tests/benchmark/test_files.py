"""A folder that is being written has one writer, whoever else wants to and however the writer ends."""

from pathlib import Path

import pytest
from conftest import run_python

from debugarena.benchmark.cli import main
from debugarena.benchmark.errors import UsageError
from debugarena.benchmark.files import sole_writer

HOLD = """
import pathlib, sys, time
from debugarena.benchmark.files import sole_writer
with sole_writer(pathlib.Path(sys.argv[1])):
    pathlib.Path(sys.argv[1], "some").touch()
    print("held", flush=True)
    time.sleep(600)
"""


def test_a_folder_has_one_writer_until_that_is_killed(tmp_path: Path) -> None:
    folder = tmp_path / "in" / "run"
    other = run_python(HOLD, str(folder))
    try:
        assert other.stdout
        assert other.stdout.readline() == "held\n"
        with pytest.raises(UsageError, match="run is being written by another process"), sole_writer(folder):
            pass
    finally:
        other.kill()
        other.communicate()
    with sole_writer(folder):
        assert [path.name for path in folder.iterdir()] == ["some"]
    with sole_writer(folder):
        pass


def test_a_folder_that_stays_empty_is_removed(tmp_path: Path) -> None:
    with sole_writer(tmp_path / "run"):
        assert (tmp_path / "run").is_dir()
    assert not (tmp_path / "run").exists()


def test_two_scores_do_not_share_a_folder(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    command = ["score", "--model", "noop", "--limit", "2", "--out", str(tmp_path / "run")]
    with sole_writer(tmp_path / "run"):
        assert main(command) == 2
        assert (tmp_path / "run").is_dir(), "the one who was refused has removed it"
    assert capsys.readouterr().err == (
        f"debugarena score: {tmp_path}/run is being written by another process; name another --out\n"
    )
    assert not (tmp_path / "run").exists()
    assert main(command) == 0
    assert main(command) == 0


def test_what_cannot_be_written_is_one_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "file").touch()
    for out in (tmp_path / "file", tmp_path / "file" / "run"):
        assert main(["score", "--model", "noop", "--limit", "2", "--out", str(out)]) == 2
        assert capsys.readouterr().err.startswith(f"debugarena score: {out} cannot be used as a folder: ")


def test_what_the_system_refuses_is_one_sentence_too(runs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (runs / "file").touch()
    assert main(["report", str(runs / "grpo-1"), "--out", str(runs / "file")]) == 2
    error = capsys.readouterr().err
    assert error.count("\n") == 1
    assert error.startswith(f"debugarena report: {runs}/file/")
    assert error.endswith(": Not a directory\n")
