"""The deployable folder: what needs Docker is linted, what does not is run."""

import hashlib
import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import PackageNotFoundError, requires, version
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from warm_python import WARM

from debugarena.benchmark import Bug
from debugarena.benchmark.dataset.schema import DATASET_VERSION
from debugarena.benchmark.environment.health import LIMIT_S
from debugarena.benchmark.grading.rewards import MAX_TOTAL, MIN_TOTAL

ROOT = Path(__file__).parents[3]
SPACE = ROOT / "benchmark" / "space"


def dockerfile_command() -> list[str]:
    line = re.findall(r"^CMD (\[.*\])$", (SPACE / "Dockerfile").read_text(), re.MULTILINE)[-1]
    command: list[str] = json.loads(line)
    return command


@contextmanager
def space_running() -> Iterator[str]:
    """What the container would run, on a free port of this machine."""
    program, subcommand, *flags = dockerfile_command()
    assert (program, subcommand, flags) == ("debugarena", "serve", ["--host", "0.0.0.0", "--port", "8000"])
    process = subprocess.Popen(
        [*WARM, "-m", "debugarena.benchmark.cli", subcommand, "--port", "0"],
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stderr is not None
    try:
        address = re.search(r"http://[\d.:]+", process.stderr.readline())
        assert address
        yield address[0]
    finally:
        process.terminate()
        process.communicate(timeout=30)


class LocalProvider:
    """A validation provider without Docker: the 'image' is the folder's digest, the 'container' a process."""

    name = "local"
    supported_network_modes = frozenset({"public"})

    def __init__(self, address: str) -> None:
        from openenv.validation.types import ProviderCapability

        self.capabilities = frozenset({ProviderCapability.IMAGE_BUILD})
        self._address = address

    def build(self, root: Path, execution: Any) -> str:
        assert (root / execution.dockerfile).is_file()
        return "sha256:" + hashlib.sha256((root / execution.dockerfile).read_bytes()).hexdigest()

    def start(self, spec: Any) -> Any:
        return SimpleNamespace(
            base_url=self._address,
            inspect=dict,
            logs=lambda max_bytes=65536: "",
            exec=lambda argv, timeout_s: None,
            stop=lambda: None,
        )


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with space_running() as found:
        yield found


def openenv(*args: str) -> "subprocess.CompletedProcess[str]":
    command = [*WARM, "-m", "openenv.cli", *args]
    return subprocess.run(command, capture_output=True, text=True, timeout=120)


def test_the_static_level_passes() -> None:
    done = openenv("validate", str(SPACE), "--level", "static", "--skip-build")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "PASS  static.manifest" in done.stdout


@pytest.mark.filterwarnings("ignore:connect:DeprecationWarning")  # OpenEnv's collector calls websockets the old way
def test_the_runtime_level_passes_without_docker(address: str, tmp_path: Path) -> None:
    from openenv.validation import Level, Verdict, run_validation

    package = tmp_path / "space"
    shutil.copytree(SPACE, package, ignore=shutil.ignore_patterns("__pycache__"))
    provider: Any = LocalProvider(address)
    report = run_validation(package, max_level=Level.RUNTIME, provider=provider)
    status = {result.check_id: result.status.value for result in report.results}
    checks = ("startup", "reward_well_formed", "observation_schema", "state_contract")
    for check in checks:
        assert status[f"runtime.{check}"] == "pass", [(r.check_id, r.evidence) for r in report.results]
    others = {name: found for name, found in status.items() if name.removeprefix("runtime.") not in checks}
    assert others.pop("static.manifest") == "pass"
    assert set(others.values()) == {"skip"}  # docs/environment.md counts them
    assert len(others) == 12
    assert report.verdict is not Verdict.FAIL, report.results


def test_the_running_server_passes_by_its_address(address: str) -> None:
    done = openenv("validate", "--url", address)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.count("PASS") == 7  # six criteria and the verdict


def test_the_manifest_says_what_is_true(bugs: list[Bug]) -> None:
    manifest = yaml.safe_load((SPACE / "openenv.yaml").read_text())
    validation = manifest["validation"]
    assert validation["reward"]["range"] == [MIN_TOTAL, MAX_TOTAL]
    assert validation["capabilities"]["declared_task_count"] == {"test": len(bugs)}
    assert validation["task_distribution"]["dataset_version"] == DATASET_VERSION
    assert manifest["version"] == version("debugarena")


def test_the_ports_agree() -> None:
    header = yaml.safe_load((SPACE / "README.md").read_text().split("---")[1])
    port = yaml.safe_load((SPACE / "openenv.yaml").read_text())["port"]
    text = (SPACE / "Dockerfile").read_text()
    assert header["app_port"] == port == 8000
    assert f"EXPOSE {port}" in text
    assert f"127.0.0.1:{port}/health" in text
    assert dockerfile_command()[-1] == str(port)


def test_the_health_check_waits_longer_than_the_server_looks() -> None:
    text = (SPACE / "Dockerfile").read_text()
    waits_s = [
        int(found) for found in re.findall(r"--timeout=(\d+)s|timeout=(\d+)\)", text) for found in found if found
    ]
    assert len(waits_s) == 2
    assert min(waits_s) > LIMIT_S


def test_every_requirement_is_pinned_as_in_the_constraints() -> None:
    pinned = pins(ROOT / "constraints.txt")
    found = pins(SPACE / "requirements.txt")
    assert found.pop("debugarena") == version("debugarena")
    assert {name: pinned[name] for name in found} == found
    names = needed("debugarena", ("serve",)) - {"debugarena"}
    if any(name in found and version(name) != found[name] for name in names):
        pytest.skip("other versions than the constraints are installed, and may need other packages")
    assert names <= set(found)


def pins(path: Path) -> dict[str, str]:
    lines = [Requirement(line) for line in path.read_text().splitlines() if line and not line.startswith("#")]
    return {canonicalize_name(line.name): str(line.specifier).removeprefix("==") for line in lines}


def needed(name: str, extras: tuple[str, ...]) -> set[str]:
    """The names of everything that an installed package needs here, itself included."""
    found, todo = set(), [(name, frozenset(extras))]
    while todo:
        package, wanted = todo.pop()
        if (package, wanted) in found:
            continue
        try:
            lines = requires(package) or []
        except PackageNotFoundError:
            continue
        found.add((package, wanted))
        for requirement in map(Requirement, lines):
            marker = requirement.marker
            if marker is None or any(marker.evaluate({"extra": extra}) for extra in ("", *wanted)):
                todo.append((canonicalize_name(requirement.name), frozenset(requirement.extras)))
    return {str(canonicalize_name(package)) for package, _ in found}


def test_the_dockerfile_is_linted() -> None:
    hadolint = Path(sys.executable).with_name("hadolint")
    if not hadolint.exists():
        pytest.skip("hadolint is not installed: there is a wheel of it for Linux only")
    done = subprocess.run([hadolint, SPACE / "Dockerfile"], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout
    assert done.stdout == ""


def test_the_application_of_the_space_starts() -> None:
    code = (
        "import runpy; app = runpy.run_path('server/app.py')['app']\n"
        "from fastapi.testclient import TestClient\n"
        "print(TestClient(app).get('/health').json())\n"
    )
    done = subprocess.run([*WARM, "-c", code], capture_output=True, text=True, cwd=SPACE, timeout=120)
    assert done.stdout.strip() == "{'status': 'healthy'}", done.stderr
