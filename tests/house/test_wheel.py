"""The wheel, installed in an environment that knows nothing of the checkout."""

import json
import os
import shutil
import subprocess
import sys
import sysconfig
import venv
import zipfile
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ROOMS = ("benchmark", "builder", "baseline", "leaderboard")

METRIC = """
import json, os, sys
from pathlib import Path
import evaluate
from debugarena.benchmark import load_bugs
import debugarena.benchmark

folder = Path(debugarena.benchmark.__file__).parent / "debugarena_metric"
bugs = load_bugs()[:3]
predictions = [["```python\\n" + bug.fixed_code + "```"] for bug in bugs]
result = evaluate.load(str(folder)).compute(predictions=predictions, references=[bug.bug_id for bug in bugs])
print(json.dumps({"solve_rate": result["solve_rate"], "tests_passing": result["tests_passing"]}))
"""


@dataclass(frozen=True)
class Installed:
    """A clean environment with the wheel in it, and an empty folder to work in."""

    wheel: Path
    bin: Path
    workdir: Path

    def run(self, program: str, *words: str) -> str:
        kept = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
        home = str(self.workdir)
        env = kept | {"HOME": home, "HF_HOME": home, "HF_HUB_OFFLINE": "1", "PYTHONWARNINGS": "error::ImportWarning"}
        command = [str(self.bin / program), *words]
        done = subprocess.run(command, cwd=self.workdir, env=env, capture_output=True, text=True, timeout=300)
        assert done.returncode == 0, done.stderr
        return done.stdout


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Installed:
    folder = tmp_path_factory.mktemp("wheel")
    # a copy, for a build leaves files in its tree, and would pack what an earlier build left there
    source = folder / "source"
    for room in ROOMS:
        shutil.copytree(ROOT / room, source / room, symlinks=True, ignore=shutil.ignore_patterns("__pycache__"))
    for path in ROOT.iterdir():
        if path.suffix in (".md", ".toml") or path.name == "LICENSE":
            shutil.copy(path, source)
    build = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder / "dist"), str(source)]
    subprocess.run(build, check=True, capture_output=True, text=True)
    (wheel,) = (folder / "dist").glob("*.whl")

    venv.create(folder / "venv", with_pip=False, symlinks=True)
    python = str(folder / "venv" / "bin" / "python")
    pip = [sys.executable, "-m", "pip", "--quiet", "--python", python]
    options = ["--no-index", "--no-deps", "--no-compile"]
    subprocess.run([*pip, "install", *options, str(wheel)], check=True, capture_output=True, text=True)
    # the dependencies come from the environment of the tests; .pth files there, such as that of an editable
    # install, are not read, because a .pth file adds a plain folder and not a site folder
    here = sysconfig.get_paths()
    (site,) = (folder / "venv" / "lib").glob("python*/site-packages")
    (site / "dependencies.pth").write_text(f"{here['purelib']}\n{here['platlib']}\n")
    workdir = folder / "elsewhere"
    workdir.mkdir()
    return Installed(wheel, folder / "venv" / "bin", workdir)


# what is for the repository's readers: a folder to deploy as it stands, what came of runs, and what was submitted
NOT_PACKED = {ROOT / "benchmark" / "space", ROOT / "baseline" / "results", ROOT / "leaderboard" / "submissions"}


def test_the_wheel_holds_every_file_of_the_rooms(installed: Installed) -> None:
    on_disk = {
        f"debugarena/{path.relative_to(ROOT)}"
        for room in ROOMS
        for path in (ROOT / room).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts and not NOT_PACKED & {*path.parents}
    }
    packed = set(zipfile.ZipFile(installed.wheel).namelist())
    assert sorted(on_disk - packed) == []
    assert sorted(name for name in packed - on_disk if ".dist-info/" not in name) == []
    assert any(name.endswith("/LICENSE") for name in packed)


def test_the_installed_package_is_the_wheels(installed: Installed) -> None:
    place = installed.run("python", "-c", "import debugarena.benchmark as b; print(b.__file__)").strip()
    assert Path(place).is_relative_to(installed.bin.parent)


def test_the_installed_bugs_are_valid(installed: Installed) -> None:
    report = json.loads(installed.run("debugarena", "validate", "--json"))
    n_files = len(list((ROOT / "benchmark" / "bugs").rglob("*.yaml")))
    assert report["n"] == report["n_valid"] == n_files


def test_the_installed_package_shows_a_bug(installed: Installed) -> None:
    assert "def add(" in installed.run("debugarena", "show", "add-subtracts")


def test_the_installed_metric_gives_the_reference_fixes_full_marks(installed: Installed) -> None:
    result = json.loads(installed.run("python", "-c", METRIC).splitlines()[-1])
    assert result == {"solve_rate": 1.0, "tests_passing": 1.0}
