"""`debugarena build`: what is exported, that it is the same bytes each time, and that nothing half-written is left."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from statistics import mean
from typing import Any

import pyarrow.parquet
import pytest
from lesser_kernel import EPERM, debugarena_without
from ruamel.yaml import YAML
from warm_python import WARM

from debugarena.benchmark import cli
from debugarena.benchmark.dataset.loading import load_bugs
from debugarena.benchmark.dataset.schema import (
    CANARY,
    DATASET_VERSION,
    Bug,
    bug_from_row,
    column_names,
    dataset_hash,
    row_from_bug,
)
from debugarena.benchmark.dataset.splits import SPLIT_SHARES
from debugarena.benchmark.dataset.yaml_file import BUGS_FOLDER, read_bug
from debugarena.benchmark.errors import DebugArenaError, UsageError
from debugarena.benchmark.sandbox import Sandbox
from debugarena.builder.publishing import card, export
from debugarena.builder.publishing.build import make_export, without_tells
from debugarena.builder.validate import Checked, validate_paths

PARQUET = "data/handcrafted/test-00000-of-00001.parquet"
# plain calls, sequences of calls on an object, arguments that are checked afterwards
SMALL = ("first-char-empty", "stock-item-overdraw", "top-scores-sorts-input")


def build(arguments: Sequence[object], cwd: Path, hash_seed: str = "") -> subprocess.CompletedProcess[str]:
    python = [sys.executable] if hash_seed else WARM
    command = [*python, "-m", "debugarena.benchmark.cli", "build", *map(str, arguments)]
    environment = {**os.environ, "PYTHONHASHSEED": hash_seed or "0"}
    return subprocess.run(command, cwd=cwd, env=environment, capture_output=True, text=True, check=False, timeout=300)


def run_offline(code: str, cwd: Path, hf_home: Path) -> Any:
    """What the code prints last, as JSON; run where no hub and no earlier cache can help."""
    code += "\nimport os, sys; sys.stdout.flush(); os._exit(0)"  # Arrow's threads may abort a normal exit: arrow#50482
    environment = {**os.environ, "HF_HUB_OFFLINE": "1", "HF_HOME": str(hf_home)}
    for name in ("HF_DATASETS_CACHE", "HF_ENDPOINT", "HF_HUB_CACHE"):
        environment.pop(name, None)
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, cwd=cwd, env=environment, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


def contents(folder: Path) -> dict[str, bytes]:
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


def read_rows(content: bytes) -> list[dict[str, Any]]:
    table = pyarrow.parquet.read_table(pyarrow.BufferReader(content), use_threads=False)
    return list(table.to_pylist())


def header(readme: bytes) -> dict[str, Any]:
    return dict(YAML(typ="safe", pure=True).load(readme.decode().split("---\n")[1]))


@pytest.fixture(scope="session")
def small_files(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    folder = tmp_path_factory.mktemp("bugs")
    return [Path(shutil.copy(BUGS_FOLDER / "python" / f"{name}.yaml", folder)) for name in SMALL]


@pytest.fixture(scope="session")
def exported(small_files: list[Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A few bugs, exported once by the command itself."""
    folder = tmp_path_factory.mktemp("export") / "debugarena"
    done = build([*small_files, "--out", folder], cwd=folder.parent)
    assert done.returncode == 0, done.stdout + done.stderr
    return folder


@pytest.fixture(scope="session")
def small_bugs(small_files: list[Path]) -> list[Bug]:
    return [read_bug(file) for file in small_files]


@pytest.fixture(scope="session")
def checked(small_files: list[Path], sandbox: Sandbox) -> list[Checked]:
    return validate_paths(small_files, sandbox, show_progress=False)


