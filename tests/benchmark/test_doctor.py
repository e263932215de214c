"""`debugarena doctor` says of this machine, and of lesser ones, what is so and what to do about it."""

import io
import json
import os
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import numpy
import pytest
from lesser_kernel import ENOSPC, ENOSYS, EOPNOTSUPP, EPERM, debugarena_without, run_without
from rich.console import Console

from debugarena.benchmark import Sandbox, layers
from debugarena.benchmark.cli import main
from debugarena.benchmark.doctor import closing_line, examine, print_facts
from debugarena.benchmark.errors import SandboxError
from debugarena.benchmark.sandbox import Execution, Job
from debugarena.benchmark.sandbox.fork_engine import MINIMUM

linux_only = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="there is no jail elsewhere")


def rows(facts: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {row["name"]: row for row in facts["sandbox"]["layers"]}


def shown(facts: dict[str, Any], width: int = 80) -> str:
    console = Console(file=io.StringIO(), width=width)
    print_facts(facts, console)
    return cast(io.StringIO, console.file).getvalue()


def examined_without(refused: dict[str, int], exit_code: int) -> dict[str, Any]:
    done = debugarena_without(refused, "doctor", "--seconds", "0", "--json")
    assert (done.returncode, done.stderr) == (exit_code, "")
    return cast(dict[str, Any], json.loads(done.stdout))


@linux_only
def test_json_is_all_that_is_printed_and_agrees_with_the_sandbox(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["doctor", "--seconds", "0", "--json"]) == 0
    facts = json.loads(capsys.readouterr().out)
    with Sandbox(1) as sandbox:
        assert {name for name, row in rows(facts).items() if row["holds"]} == set(sandbox.layers)
        for name, (active, proven, why) in sandbox.report.items():
            row = rows(facts)[name]
            assert (row["active"], bool(row["proven"]), row["why"]) == (active, proven, why)
    assert facts["sandbox"]["ready"] is facts["sandbox"]["jail"] is True
    assert facts["speed"]["verdicts_per_second"] is None


@linux_only
def test_the_table_has_a_line_for_every_layer_and_a_last_line_that_counts(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["doctor", "--seconds", "0"]) == 0
    lines = [line.split() for line in capsys.readouterr().out.splitlines()]
    answers = {line[0]: line[1:4] for line in lines if len(line) > 4 and line[0] in layers.LAYERS}
    with Sandbox(1) as sandbox:
        report, held = sandbox.report, sandbox.layers
    for name, (active, proven, _) in report.items():
        assert answers[name] == ["yes", "yes" if active else "no", "yes" if proven else "no" if active else "-"]
    wanted = {name for name, answer in answers.items() if answer[0] == "yes"}
    assert wanted >= set(held)
    assert " ".join(lines[-1]).startswith(f"The sandbox is ready: {len(held)} of {len(wanted)} layers hold")


@linux_only
def test_a_step_left_out_is_not_wanted_and_says_so() -> None:
    facts = examine(0, without=("landlock", "second-stage"))
    for name in ("landlock", "second-stage"):
        row = rows(facts)[name]
        assert (row["wanted"], row["active"], row["holds"], row["mend"]) == (False, False, False, "")
        assert row["why"] == "left out on request"
    assert rows(facts)["seccomp"]["holds"]
    assert facts["sandbox"]["ready"]
    assert shown(facts).count("left out on request") == 2


@linux_only
def test_without_its_core_the_sandbox_is_not_ready() -> None:
    facts = examine(0, without=("seccomp",))
    assert not facts["sandbox"]["ready"]
    assert rows(facts)["second-stage"]["why"] == "it needs the seccomp filter"
    assert "not ready: " in shown(facts).splitlines()[-2]
    assert "without seccomp, commands run only with --allow-weak" in " ".join(shown(facts).split())


@linux_only
def test_a_refused_sandbox_is_shown_all_the_same() -> None:
    facts = examined_without({"filters": EPERM}, exit_code=1)
    found = rows(facts)
    assert (found["seccomp"]["wanted"], found["seccomp"]["active"]) == (True, False)
    assert "CONFIG_SECCOMP_FILTER" in found["seccomp"]["mend"]
    assert found["second-stage"]["why"] == "it needs the seccomp filter"
    assert found["rlimits"]["holds"]
    assert found["non-root"]["holds"]
    assert "commands run only with --allow-weak" in facts["sandbox"]["problem"]


@linux_only
def test_a_container_without_namespaces_is_ready_and_told_how_to_have_them() -> None:
    facts = examined_without({"unshare": EPERM}, exit_code=0)
    found = rows(facts)
    for name in layers.NAMESPACES:
        assert (found[name]["wanted"], found[name]["active"]) == (True, False)
        assert "unshare: Operation not permitted" in found[name]["why"]
        assert found[name]["mend"]
    assert found["private-root"]["why"] == "it needs a mount namespace"
    text = " ".join(shown(facts).split())
    assert text.count("unshare: Operation not permitted") == 1  # said once of all six
    assert "The sandbox is ready: " in text
    assert text.endswith("see above for what is missing.")


@linux_only
@pytest.mark.parametrize(
    ("file", "value", "advice"),
    [
        ("kernel/unprivileged_userns_clone", "0", "sysctl kernel.unprivileged_userns_clone=1"),
        ("kernel/apparmor_restrict_unprivileged_userns", "1", "sysctl kernel.apparmor_restrict_unprivileged_userns=0"),
        ("user/max_user_namespaces", "0", "sysctl user.max_user_namespaces=15000"),
        ("user/max_user_namespaces", "100", "--security-opt seccomp=unconfined"),
    ],
)
def test_the_setting_that_forbids_namespaces_is_named(tmp_path: Path, file: str, value: str, advice: str) -> None:
    (tmp_path / file).parent.mkdir()
    (tmp_path / file).write_text(value + "\n")
    script = (
        "import json, pathlib, sys; from debugarena.benchmark.doctor import examine;"
        "print(json.dumps(examine(0, proc_sys=pathlib.Path(sys.argv[1]))))"
    )
    done = run_without({"unshare": ENOSPC}, sys.executable, "-c", script, tmp_path)
    assert advice in rows(json.loads(done.stdout))["user-namespace"]["mend"]


@linux_only
@pytest.mark.parametrize(
    ("code", "advice"),
    [(ENOSYS, "Linux 5.13"), (EOPNOTSUPP, "lsm="), (EPERM, "--security-opt seccomp=unconfined")],
)
def test_landlock_is_mended_by_what_it_failed_of(code: int, advice: str) -> None:
    facts = examined_without({"landlock_create_ruleset": code}, exit_code=0)
    assert advice in rows(facts)["landlock"]["mend"]
    assert [name for name, row in rows(facts).items() if row["mend"]] == ["landlock"]


@linux_only
def test_every_layer_of_the_jail_has_its_words() -> None:
    assert set(layers.CORE_LAYERS) == MINIMUM
    with Sandbox(1) as sandbox:
        report, held = sandbox.report, sandbox.layers
    assert {*report, *held} <= set(layers.LAYERS)
    unexplained = [name for name in report if not layers._mend(name, "so", Path("/nowhere"))]
    assert unexplained == ["second-stage"]  # which is there wherever the filter is


class Unrestricted:
    """A sandbox in which Python itself refuses nothing."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox

    def run(self, job: Job) -> Execution:
        return self.sandbox.run(replace(job, restricted=False))


@pytest.mark.parametrize("jail", [True, False])
def test_the_probes_tell_a_layer_that_is_there_from_one_that_is_not(jail: bool) -> None:
    with Sandbox(1, jail=jail) as sandbox:
        here = layers._probe(sandbox)
        gone = layers._probe(cast(Sandbox, Unrestricted(sandbox)))
    assert here == {"empty-environment": True, "audit-hook": True, "restricted-builtins": True}
    assert gone == {"empty-environment": True, "audit-hook": False, "restricted-builtins": False}


def test_without_a_jail_it_says_so_and_shows_what_a_process_has() -> None:
    facts = examine(0, jail=False)
    with Sandbox(1, jail=False) as sandbox:
        assert set(rows(facts)) == set(sandbox.layers)
    assert facts["sandbox"]["ready"]
    assert not facts["sandbox"]["jail"]
    assert "There is no jail here, only a process for each solution" in " ".join(shown(facts).split())


def test_a_sandbox_that_does_not_start_is_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", shutil.which("false"))
    facts = examine(0)
    assert facts["sandbox"]["layers"] == []
    assert not facts["languages"][0]["used"]
    assert "The sandbox does not start: a sandbox process did not start" in shown(facts, 200)
    with Sandbox(1) as sandbox, pytest.raises(SandboxError):
        _ = sandbox.layers


def test_verdicts_are_counted_for_as_long_as_asked() -> None:
    speed = examine(0.3)["speed"]
    assert speed["verdicts_per_second"] > 1
    with Sandbox() as sandbox:
        assert speed["workers"] == sandbox.workers


def test_packages_are_those_of_the_metadata_and_an_absent_one_names_its_extra() -> None:
    facts = examine(0)
    assert facts["packages"][""]["numpy"] == numpy.__version__
    assert facts["packages"]["dev"]["pytest"] == pytest.__version__
    assert {"train", "gpu", "serve"} <= set(facts["packages"])
    some = facts | {"packages": {"": {"numpy": "2.0"}, "gpu": {"vllm": None}, "train": {"trl": "1.0"}}}
    text = " ".join(shown(some).split())
    assert 'gpu vllm not installed to install: pip install "debugarena[gpu]"' in text
    assert text.count("pip install") == 1


def test_other_languages_are_looked_for_and_none_is_promised(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    deno = tmp_path / "deno"
    deno.write_text("#!/bin/sh\n")
    deno.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    facts = examine(0)
    found = {line["runtime"]: (line["path"], line["used"]) for line in facts["languages"]}
    assert found.pop("python") == (sys.executable, True)
    assert found == {"deno": (str(deno), False)} | dict.fromkeys(("node", "qjs", "java", "javac"), (None, False))
    text = " ".join(shown(facts).split())
    assert "JavaScript found: deno; not found: node, qjs. Not used yet" in text
    assert "Java not found: java, javac. Not used yet" in text


@pytest.mark.parametrize("width", [80, 120])
def test_no_line_is_wider_than_the_terminal_and_no_layer_takes_two(width: int) -> None:
    facts = examine(0)
    lines = shown(facts, width).splitlines()
    assert max(map(len, lines)) <= width
    for row in facts["sandbox"]["layers"]:
        (line,) = [line for line in lines if line.split()[:1] == [row["name"]]]
        assert line.rstrip().endswith(row["does"] if row["wanted"] else row["why"])


@pytest.mark.parametrize("seconds", ["-1", "nan", "inf"])
def test_seconds_that_are_none_are_misuse(seconds: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["doctor", f"--seconds={seconds}"]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith(f"debugarena doctor: --seconds is {seconds}")
    assert err.count("\n") == 1


def test_what_is_no_number_is_misuse() -> None:
    with pytest.raises(SystemExit) as stop:
        main(["doctor", "--seconds", "many"])
    assert stop.value.code == 2


def test_doctor_imports_no_package_that_is_slow() -> None:
    script = (
        "import sys; from debugarena.benchmark.cli import main; main(['doctor', '--seconds', '0', '--json']);"
        "sys.exit(' '.join({'torch', 'transformers', 'datasets', 'evaluate', 'numpy', 'pyarrow'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=120, env=os.environ)
    assert done.stderr.strip() == ""


def test_the_last_line_of_a_machine_that_lacks_something() -> None:
    row = {"wanted": True, "holds": True}
    sandbox = {"jail": True, "problem": "", "layers": [row, row | {"holds": False}, row | {"wanted": False}]}
    assert "ready:[/green] 1 of 2 layers hold; see above for what is missing." in closing_line(sandbox)
