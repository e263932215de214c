"""The house itself: packages, rooms, docs, Makefile and the manners of the command line."""

import ast
import importlib
import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from ruamel.yaml import YAML

import debugarena.benchmark
from debugarena.benchmark.cli import COMMANDS, main
from debugarena.benchmark.dataset import yaml_file
from debugarena.benchmark.dataset.schema import CATEGORIES
from debugarena.benchmark.dataset.yaml_file import BUGS_FOLDER, parse_bug
from debugarena.benchmark.sandbox import Sandbox
from debugarena.builder.validate import validate_paths

ROOT = Path(__file__).parents[2]
ROOMS = ("benchmark", "builder", "baseline", "leaderboard")
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
BUG_FORMAT = (ROOT / "docs" / "bug-format.md").read_text()
SLOW_IMPORTS = ("torch", "transformers", "datasets", "evaluate", "openenv", "pandas", "pyarrow", "matplotlib", "scipy")
HELP_LIMIT_S = 0.5
ONE_BUG = str(BUGS_FOLDER / "python" / "add-subtracts.yaml")


def python_files(room: str) -> list[Path]:
    return [p for p in sorted((ROOT / room).rglob("*.py")) if "__pycache__" not in p.parts]


def debugarena_cli(*words: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "debugarena.benchmark.cli", *words]
    return subprocess.run(command, cwd=cwd, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=120)


# packages and rooms


def test_packages_are_the_folders_with_an_init() -> None:
    on_disk = {
        ".".join(("debugarena", *path.parent.relative_to(ROOT).parts))
        for room in ROOMS
        for path in python_files(room)
        if path.name == "__init__.py"
    }
    assert set(PYPROJECT["tool"]["setuptools"]["packages"]) == on_disk


def test_every_room_is_mapped_and_typed() -> None:
    assert PYPROJECT["tool"]["setuptools"]["package-dir"] == {f"debugarena.{room}": room for room in ROOMS}
    assert [room for room in ROOMS if not (ROOT / room / "py.typed").is_file()] == []


def test_nothing_at_the_root_shadows_the_dataset_or_the_package() -> None:
    assert not (ROOT / "debugarena").exists()


@pytest.mark.parametrize("room", ROOMS)
def test_typings_links_lead_to_the_rooms(room: str) -> None:
    link = ROOT / "typings" / "debugarena" / room
    assert link.is_symlink()
    assert not link.readlink().is_absolute()
    assert link.resolve() == (ROOT / room).resolve()


def imported_modules(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield "." * node.level + (node.module or "")
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


@pytest.mark.parametrize("room", ROOMS)
def test_rooms_import_only_benchmark_and_themselves(room: str) -> None:
    allowed = {"debugarena", "debugarena.benchmark", f"debugarena.{room}"}
    wrong = [
        f"{path.relative_to(ROOT)}: {module}"
        for path in python_files(room)
        for module in imported_modules(path)
        if module.startswith((".", *ROOMS))
        or (module.split(".")[0] == "debugarena" and ".".join(module.split(".")[:2]) not in allowed)
    ]
    assert wrong == []


def test_public_names_are_complete() -> None:
    tree = ast.parse((ROOT / "benchmark" / "__init__.py").read_text())
    for_type_checkers = {
        alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("debugarena.benchmark.")
        for alias in node.names
    }
    assert set(debugarena.benchmark.__all__) == for_type_checkers
    assert {"Bug", "Sandbox", "load_bugs", "score"} <= for_type_checkers
    for name in debugarena.benchmark.__all__:
        assert getattr(debugarena.benchmark, name).__module__.startswith("debugarena.benchmark.")
    with pytest.raises(AttributeError, match="no_such_name"):
        _ = debugarena.benchmark.no_such_name


# documents


def test_licence_and_versions_agree() -> None:
    licence = (ROOT / "LICENSE").read_text()
    citation = YAML(typ="safe").load((ROOT / "CITATION.cff").read_text())
    project = PYPROJECT["project"]
    assert licence.split()[:4] == ["Apache", "License", "Version", "2.0,"]
    assert "END OF TERMS AND CONDITIONS" in licence
    assert citation["license"] == project["license"] == "Apache-2.0"
    assert citation["version"] == project["version"]
    assert {"cff-version", "message", "title", "authors", "date-released"} <= set(citation)
    assert f"## [{project['version']}]" in (ROOT / "CHANGELOG.md").read_text()


def test_bug_format_defines_every_category_as_the_schema_does() -> None:
    section = BUG_FORMAT.split("## Categories")[1].split("##")[0]
    assert dict(re.findall(r"^\| `([a-z-]+)` \| (.+) \|$", section, re.MULTILINE)) == CATEGORIES


def test_bug_format_names_every_key() -> None:
    keys = (*yaml_file._TEXT_KEYS, *yaml_file._OPTIONAL_KEYS, *yaml_file._TEST_KEYS, "tests", "call")
    assert [key for key in keys if f"`{key}`" not in BUG_FORMAT] == []


def test_bug_format_names_every_tag() -> None:
    tags = [tag for tag in yaml_file._Constructor.yaml_constructors if tag and re.fullmatch(r"!\w+", tag)]
    assert len(tags) == 6
    assert [tag for tag in tags if f"`{tag}`" not in BUG_FORMAT] == []


def reason_codes() -> set[str]:
    """Every literal code in the modules that refuse bugs."""
    codes = set()
    for name in ("benchmark/dataset/yaml_file.py", "benchmark/dataset/loading.py", "builder/validate.py"):
        for node in ast.walk(ast.parse((ROOT / name).read_text())):
            if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name | ast.Attribute):
                continue
            function = node.func.id if isinstance(node.func, ast.Name) else node.func.attr
            place = {"Reason": 0, "BugFileError": 3, "_error": 3, "fail": 2}.get(function, len(node.args))
            if len(node.args) > place and isinstance(node.args[place], ast.Constant):
                codes.add(ast.literal_eval(node.args[place]))
    return codes