def as_generated(checked: list[Checked], n_programs: int) -> list[Checked]:
    """Two bugs for each of so many programs."""
    variants = []
    for number in range(2 * n_programs):
        item = checked[number % len(checked)]
        assert item.bug is not None
        bug_id = f"python/generated-{number:04}"
        bug = replace(item.bug, bug_id=bug_id, origin_kind="generated", program=f"program-{number // 2}", seed=number)
        variants.append(replace(item, bug=bug, bug_id=bug_id))
    return variants


def test_two_builds_are_byte_identical_whatever_the_hash_seed_the_folder_and_the_order(
    exported: Path, small_files: list[Path], tmp_path: Path
) -> None:
    other = tmp_path / "dist" / "other-name"
    done = build([*small_files[::-1], "--out", other, "--workers", "1"], cwd=tmp_path, hash_seed="12345")
    assert done.returncode == 0, done.stdout + done.stderr
    assert contents(exported) == contents(other)
    assert sorted(p.name for p in other.parent.iterdir()) == ["build-log.json", "other-name"]
    log = json.loads((other.parent / "build-log.json").read_bytes())
    assert log["built_at"]
    assert log["isolation_layers"]
    assert log["weak_sandbox"] is ("seccomp" not in log["isolation_layers"])
    assert log["versions"]["pyarrow"] == pyarrow.__version__
    machine = (str(tmp_path.parent), str(BUGS_FOLDER), log["host"]["system"], log["isolation_layers"][0])
    assert not any(fact.encode() in content for fact in machine for content in contents(other).values())


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="there is no jail elsewhere")
def test_a_build_in_a_weak_sandbox_needs_leave_warns_and_gives_the_same_bytes(
    exported: Path, small_files: list[Path], tmp_path: Path
) -> None:
    words = ("build", *small_files, "--out", tmp_path / "weak")
    assert debugarena_without({"filters": EPERM}, *words).returncode == 2
    assert list(tmp_path.iterdir()) == []
    done = debugarena_without({"filters": EPERM}, *words, "--allow-weak")
    assert (done.returncode, done.stderr) == (0, "Weak sandbox: no filter of system calls (seccomp).\n")
    assert contents(tmp_path / "weak") == contents(exported)
    assert json.loads((tmp_path / "build-log.json").read_bytes())["weak_sandbox"] is True


def test_every_packaged_bug_survives_its_row_and_parquet() -> None:
    bugs = load_bugs()
    evidence = dict.fromkeys(("runs", "fixed_passed", "buggy_failed"), 3) | {"outcomes_hash": "", "sandbox_hash": ""}
    measured = {"prompt": [], "failing_tests": ["t01"], "buggy_pass_rate": 0.5, "evidence": evidence}
    rows = [row_from_bug(bug, measured) for bug in bugs]
    (table,) = export.data_files(rows[::-1])
    assert read_rows(table.content) == rows
    assert [bug_from_row(row) for row in read_rows(table.content)] == bugs


def test_an_export_holds_the_rows_and_proofs_of_equal_bugs(exported: Path, small_bugs: list[Bug]) -> None:
    assert set(contents(exported)) == {*export.TEXT_FILES, PARQUET}
    rows = read_rows((exported / PARQUET).read_bytes())
    assert [bug_from_row(row) for row in rows] == load_bugs(exported) == small_bugs
    assert [row["bug_id"] for row in rows] == sorted(row["bug_id"] for row in rows)
    assert {row["canary"] for row in rows} == {CANARY}
    proofs = json.loads((exported / "validation.json").read_bytes())
    assert [proof["id"] for proof in proofs["bugs"]] == [row["bug_id"] for row in rows]
    assert proofs["n"] == proofs["n_valid"] == len(rows)
    assert not any("/" in proof["file"] for proof in proofs["bugs"])


