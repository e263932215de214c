"""The script that tests old and new versions: what it asks for, what it says of failures, and the page that it wrote."""

import json
import re
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest
import versions
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "versions.md"
FOUND: dict[str, Any] = {
    "versions": {"ruamel-yaml": "0.18.0", "torch": "2.13.0+cpu"},
    "tests": [],
    "machine": "Machine: small.",
    "results": {
        **{f"test_a::test_{n}": versions.PASSED for n in range(1200)},
        "test_a::test_b": versions.FAILED,
        **dict.fromkeys(("test_c::test_d", "test_c::test_e"), "needs a GPU"),
        "test_c::test_f": "is not here",
    },
    "minutes": 12.4,
}
STATED = [Requirement("ruamel.yaml>=0.18"), Requirement("torch>=2.6"), Requirement("openenv>=0.10,<0.11")]


def test_every_dependency_of_every_extra_has_a_lower_bound() -> None:
    stated = versions.requirements()
    assert {"datasets", "trl", "jinja2", "openenv", "pytest"} <= {r.name for r in stated}
    assert [r.name for r in stated if versions.floor(r) is None] == []
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert set(project["optional-dependencies"]) == {*versions.EXTRAS, "gpu"}


def test_the_oldest_versions_are_the_lower_bounds_but_for_torch() -> None:
    assert versions.floors(STATED, "2.13.0") == ["ruamel.yaml==0.18", "torch==2.13.0", "openenv==0.10"]
    assert versions.pinned_torch() == "2.13.0"


def test_packages_for_cuda_are_left_out() -> None:
    pins = ["torch==2.13.0", "torchao==1", "triton==3.7.1", "nvidia-nvtx==13.0.85", "cuda-toolkit==13.0", "trl==1.15.0"]
    assert [pin for pin in pins if not versions.CUDA_ONLY.match(pin)] == ["torchao==1", "trl==1.15.0"]


def test_of_a_long_proof_the_last_two_steps_are_told() -> None:
    said = (
        "  × No solution found when resolving dependencies:\n  ╰─▶ Because a==1 depends on b>2\n      and b>2 on c, a needs c.\n"
        "      And because c is gone, a==1 cannot be used.\n      And because you require a==1, we can conclude that "
        "your\n      requirements are unsatisfiable.\n"
    )
    assert versions.conclusion(said) == (
        "And because c is gone, a==1 cannot be used. And because you require a==1, we can conclude that your "
        "requirements are unsatisfiable."
    )
    assert versions.conclusion("error: no such file\n") == "error: no such file"
    assert versions.conclusion("") == "uv says nothing"


def test_of_what_pip_says_the_first_error_is_told() -> None:
    said = "WARNING: old\nERROR: No matching distribution found for x==1\nERROR: another\n[notice] new pip\n"
    assert versions.complaint(said) == "No matching distribution found for x==1"
    assert versions.complaint("a\n\n b \n") == "b"
    assert versions.complaint("") == "no reason is given"


def test_a_command_that_fails_is_one_sentence() -> None:
    command = [sys.executable, "-c", "import sys; print('one'); sys.exit('ERROR: two')"]
    with pytest.raises(versions.NoResult, match=r"\Ano environment: two\Z"):
        versions.call(command, "no environment")


def test_a_report_of_pytest_is_counted(tmp_path: Path) -> None:
    (tmp_path / "test_x.py").write_text(
        "import pytest\n"
        "@pytest.fixture\ndef broken(): raise ValueError\n"
        "def test_good(): pass\n"
        "def test_bad(): assert 0\n"
        "def test_error(broken): pass\n"
        "@pytest.fixture\ndef leaves():\n    yield\n    raise ValueError\n"
        "def test_ends_badly(leaves): pass\n"
        "@pytest.mark.parametrize('n', [1, 2])\ndef test_absent(n): pytest.skip('not here')\n"
    )
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "--junitxml=report.xml", "test_x.py"]
    subprocess.run(command, cwd=tmp_path, capture_output=True, timeout=60)
    assert versions.read_report((tmp_path / "report.xml").read_text()) == {
        "test_x::test_good": versions.PASSED,
        "test_x::test_bad": versions.FAILED,
        "test_x::test_error": versions.FAILED,
        "test_x::test_ends_badly": versions.FAILED,
        "test_x::test_absent[1]": "not here",
        "test_x::test_absent[2]": "not here",
    }


