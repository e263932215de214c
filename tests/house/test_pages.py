"""What the pages say is so: links lead somewhere, results are the report's, pictures are made by their script."""

import json
import re
import runpy
import subprocess
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from live_server import serving
from warm_python import WARM

from debugarena.benchmark import Bug, Sandbox
from debugarena.benchmark.environment.arena import Arena

ROOT = Path(__file__).parents[2]
DOCS = sorted((ROOT / "docs").glob("*.md"))
PAGES = [*DOCS, *(ROOT / name for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md"))]
README = (ROOT / "README.md").read_text(encoding="utf-8")
REPORT: dict[str, Any] = json.loads((ROOT / "baseline/results/smollm2-135m-cpu/report.json").read_text("utf-8"))
# the set and the kind of solving of each row of results
ROWS = {
    "held-out generated": ("test", "at the first attempt"),
    "with neutral names": ("test-anonymised", "at the first attempt"),
    "first attempt": ("handcrafted", "at the first attempt"),
    "within five attempts": ("handcrafted-attempts5", "within 5 attempts"),
    "eight samples": ("handcrafted-pass8", "by any of 8 samples"),
    "HumanEvalPack": ("transfer-humanevalpack", "at the first attempt"),
    "QuixBugs": ("transfer-quixbugs", "at the first attempt"),
}


def _headings(text: str) -> set[str]:
    """The anchors that GitHub makes of headings."""
    without_code = re.sub(r"^```.*?^```", "", text, flags=re.DOTALL | re.MULTILINE)
    titles = re.findall(r"^#+ (.*)$", without_code, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    links = re.findall(r"\]\(([^)\s]+)\)|(?:src|srcset)=\"([^\"]+)\"", text)
    for link in filter(None, (a or b for a, b in links)):
        if link.startswith("https://"):
            continue
        path, _, anchor = link.partition("#")
        target = page.parent / path if path else page
        assert target.exists(), link
        if anchor:
            assert anchor in _headings(target.read_text(encoding="utf-8")), link


def test_the_index_has_every_page_once() -> None:
    index = (ROOT / "docs" / "index.md").read_text(encoding="utf-8")
    assert sorted(re.findall(r"\]\(([\w-]+\.md)\)", index)) == [page.name for page in DOCS if page.name != "index.md"]


def test_the_readme_is_short_and_narrow() -> None:
    assert len(README.split()) <= 1000
    assert max(len(line) for line in README.splitlines() if line.startswith("|")) <= 120


def test_the_badges_are_true(bugs: list[Bug]) -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    python, licence, proven = re.findall(r"img\.shields\.io/badge/([^)]+)\)", README)
    assert python == f"python-{project['requires-python'].removeprefix('>=')}%2B-blue"
    assert licence == f"licence-{project['license'].replace('-', '--')}-blue"
    assert proven == f"handcrafted_bugs-{len(bugs)},_all_proven-green"  # test_validate.py proves them


def test_the_picture_of_an_episode_is_what_its_script_draws(tmp_path: Path) -> None:
    runpy.run_path(str(ROOT / "docs/images/episode.py"))["main"](tmp_path)
    made = sorted(tmp_path.glob("*.svg"))
    assert [file.name for file in made] == ["episode-dark.svg", "episode-light.svg"]
    for file in made:
        assert file.read_bytes() == (ROOT / "docs/images" / file.name).read_bytes()


def _result(set_name: str, solved: str, recipe: str) -> dict[str, Any] | None:
    """What the report says of untrained against a recipe on a set; None where the recipe was not scored on it."""
    compared = [*({"set": "test", "solved": "at the first attempt"} | line for line in REPORT["pooled"])]
    for line in [*compared, *REPORT["others"]]:
        if (line["set"], line["solved"], line["a"], line["b"]) == (set_name, solved, "untrained", recipe):
            return dict(line)
    return None


@pytest.mark.parametrize("page", ["README.md", "docs/baseline.md"])
def test_results_are_those_of_the_report(page: str) -> None:
    text = (ROOT / page).read_text(encoding="utf-8")
    table = text[text.index("| then GRPO |") :].split("\n\n")[0]
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in table.splitlines()[2:]]
    assert len(rows) >= 6
    for name, n, untrained, start, grpo, gain, *p_values in rows:
        set_name, solved = next(found for words, found in ROWS.items() if words in name)
        trained = _result(set_name, solved, REPORT["primary_recipe"])
        assert trained is not None
        low, high = (100 * end for end in trained["solved_difference_ci95"])
        assert (n, untrained, grpo) == (str(trained["n"]), f"{trained['solved_a']:.1%}", f"{trained['solved_b']:.1%}")
        assert gain == f"{100 * trained['solved_difference']:+.1f} [{low:+.1f}, {high:+.1f}]"
        warm = _result(set_name, solved, REPORT["start"])
        assert start == ("not scored" if warm is None else f"{warm['solved_b']:.1%}")
        if p_values:
            assert p_values[0] == f"{trained['solve_p']:.2g}"


@pytest.mark.parametrize("page", ["README.md", "docs/baseline.md"])
def test_sentences_about_results_have_the_numbers_of_the_report(page: str) -> None:
    text = " ".join((ROOT / page).read_text(encoding="utf-8").split())
    primary, *others = REPORT["pooled"]
    assert f"p = {primary['solve_p']:.2g}" in text
    added = next(line for line in others if (line["a"], line["b"]) == (REPORT["start"], REPORT["primary_recipe"]))
    low, high = (100 * end for end in added["solved_difference_ci95"])
    points, interval = f"{100 * added['solved_difference']:+.1f} points", f"[{low:+.1f}, {high:+.1f}]"
    said = re.search(rf"{re.escape(points)}[^\[]*{re.escape(interval)}", text)
    assert said
    significant = {line["set"] for line in REPORT["others"] if line["solve_p_holm"] < 0.05 and line["a"] == "untrained"}
    assert significant == {"test-anonymised"}  # "the gain with neutral names is the only other one"


def test_pages_count_the_attacks() -> None:
    (n,) = re.findall(r"^\| all \| (\d+) \|", (ROOT / "docs/attacks.md").read_text(encoding="utf-8"), re.MULTILINE)
    for page in ("README.md", "docs/threat-model.md"):
        assert f"{n} attacks" in " ".join((ROOT / page).read_text(encoding="utf-8").split())


# the examples of the documentation run as they stand

EPISODES = Path(__file__).parents[2] / "docs" / "examples" / "ten_episodes.py"


@pytest.fixture(scope="module")
def url(sandbox: Sandbox) -> Iterator[str]:
    with Arena(sandbox=sandbox) as arena, serving(arena) as address:
        yield address


def example(*args: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run([*WARM, EPISODES, *args], capture_output=True, text=True, timeout=300)


@pytest.mark.parametrize(("model", "last"), [("oracle", "2 of 2 solved, mean reward 3.20"), ("noop", "0 of 2 solved")])
def test_episodes_are_played_and_printed(url: str, model: str, last: str) -> None:
    done = example("--model", model, "--episodes", "2", "--seed", "5", "--url", url)
    assert done.returncode == 0, done.stderr
    lines = done.stdout.strip().splitlines()
    assert lines[-1].startswith(f"{model}: {last}")
    assert sum(line == "Attempt 1" for line in lines) == 2
    assert sum(line == "Attempt 5" for line in lines) == (0 if model == "oracle" else 2)


def test_a_server_that_is_not_there_is_one_sentence() -> None:
    done = example("--model", "noop", "--url", "http://127.0.0.1:9")
    assert done.returncode == 2
    assert done.stderr == "nothing answers at http://127.0.0.1:9; start it with: debugarena serve\n"
