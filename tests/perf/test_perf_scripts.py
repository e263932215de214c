"""The scripts of this folder run and report; what they measure is looked at by people."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from pages import replace_marked
from warm_python import WARM

from debugarena.benchmark.dataset.yaml_file import BUGS_FOLDER

HERE = Path(__file__).parent


def test_the_sandbox_script_reports_positive_times(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    (tmp_path / "images").mkdir()
    page.write_text("before\n<!-- sandbox:begin -->\nold\n<!-- sandbox:end -->\nafter\n")
    names = ["fork", "debugarena", "debugarena-bare"]
    command = [sys.executable, str(HERE / "sandbox.py"), "--rounds", "1", "--verdicts", "4", "--only", *names]
    done = subprocess.run(
        [*command, "--out", str(tmp_path / "out"), "--docs", str(page)], capture_output=True, text=True, timeout=120
    )
    assert done.returncode in (0, 1), done.stderr  # 1: a target was missed, as it may be in so short a run
    report = json.loads((tmp_path / "out" / "sandbox.json").read_text())
    assert set(report["us_a_verdict"]) == {f"{name}, {n}" for name in names for n in (1, 2)}
    assert all(len(times) == 1 and times[0] > 0 for times in report["us_a_verdict"].values())
    assert [target["met"] is None for target in report["targets"]] == [
        False,
        False,
        True,
        True,
        True,
        True,
        False,
        True,
    ]
    table = (tmp_path / "out" / "sandbox.md").read_text()
    assert page.read_text() == f"before\n<!-- sandbox:begin -->\n{table}<!-- sandbox:end -->\nafter\n"
    for picture in (tmp_path / "out" / "sandbox.png", tmp_path / "images" / "sandbox-performance.png"):
        assert picture.read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize(
    ("script", "marker", "sizes"),
    [("shared_prompts", "prompts", ["40"]), ("decoding", "decoding", ["40", "20"])],
)
def test_the_scripts_on_generation_report_ratios(script: str, marker: str, sizes: list[str], tmp_path: Path) -> None:
    pytest.importorskip("trl", reason="the extra `train` is not installed")
    page = tmp_path / "page.md"
    page.write_text(f"<!-- {marker}:begin -->\n<!-- {marker}:end -->\n")
    flags = ["--model", "random", "--rounds", "2", "--prompt-tokens", *sizes, "--new-tokens", "6", "--docs", str(page)]
    command = [*WARM, str(HERE / f"{script}.py"), *flags, "--out", str(tmp_path / "out")]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    seconds = json.loads((tmp_path / "out" / f"{script}.json").read_text())
    assert len(seconds) == 4
    assert all(len(times) == 2 and min(times) > 0 for times in seconds.values())
    assert page.read_text().count("times as fast") == 1


def test_the_script_on_the_leaderboard_reports_times_and_size(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("<!-- leaderboard:begin -->\n<!-- leaderboard:end -->\n")
    flags = ["--rounds", "1", "--bugs", "6", "--submissions", "2", "--docs", str(page), "--out", str(tmp_path / "out")]
    done = subprocess.run(
        [sys.executable, str(HERE / "leaderboard.py"), *flags], capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stderr
    found = json.loads((tmp_path / "out" / "leaderboard.json").read_text())
    assert all(values and min(values) > 0 for values in found.values())
    assert "The pages have" in page.read_text()


def test_the_script_on_parsers_reports_the_slowest_text_of_each(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("<!-- parsers:begin -->\n<!-- parsers:end -->\n")
    flags = ["--minutes", "0.005", "--only", "markdown", "python", "--docs", str(page), "--out", str(tmp_path / "out")]
    done = subprocess.run(
        [sys.executable, str(HERE / "parsers.py"), *flags], capture_output=True, text=True, timeout=120
    )
    assert done.returncode in (0, 1), done.stderr  # 1: a slow machine
    found = json.loads((tmp_path / "out" / "parsers.json").read_text())
    assert all(one["tried"] > 0 and one["worst"][0][1] > 0 for one in found.values())
    assert [name for name in ("extract_code", "read_code") if f"`{name}` | " in page.read_text()] == [
        "extract_code",
        "read_code",
    ]
    assert (tmp_path / "out" / "parsers-python.py").stat().st_size > 0


def test_a_text_that_a_parser_never_ends_on_is_found_and_the_next_is_measured(tmp_path: Path) -> None:
    script = (
        "import sys\n"
        f"sys.path.insert(0, {str(HERE)!r})\n"
        "import parsers\n"
        "from pathlib import Path\n"
        "def read(file):\n"
        "    while file.read_bytes() == b'slow':\n"
        "        pass\n"
        "    return 1\n"
        "parsers.END_S = 1\n"
        "child = parsers.Child(parsers.Parser('', '', 9, '.txt', read, lambda: iter(())), Path())\n"
        "print(child.measure(b'slow')[0], child.measure(b'quick')[0] < 1)\n"
    )
    done = subprocess.run([sys.executable, "-c", script], cwd=tmp_path, capture_output=True, text=True, timeout=120)
    assert done.stdout.split() == ["inf", "True"], done.stderr


def test_the_script_on_intervals_reports_coverage_and_width(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("<!-- intervals:begin -->\n<!-- intervals:end -->\n")
    flags = ["--repetitions", "50", "--programs", "20", "--docs", str(page), "--out", str(tmp_path / "out")]
    command = [sys.executable, str(HERE / "intervals.py"), *flags]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    found = json.loads((tmp_path / "out" / "intervals.json").read_text())
    assert set(found) == {"shares", "unequal", "differences", "means"}
    cells = [cell for part in found.values() for cell in part]
    assert all(0 <= cell["coverage"]["DebugArena's"] <= 1 and cell["width"]["DebugArena's"] > 0 for cell in cells)
    assert page.read_text().count("| DebugArena's |") == 4


def test_the_script_on_tells_reports_shares_and_rules(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("<!-- tells:begin -->\n<!-- tells:end -->\n")
    frozen = HERE.parents[1] / "leaderboard/sets/handcrafted-0.2.0.jsonl.gz"
    command = [sys.executable, str(HERE / "tells.py"), str(frozen), str(BUGS_FOLDER / "python" / "add-subtracts.yaml")]
    done = subprocess.run(
        [*command, "--docs", str(page), "--out", str(tmp_path / "out")], capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stderr
    found = json.loads((tmp_path / "out" / "tells.json").read_text())
    assert {name: len(bugs) for name, bugs in found.items()} == {"handcrafted-0.2.0": 42, "add-subtracts.yaml": 1}
    told = sum(map(bool, found["handcrafted-0.2.0"]))
    assert 0 < told < 42
    assert "| handcrafted-0.2.0 | 42 | " in page.read_text()
    assert f" | {100 * told / 42:.1f} |\n| add-subtracts.yaml | 1 | " in page.read_text()


def test_a_page_without_markers_is_refused_and_kept(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("text")
    with pytest.raises(ValueError, match="lacks the lines"):
        replace_marked(page, "sandbox", "new")
    assert page.read_text() == "text"