def test_a_run_without_an_end_is_no_result(tmp_path: Path) -> None:
    with pytest.raises(versions.NoResult, match=r"pytest ended with 4: file .* not found"):
        versions.run_tests(Path(sys.executable), tmp_path / "oldest", ["no_such_file.py"], 1)


def test_two_parts_of_the_suite_are_put_together_if_the_versions_are_the_same() -> None:
    first = FOUND | {"tests": ["a.py"]}
    now = FOUND | {"tests": ["b.py"], "results": {"test_a::test_b": versions.PASSED, "b::c": versions.PASSED}}
    both = versions.together(first, now)
    assert both["tests"] == ["a.py", "b.py"]
    assert (len(both["results"]), both["results"]["test_a::test_b"], both["minutes"]) == (1205, versions.PASSED, 24.8)
    assert versions.together(FOUND, now)["tests"] == []
    for other in (FOUND | {"versions": {"torch": "1"}}, {"error": "a."}):
        assert versions.together(other, now) == now
    assert versions.together(FOUND, {"error": "a."}) == {"error": "a."}


def test_the_page_tells_versions_counts_failures_and_what_could_not_be_made() -> None:
    page = versions.page({"oldest": FOUND, "gpu": {"error": "no versions fit together: a."}}, STATED)
    assert "| oldest | every test | 1,200 | 1 | 3 | 12 |" in page
    assert "| gpu | no result: no versions fit together: a. |" in page
    assert "- oldest: `test_a::test_b`" in page
    assert "- oldest: 2 × needs a GPU" in page
    assert "| ruamel.yaml | >=0.18 | 0.18.0 |" in page
    assert "| openenv | <0.11,>=0.10 |  |" in page
    assert "oldest: Machine: small." in page
    assert versions.page({"gpu": {"error": "a."}}, STATED).count("|---|") == 1


def test_an_unknown_environment_is_misuse(tmp_path: Path) -> None:
    command = [sys.executable, str(ROOT / "tests" / "versions.py"), "middle", "--out", str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert done.returncode == 2
    assert done.stderr.endswith("no such environment: middle; there are: oldest, newest, gpu\n")


def test_what_cannot_be_made_is_told_and_ends_with_1(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*arguments: object) -> None:
        raise versions.NoResult("no versions fit together: a.")

    monkeypatch.setattr(versions, "resolve", fail)
    monkeypatch.setattr(versions, "uv", str)
    monkeypatch.setattr(sys, "argv", ["versions.py", "gpu", "--out", str(tmp_path)])
    assert versions.main() == 1
    assert json.loads((tmp_path / "gpu.json").read_text()) == {"error": "no versions fit together: a."}


def test_the_versions_on_the_page_are_still_allowed() -> None:
    made = PAGE.read_text().partition("<!-- versions:begin -->")[2].partition("<!-- versions:end -->")[0]
    rows = re.findall(r"^\| ([\w.-]+) \| ([<>=][^|]*) \| (.+) \|$", made, re.MULTILINE)
    tested = {canonicalize_name(name): cells.split(" | ") for name, _, cells in rows}
    assert len(tested) > 30
    wrong = [
        (r.name, version)
        for r in versions.requirements()
        for version in tested.get(canonicalize_name(r.name), [])
        if version.strip() and not r.specifier.contains(version.strip())
    ]
    assert wrong == [], "run `python tests/versions.py --docs docs/versions.md` again"