def test_bug_format_explains_every_reason() -> None:
    codes = reason_codes() | {"buggy-passes-visible", "buggy-passes-hidden", "fixed-unstable", "buggy-unstable"}
    assert {"fixed-fails", "bad-yaml", "bad-parquet", "hidden-repeats-visible"} <= codes
    assert sorted(code for code in codes if f"`{code}`" not in BUG_FORMAT) == []


def test_the_example_of_bug_format_is_a_valid_bug(tmp_path: Path, sandbox: Sandbox) -> None:
    example = re.findall(r"```yaml\n(.*?)```", BUG_FORMAT, re.DOTALL)[0]
    assert parse_bug(example, "docs/bug-format.md").category == "missing-edge-case"
    (tmp_path / "example.yaml").write_text(example)
    (checked,) = validate_paths([tmp_path], sandbox, show_progress=False)
    assert checked.reasons == ()
    assert checked.warnings == ()


@pytest.mark.parametrize(
    ("file", "extras"),
    [
        ("constraints.txt", ["train", "serve", "leaderboard", "dev"]),
        ("constraints-gpu.txt", ["train", "gpu", "serve", "leaderboard", "dev"]),
    ],
)
def test_constraints_pin_every_dependency_within_its_range(file: str, extras: list[str]) -> None:
    lines = [line for line in (ROOT / file).read_text().splitlines() if line and not line.startswith("#")]
    pins = [Requirement(line) for line in lines]
    assert [str(pin) for pin in pins if pin.url or not re.fullmatch(r"==[\w.]+", str(pin.specifier))] == []
    versions = {canonicalize_name(pin.name): str(pin.specifier).removeprefix("==") for pin in pins}
    project = PYPROJECT["project"]
    stated = [*project["dependencies"], *(r for extra in extras for r in project["optional-dependencies"][extra])]
    for requirement in map(Requirement, stated):
        if requirement.name != "debugarena":
            assert requirement.specifier.contains(versions[canonicalize_name(requirement.name)]), requirement
    assert versions[canonicalize_name("torch")] == "2.13.0"


# make


def run_make(*words: str) -> str:
    if shutil.which("make") is None:
        pytest.skip("make is not installed")
    clean = {name: value for name, value in os.environ.items() if name not in ("MAKEFLAGS", "MAKELEVEL", "MFLAGS")}
    done = subprocess.run(["make", *words], cwd=ROOT, env=clean, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_make_alone_lists_every_target_with_its_help() -> None:
    phony = re.findall(r"^\.PHONY: ([a-z].*)$", (ROOT / "Makefile").read_text(), re.MULTILINE)[0].split()
    assert {"install", "demo", "quick", "test", "check", "data", "clean"} <= set(phony)
    listed = dict(re.findall(r"^  (\w+) +(\S.*)$", run_make(), re.MULTILINE))
    assert [target for target in phony if not listed.get(target)] == []


@pytest.mark.parametrize("target", ["install", "demo", "quick", "test", "check", "data"])
def test_make_targets_install_first(target: str) -> None:
    assert re.search(rf"^{target}: (install|\$\(INSTALLED\)) ##", (ROOT / "Makefile").read_text(), re.MULTILINE)


def test_ci_runs_make_test() -> None:
    script = ROOT / ".ci" / "run"
    assert os.access(script, os.X_OK)
    assert "exec make test" in script.read_text()


# the command line


def test_help_is_quick(tmp_path: Path) -> None:
    """In CPU seconds of the child, for other processes may keep it waiting; the first run may compile bytecode."""

    def help_cpu_s() -> float:
        command = [sys.executable, "-m", "debugarena.benchmark.cli", "--help"]
        child = subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.DEVNULL)
        _, status, usage = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
        assert child.returncode == 0
        return usage.ru_utime + usage.ru_stime

    assert min(help_cpu_s() for _ in range(3)) < HELP_LIMIT_S