def test_header_counts_are_those_that_datasets_computes_itself(
    exported: Path, small_bugs: list[Bug], tmp_path: Path
) -> None:
    shutil.copy(exported / PARQUET, tmp_path / "test.parquet")  # alone, so that no header can answer
    computed = run_offline(
        "import datasets, json, dataclasses\n"
        "info = datasets.load_dataset('parquet', data_files={'test': 'test.parquet'})['test'].info\n"
        "split = info.splits['test']\n"
        "print(json.dumps([split.num_bytes, split.num_examples, info.dataset_size, info.features.to_dict()]))",
        cwd=tmp_path,
        hf_home=tmp_path / "hf",
    )
    readme = (exported / "README.md").read_bytes()
    info = header(readme)["dataset_info"]
    assert info["config_name"] == "handcrafted"
    (split,) = info["splits"]
    assert [split["num_bytes"], split["num_examples"], info["dataset_size"]] == computed[:3]
    assert info["download_size"] == (exported / PARQUET).stat().st_size
    assert [feature["name"] for feature in info["features"]] == list(computed[3]) == list(column_names())
    text = readme.decode()
    hidden = [test.hidden for bug in small_bugs for test in bug.tests]
    rate = mean(row["buggy_pass_rate"] for row in read_rows((exported / PARQUET).read_bytes()))
    assert f"| handcrafted / test | 3 | {hidden.count(False)} | {hidden.count(True)} | {rate:.3f} |" in text
    assert dataset_hash(small_bugs) in text
    sections = {line[3:] for line in text.splitlines() if line.startswith("## ")}
    assert {"Columns", "How a bug is proven", "Datasheet", "Limitations", "Licence", "Canary", "Citation"} <= sections
    assert CANARY in text
    assert "{{" not in text


def test_the_bare_name_loads_offline_from_the_folder_above_with_config_split_and_streaming(
    exported: Path, small_bugs: list[Bug], tmp_path: Path
) -> None:
    found = run_offline(
        "import json\n"
        "from datasets import get_dataset_config_names, load_dataset\n"
        "bare = load_dataset('debugarena')\n"
        "split = load_dataset('debugarena', 'handcrafted', split='test')\n"
        "some = load_dataset('debugarena', split='test[:2]')\n"
        "stream = load_dataset('debugarena', streaming=True)['test']\n"
        "print(json.dumps({'configs': get_dataset_config_names('debugarena'),\n"
        "    'splits': {name: len(rows) for name, rows in bare.items()}, 'some': len(some),\n"
        "    'rows': split.to_list(), 'streamed': list(stream)}))",
        cwd=exported.parent,
        hf_home=tmp_path,
    )
    assert found["configs"] == ["handcrafted"]
    assert found["splits"] == {"test": 3}
    assert found["some"] == 2
    assert found["rows"] == found["streamed"]
    assert [bug_from_row(row) for row in found["rows"]] == small_bugs


# mlcroissant 1.1.1 calls what rdflib 7 and pandas 3 are about to drop; nothing that we could call otherwise
@pytest.mark.filterwarnings("ignore:ConjunctiveGraph is deprecated:DeprecationWarning")
@pytest.mark.filterwarnings("ignore:The inplace keyword in DataFrame.reset_index")
def test_croissant_loads_without_complaint_and_gives_every_row(exported: Path) -> None:
    import mlcroissant

    dataset = mlcroissant.Dataset(jsonld=exported / "croissant.json")
    assert dataset.metadata.ctx.issues.report() == ""
    assert dataset.metadata.version == DATASET_VERSION
    records = list(dataset.records("handcrafted"))
    rows = read_rows((exported / PARQUET).read_bytes())
    (record_set,) = dataset.metadata.record_sets
    assert [field.id.split("/")[1] for field in record_set.fields] == ["split", *column_names()]
    for column in ("bug_id", "buggy_code", "content_hash"):
        assert [record[f"handcrafted/{column}"].decode() for record in records] == [row[column] for row in rows]
    names = [[test["handcrafted/tests/name"].decode() for test in record["handcrafted/tests"]] for record in records]
    assert names == [[test["name"] for test in row["tests"]] for row in rows]
    assert {record["handcrafted/split"] for record in records} == {b"test"}