@cache
def cli_and_slow_imports(*words: str) -> tuple[int, list[str], str]:
    """In a Python of its own: the exit code, what it imported of what is slow, and what it printed."""
    script = (
        "import json, sys\n"
        "from debugarena.benchmark.cli import main\n"
        "try:\n"
        f"    code = main({[*words]!r})\n"
        "except SystemExit as stop:\n"
        "    code = stop.code\n"
        f"print(json.dumps([code, sorted(set(sys.modules) & set({SLOW_IMPORTS!r}))]), file=sys.stderr)\n"
    )
    command = [sys.executable, "-c", script]
    done = subprocess.run(command, cwd=ROOT / "docs", capture_output=True, text=True, timeout=120)
    code, slow = json.loads(done.stderr)  # which is all that it may hold
    return code, slow, done.stdout


@pytest.mark.parametrize(
    "words",
    [
        ["--help"],
        *([name, "--help"] for name in COMMANDS),
        ["validate", str(BUGS_FOLDER / "python/add-subtracts.yaml")],
    ],
    ids=" ".join,
)
def test_command_line_does_not_import_what_is_slow(words: list[str]) -> None:
    code, slow, _ = cli_and_slow_imports(*words)
    assert (code, slow) == (0, [])


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_explains_itself_with_an_example(name: str) -> None:
    code, _, shown = cli_and_slow_imports(name, "--help")
    assert code == 0
    without_usage = shown.split("\n\n", 1)[1]
    assert re.search(rf"^(  |Example: )debugarena {name}\b", without_usage, re.MULTILINE)


def test_help_lists_every_command(tmp_path: Path) -> None:
    shown = debugarena_cli("--help", cwd=tmp_path).stdout
    for name, (module, line) in COMMANDS.items():
        assert name in shown
        assert line in " ".join(shown.split())
        assert callable(importlib.import_module(module).run)


def test_version_is_the_package_version(tmp_path: Path) -> None:
    assert debugarena_cli("--version", cwd=tmp_path).stdout.strip() == f"debugarena {PYPROJECT['project']['version']}"


MISUSES: list[list[str]] = [
    [],
    ["frobnicate"],
    ["--no-such-flag"],
    ["show"],
    ["show", "no-such-bug"],
    ["validate", "--no-such-flag"],
    ["validate", "--workers", "many"],
    ["score"],
    ["score", "--model", "no-such-model"],
    ["score", "--model", "oracle", "--attempts", "6"],
    ["score", "--completions", "no-such-file.jsonl"],
    ["compare", "only-one"],
    ["compare", "no-such-run", "no-such-run-either"],
    ["fetch-model", "no-such-model"],
    ["publish"],
    ["build", "no-such-folder-of-bugs", "--no-such-flag"],
]


@pytest.mark.parametrize("words", MISUSES, ids=lambda words: " ".join(words) or "nothing")
def test_misuse_is_one_line_and_exit_code_2(
    words: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    try:
        code: Any = main(words)
    except SystemExit as stop:
        code = stop.code
    assert code == 2
    check_complaint(*capsys.readouterr())


def test_a_number_that_is_none_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["score", "--model", "noop", "--attempts", "many"])
    assert "--attempts: 'many' is not a whole number; see debugarena score --help" in capsys.readouterr().err


def test_a_process_ends_with_the_exit_code_of_its_misuse(tmp_path: Path) -> None:
    done = debugarena_cli("score", cwd=tmp_path)
    assert done.returncode == 2
    check_complaint(done.stdout, done.stderr)


def check_complaint(out: str, err: str) -> None:
    assert out == ""
    assert re.fullmatch(r"debugarena.*: .+\n", err)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    done = debugarena_cli("validate", "no-such-file.yaml", "--json", cwd=tmp_path)
    report: dict[str, Any] = json.loads(done.stdout)
    assert done.returncode == 1
    assert report["n_valid"] == 0
    assert "no-such-file.yaml" in report["bugs"][0]["file"]