def test_croissant_names_the_hash_of_each_file(exported: Path) -> None:
    assert export.check_export(exported) == DATASET_VERSION


def test_a_changed_bug_changes_its_content_hash_and_the_hash_of_the_dataset(checked: list[Checked]) -> None:
    before = make_export(checked)
    bug = checked[0].bug
    assert bug is not None
    for changed in (
        replace(bug, task=f"{bug.task} Really."),
        replace(bug, buggy_code=f"{bug.buggy_code}\n"),
        replace(bug, fixed_code=f"{bug.fixed_code}\n"),
        replace(bug, tests=bug.tests[1:]),
        replace(bug, tests=(replace(bug.tests[0], hidden=True), *bug.tests[1:])),
    ):
        after = make_export([replace(checked[0], bug=changed), *checked[1:]])
        hashes = [{r["bug_id"]: r["content_hash"] for r in read_rows(files[PARQUET])} for files in (before, after)]
        assert {bug_id for bug_id in hashes[0] if hashes[0][bug_id] != hashes[1][bug_id]} == {bug.bug_id}
        assert before["README.md"] != after["README.md"]
    retitled = make_export([replace(checked[0], bug=replace(bug, title="Other")), *checked[1:]])
    assert read_rows(retitled[PARQUET])[0]["content_hash"] == read_rows(before[PARQUET])[0]["content_hash"]


def test_generated_bugs_are_split_by_program_and_their_config_becomes_the_default(
    checked: list[Checked], tmp_path: Path
) -> None:
    items = [*checked, *as_generated(checked, n_programs=300)]
    files = make_export(items)
    assert files == make_export(items[::-1])
    configs = {config["config_name"]: config for config in header(files["README.md"])["configs"]}
    assert [name for name, config in configs.items() if config.get("default")] == ["generated"]
    rows = {split: read_rows(files[f"data/generated/{split}-00000-of-00001.parquet"]) for split in SPLIT_SHARES}
    programs = [program for split in rows.values() for program in {row["program"] for row in split}]
    assert len(programs) == len(set(programs)) == 300
    assert 115 <= len({row["program"] for row in rows["train"]}) <= 173
    export.write_export(tmp_path / "debugarena", files)
    found = run_offline(
        "import json\n"
        "from datasets import load_dataset\n"
        "bare, ours = load_dataset('debugarena'), load_dataset('debugarena', 'handcrafted')\n"
        "same = bare['train'].features == ours['test'].features\n"
        "print(json.dumps([{name: len(rows) for name, rows in bare.items()}, len(ours['test']), same]))",
        cwd=tmp_path,
        hf_home=tmp_path / "hf",
    )
    assert found == [{split: len(split_rows) for split, split_rows in rows.items()}, len(checked), True]


def test_the_split_of_a_program_does_not_depend_on_what_else_is_exported() -> None:
    rows = [{"bug_id": "b", "origin_kind": "generated", "program": f"p{number}"} for number in range(2000)]
    shares = Counter(export.place(row)[1] for row in rows)
    placed = [export.place(row)[1] for row in rows[:9]]
    t, n, v = "test", "train", "validation"
    assert placed == [t, t, t, n, t, n, v, n, t]  # another result moves published bugs
    for split, share in SPLIT_SHARES.items():
        assert shares[split] == pytest.approx(2000 * share, abs=70)


def test_an_origin_without_a_config_is_refused() -> None:
    with pytest.raises(UsageError, match=r"python/x: no config holds bugs of origin 'imported'"):
        export.place({"bug_id": "python/x", "origin_kind": "imported", "program": "p"})


def test_one_invalid_bug_means_exit_1_and_nothing_written(
    small_files: list[Path], checked: list[Checked], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = small_files[0].read_text("utf-8")
    broken = tmp_path / "broken.yaml"
    broken.write_text(text.replace("return s[0]\n", "return s[0] if s else ''\n", 1), "utf-8")
    folder = tmp_path / "dist" / "debugarena"
    assert cli.main(["build", str(broken), "--out", str(folder)]) == 1
    assert "broken.yaml:1: the buggy and the fixed code are the same" in capsys.readouterr().out.replace("\n", " ")
    assert not folder.parent.exists()
    export.write_export(folder, make_export(checked))
    before = contents(folder.parent)
    assert cli.main(["build", str(broken), *map(str, small_files[1:]), "--out", str(folder)]) == 1
    assert contents(folder.parent) == before


def test_generated_bugs_that_mypy_or_ruff_finds_are_left_out(checked: list[Checked]) -> None:
    fixed = "def last(values: list[int]) -> int:\n    return values[-1]\n"
    buggy = [fixed.replace("values[-1]", wrong) for wrong in ("values[0]", "str(values[-1])", "values[ -1]", "7")]
    items = [
        replace(item, bug=replace(item.bug, buggy_code=code, fixed_code=fixed))
        for item, code in zip(as_generated(checked, 2), buggy, strict=True)
        if item.bug is not None
    ]
    own = [replace(item, bug=replace(bug, buggy_code=buggy[1])) for item in checked if (bug := item.bug)]
    assert without_tells([*items, *own]) == ([items[0], *own], 3)


def test_no_bug_at_all_is_not_an_export() -> None:
    with pytest.raises(UsageError, match="at least one"):
        make_export([])


@pytest.mark.parametrize(
    ("foreign", "complaint"),
    [
        ("notes.txt", "it holds notes.txt"),
        ("data/handcrafted/mine.parquet", "it holds data/handcrafted/mine.parquet"),
        (".git/HEAD", "it holds .git/HEAD"),
    ],
)
def test_a_folder_with_a_file_that_no_build_writes_is_refused_and_kept(
    foreign: str, complaint: str, checked: list[Checked], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "debugarena"
    export.write_export(folder, make_export(checked))
    (folder / foreign).parent.mkdir(exist_ok=True)
    (folder / foreign).write_text("precious", "utf-8")
    before = contents(tmp_path)
    assert cli.main(["build", "--out", str(folder)]) == 2
    assert complaint in capsys.readouterr().err
    with pytest.raises(UsageError, match=complaint):
        export.write_export(folder, {"README.md": b"new"})
    assert contents(tmp_path) == before


def test_somebody_elses_readme_a_link_and_a_file_are_not_replaced(tmp_path: Path) -> None:
    (tmp_path / "readme").mkdir()
    (tmp_path / "readme" / "README.md").write_text("# My project", "utf-8")
    (tmp_path / "links").mkdir()
    (tmp_path / "links" / "README.md").symlink_to(tmp_path / "readme" / "README.md")
    (tmp_path / "file").write_text("", "utf-8")
    for name, complaint in (("readme", "not one of ours"), ("links", "README.md .a link."), ("file", "it is a file")):
        with pytest.raises(UsageError, match=complaint):
            export.write_export(tmp_path / name, {"README.md": CANARY.encode()})
    assert (tmp_path / "readme" / "README.md").read_text("utf-8") == "# My project"


KILL_AT_EVERY_STEP = """
import os, pathlib, signal, sys
from debugarena.builder.publishing import export

folder, can_exchange = pathlib.Path(sys.argv[1]), sys.argv[2] == "True"
data = "data/generated/test-00000-of-00001.parquet"
whole = {name: {"README.md": f"{export.CANARY} {name}".encode(), data: name.encode()} for name in ("old", "new")}
if not can_exchange:
    export._exchange = lambda one, other: False

def read(path):
    return {p.relative_to(path).as_posix(): p.read_bytes() for p in path.rglob("*") if p.is_file()}

def die_before_step(number):
    steps = iter(range(number + 1))
    def counted(function):
        def step(*args, **kwargs):
            if next(steps) == number:
                os.kill(os.getpid(), signal.SIGKILL)
            return function(*args, **kwargs)
        return step
    for name in ("open", "mkdir", "fsync", "rename", "unlink", "rmdir"):
        setattr(os, name, counted(getattr(os, name)))
    export._exchange = counted(export._exchange)

for number in range(1000):
    export.write_export(folder, whole["old"])
    child = os.fork()
    if child == 0:
        die_before_step(number)
        export.write_export(folder, whole["new"])
        os._exit(0)
    killed = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -signal.SIGKILL
    if folder.exists():
        assert read(folder) in whole.values(), (number, read(folder))
    else:
        assert not can_exchange, number
        assert read(folder.with_name(f".{folder.name}.old")) == whole["old"], number
    if not killed:
        assert read(folder) == whole["new"]
        break
export.write_export(folder, whole["new"])
assert [p.name for p in folder.parent.iterdir()] == [folder.name]
print(number)
"""


@pytest.mark.parametrize("can_exchange", [True, False])
def test_a_kill_at_any_step_leaves_the_old_export_or_the_new_one_whole(can_exchange: bool, tmp_path: Path) -> None:
    """Where folders cannot be exchanged in one step, a kill between two renames leaves the old one where the next
    build finds it."""
    command = [sys.executable, "-c", KILL_AT_EVERY_STEP, str(tmp_path / "debugarena"), str(can_exchange)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) > 10


def test_a_failed_write_names_the_folder_and_keeps_the_old_export(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "debugarena"
    old = {"README.md": CANARY.encode()}
    export.write_export(folder, old)

    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(DebugArenaError, match=r"debugarena could not be written: No space left on device$"):
        export.write_export(folder, {"README.md": CANARY.encode() + b"2"})
    assert contents(folder) == old
    assert [*tmp_path.iterdir()] == [folder]


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs the device that is always full")
def test_a_disk_that_is_full_after_the_export_keeps_the_old_log(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    log = tmp_path / "build-log.json"
    log.write_text("{}")
    (tmp_path / "build-log.json.part").symlink_to("/dev/full")  # is written, never read
    assert cli.main(["build", str(BUGS_FOLDER / "python" / "add-subtracts.yaml"), "--out", str(tmp_path / "one")]) == 2
    said = (
        f"debugarena build: {tmp_path / 'one'} is written, but not build-log.json next to it: No space left on device\n"
    )
    assert capsys.readouterr().err.endswith(said)
    assert log.read_text() == "{}"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["build-log.json", "one"]


def test_the_card_explains_every_column_and_an_unknown_place_is_an_error(
    checked: list[Checked], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert set(card.column_descriptions()) == set(column_names())
    template = card.CARD_TEMPLATE.read_text("utf-8")
    other = tmp_path / "card.md"
    monkeypatch.setattr(card, "CARD_TEMPLATE", other)
    other.write_text(f"{template}{{{{best_score}}}}", "utf-8")
    with pytest.raises(DebugArenaError, match="unknown places best_score"):
        make_export(checked)
    other.write_text(template.replace("| `hint` |", "| `hints` |"), "utf-8")
    with pytest.raises(DebugArenaError, match="hint, hints"):
        make_export(checked)
    other.write_text(f"{template}\n| `hint` | something else |\n", "utf-8")
    with pytest.raises(DebugArenaError, match="differ in hint"):
        make_export(checked)


def test_a_version_without_a_changelog_entry_is_not_exported(
    checked: list[Checked], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(card, "DATASET_VERSION", "9.9.9")
    with pytest.raises(DebugArenaError, match=r"9\.9\.9"):
        make_export(checked)


def test_the_command_line_knows_its_flags_without_importing_datasets() -> None:
    code = "import sys, debugarena.builder.publishing.build, debugarena.builder.publishing.publish; print(*sys.modules)"
    modules = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert not {"datasets", "pyarrow", "huggingface_hub", "pandas"} & set(modules)
