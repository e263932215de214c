"""Runs the tests with the oldest versions that pyproject.toml allows, with the newest, and with those pinned for a GPU.

  python tests/versions.py --docs docs/versions.md                        # all three, and renews the tables of a page
  python tests/versions.py oldest --tests tests/benchmark/adapters/test_metric.py  # one of them, and a part of the suite
  python tests/versions.py oldest --tests tests/house/test_readme.py --add      # another part, beside what was found before

Each gets an environment of its own under --out, made anew where the versions have changed. `oldest` are exactly the lower
bounds of pyproject.toml and the newest of what those depend on. `gpu` are the pins of constraints-gpu.txt without the
packages that need CUDA: no test here needs a GPU. What an earlier run found about the other environments stays in the
tables. Exit code 0 if every environment could be made and no test failed.

torch is the CPU build that constraints.txt pins, in all three, because PyPI's wheels for Linux are CUDA builds of some
gigabytes. Not covered: what torch itself changes from version to version, and other Pythons than the one that runs this
script, which also needs `packaging`.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import time
import tomllib
import xml.etree.ElementTree as ElementTree
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from perf.pages import circumstances, load_average, replace_marked, table

ROOT = Path(__file__).parents[1]
PASSED, FAILED = "passed", "failed"
SETS = ("oldest", "newest", "gpu")
EXTRAS = ("train", "leaderboard", "serve", "dev")
CUDA_ONLY = re.compile(r"(torch|triton|nvidia-.+|cuda-.+)==")  # torch: its CPU build is installed first
TORCH_INDEX = "https://download.pytorch.org/whl/cpu"  # asked where pip finds no CPU build by itself


class NoResult(Exception):
    """An environment cannot be made or its tests do not run to their end; the text is one sentence."""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("sets", nargs="*", metavar="oldest|newest|gpu", help="which environments; default: all")
    parser.add_argument("--tests", nargs="+", metavar="PATH", default=[], help="what pytest runs; default: everything")
    parser.add_argument("--add", action="store_true", help="keep what other tests gave, if the versions are the same")
    parser.add_argument("--workers", type=int, default=1, help="files of tests side by side (default 1)")
    parser.add_argument("--out", type=Path, default=ROOT / "runs" / "versions", help="default: runs/versions")
    parser.add_argument("--docs", type=Path, metavar="PAGE")
    args = parser.parse_args()
    if wrong := set(args.sets) - set(SETS):
        parser.error(f"no such environment: {', '.join(sorted(wrong))}; there are: {', '.join(SETS)}")
    out = args.out.resolve()
    out.mkdir(parents=True, exist_ok=True)
    for name in args.sets or SETS:
        found = examine(name, out, args.tests, args.workers)
        if args.add and (out / f"{name}.json").exists():
            found = together(json.loads((out / f"{name}.json").read_text()), found)
        (out / f"{name}.json").write_text(json.dumps(found, indent=1) + "\n")
    every = {name: json.loads((out / f"{name}.json").read_text()) for name in SETS if (out / f"{name}.json").exists()}
    text = page(every, requirements())
    print(text)
    if args.docs:
        replace_marked(args.docs, "versions", text)
    return int(any(every[name].get("error") or FAILED in every[name]["results"].values() for name in args.sets or SETS))


def examine(name: str, out: Path, tests: Sequence[str], workers: int) -> dict[str, Any]:
    """Makes one environment and runs the tests in it."""
    began = load_average()
    try:
        print(f"{name}: choosing versions", flush=True)
        pins = resolve(name, uv(out), out)
        print(f"{name}: making {out / name}", flush=True)
        python = make(out / name, pins)
        versions = installed(python)
        print(f"{name}: running {amount(tests)}; pytest writes to {out / name}.log", flush=True)
        found = run_tests(python, out / name, tests, workers)
    except NoResult as error:
        print(f"{name}: {error}", flush=True)
        return {"error": str(error)}
    return {"versions": versions, "tests": [*tests], "machine": circumstances(began), **found}


def together(before: Mapping[str, Any], now: Mapping[str, Any]) -> dict[str, Any]:
    """Two parts of the suite, run with the same versions; else what was found now. A test in both counts as now."""
    if before.get("versions") != now.get("versions") or now.get("error"):
        return dict(now)
    whole = not (before["tests"] and now["tests"])
    return {
        **now,
        "tests": [] if whole else list(dict.fromkeys([*before["tests"], *now["tests"]])),
        "results": before["results"] | now["results"],
        "minutes": round(before["minutes"] + now["minutes"], 1),
    }


# which versions


def requirements() -> list[Requirement]:
    """What pyproject.toml states for the package and its extras without a GPU."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    extras = (r for extra in EXTRAS for r in project["optional-dependencies"][extra])
    found = {str(r): r for r in map(Requirement, [*project["dependencies"], *extras])}  # some are in two extras
    return sorted(found.values(), key=lambda r: canonicalize_name(r.name))


def floor(requirement: Requirement) -> str | None:
    """The lower bound, as a version; None if there is none."""
    bounds = [s.version for s in requirement.specifier if s.operator in (">=", "==", "~=")]
    return bounds[0] if bounds else None


def floors(stated: Iterable[Requirement], torch: str) -> list[str]:
    """The lower bounds as pins, but torch as given."""
    pins = {r.name: floor(r) for r in stated} | {"torch": torch}
    return [f"{name}=={version}" for name, version in pins.items() if version]


def pinned_torch() -> str:
    """The version in constraints.txt, without the build."""
    found = re.search(r"^torch==([\d.]+)", (ROOT / "constraints.txt").read_text(), re.MULTILINE)
    assert found
    return found[1]


def uv(out: Path) -> str:
    """The command, from PATH or from an environment made for it."""
    if found := shutil.which("uv"):
        return found
    command = out / "tools" / "bin" / "uv"
    if not command.exists():
        call([sys.executable, "-m", "venv", str(out / "tools")], "no environment for uv")
        call([str(command.parent / "python"), "-m", "pip", "install", "-q", "uv"], "uv cannot be installed")
    return str(command)


def resolve(name: str, uv: str, out: Path) -> list[str]:
    """The pins of every package in an environment, CUDA's packages included. NoResult if there are none."""
    constraints = out / f"{name}-constraints.txt"
    if name == "oldest":
        constraints.write_text("\n".join(floors(requirements(), pinned_torch())) + "\n")
    elif name == "newest":
        constraints.write_text(f"torch=={pinned_torch()}\n")
    else:
        constraints.write_text((ROOT / "constraints-gpu.txt").read_text())
    extras = [word for extra in EXTRAS for word in ("--extra", extra)]
    version = f"{sys.version_info[0]}.{sys.version_info[1]}"
    command = [uv, "pip", "compile", "-q", "--no-header", "--no-annotate", "--python-version", version]
    done = subprocess.run(
        [*command, str(ROOT / "pyproject.toml"), *extras, "--constraints", str(constraints)],
        env={"UV_CACHE_DIR": str(out / "uv-cache"), **os.environ},
        capture_output=True,
        text=True,
    )
    if done.returncode:
        raise NoResult(f"no versions fit together: {conclusion(done.stderr)}")
    return [line for line in done.stdout.splitlines() if "==" in line]


def conclusion(said: str) -> str:
    """uv tells a chain of reasons over many lines; its last two sentences say which packages it is about."""
    text = re.sub(r"\s+", " ", said.replace("×", " ").replace("╰─▶", " ")).strip()
    steps = re.split(r"(?<=\.) (?=And because|Because)", text)
    return " ".join(steps[-2:]) if len(steps) > 1 else text[-300:] or "uv says nothing"


# the environment


def make(folder: Path, pins: Sequence[str]) -> Path:
    """The Python of an environment with these versions and this checkout; the one that is there if it has the same."""
    python, mark = folder / "bin" / "python", folder / "pins.txt"
    text = "\n".join(pins) + "\n"
    if mark.exists() and mark.read_text() == text:
        return python
    call([sys.executable, "-m", "venv", "--clear", str(folder)], "no environment")
    pip = [str(python), "-m", "pip", "install", "-q", "--disable-pip-version-check", "--no-compile", "--no-deps"]
    install_torch(pip)
    (folder / "wanted.txt").write_text("\n".join(pin for pin in pins if not CUDA_ONLY.match(pin)) + "\n")
    call([*pip, "-r", str(folder / "wanted.txt")], "a version cannot be installed")
    call([*pip, "--no-build-isolation", "-e", str(ROOT)], "the checkout cannot be installed")
    call([str(python), "-m", "pip", "check"], "what is installed does not go together")
    mark.write_text(text)
    return python


def install_torch(pip: Sequence[str]) -> None:
    """The CPU build, as the Makefile does it."""
    wanted = f"torch=={pinned_torch()}+cpu"
    try:
        call([*pip, wanted], "")
    except NoResult:
        call([*pip, "--index-url", TORCH_INDEX, wanted], f"{wanted} is neither where pip looks nor at {TORCH_INDEX}")


def call(command: Sequence[str], problem: str) -> None:
    """Runs it in silence. NoResult with the problem and the last thing that it said, if it fails."""
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        raise NoResult(f"{problem}: {complaint(done.stdout + done.stderr)}")


def complaint(said: str) -> str:
    """pip's first error, or else the last line."""
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    errors = [line.removeprefix("ERROR: ") for line in lines if line.startswith("ERROR: ")]
    return [*errors, *lines[-1:], "no reason is given"][0]


def installed(python: Path) -> dict[str, str]:
    """Canonical name -> version of everything in an environment."""
    done = subprocess.run([python, "-m", "pip", "list", "--format", "json"], capture_output=True, text=True, check=True)
    return {canonicalize_name(one["name"]): one["version"] for one in json.loads(done.stdout)}


# the tests


def run_tests(python: Path, stem: Path, tests: Sequence[str], workers: int) -> dict[str, Any]:
    """Runs pytest at a low priority; its words go to stem.log. NoResult if it does not run to its end."""
    report, log = stem.with_suffix(".xml"), stem.with_suffix(".log")
    report.unlink(missing_ok=True)
    command = [str(python), "-m", "pytest", "-v", f"--junitxml={report}", *tests]
    side_by_side = ["-n", str(workers), "--dist", "loadfile"] if workers > 1 else []
    started = time.monotonic()
    with log.open("w") as file:
        done = subprocess.run(
            ["nice", "-n", "5", *command, *side_by_side], cwd=ROOT, stdout=file, stderr=subprocess.STDOUT
        )
    if done.returncode not in (0, 1) or not report.exists():  # 1: tests failed
        raise NoResult(f"pytest ended with {done.returncode}: {complaint(log.read_text())}")
    return {"results": read_report(report.read_text()), "minutes": round((time.monotonic() - started) / 60, 1)}


def read_report(text: str) -> dict[str, str]:
    """JUnit's XML -> the name of each test and what it gave: PASSED, FAILED or the reason why it was skipped."""
    results: dict[str, str] = {}
    for case in ElementTree.fromstring(text).iter("testcase"):
        name = f"{case.get('classname', '').removeprefix('tests.')}::{case.get('name')}"
        skip = case.find("skipped")
        if case.find("failure") is not None or case.find("error") is not None:
            results[name] = FAILED
        elif results.get(name) != FAILED:  # a test that passed has failed if it does not end well
            results[name] = PASSED if skip is None else skip.get("message", "")
    return results


# the page


def page(every: Mapping[str, Mapping[str, Any]], stated: Sequence[Requirement]) -> str:
    """Both tables in Markdown; every: what is known of each environment, by its name."""
    made = {name: found for name, found in every.items() if not found.get("error")}
    rows = []
    for r in stated:
        versions = [found["versions"].get(canonicalize_name(r.name), "") for found in made.values()]
        rows.append([r.name, str(r.specifier), *versions])
    parts = [outcomes(every), *details(made)]
    if made:
        parts.append(table(["package", "allowed", *made], rows, 2 + len(made)))
        parts.extend(f"{name}: {found['machine']}" for name, found in made.items())
    return "\n\n".join(parts)


def outcomes(every: Mapping[str, Mapping[str, Any]]) -> str:
    """One row an environment."""
    rows = []
    for name, found in every.items():
        if found.get("error"):
            rows.append([name, f"no result: {found['error']}", "", "", "", ""])
            continue
        counts = Counter(found["results"].values())
        n_skipped = counts.total() - counts[PASSED] - counts[FAILED]
        numbers = [f"{counts[PASSED]:,}", f"{counts[FAILED]:,}", f"{n_skipped:,}", f"{found['minutes']:.0f}"]
        rows.append([name, amount(found["tests"]), *numbers])
    return table(["environment", "tests", "passed", "failed", "skipped", "minutes"], rows, 2)


def amount(tests: Sequence[str]) -> str:
    """How much of the suite was run."""
    return f"{len(tests)} {'file' if len(tests) == 1 else 'files'}" if tests else "every test"


def details(made: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """What failed, what was skipped and why, where there is any."""
    failed, skipped = [], []
    for name, found in made.items():
        failed += [f"- {name}: `{test}`" for test, outcome in found["results"].items() if outcome == FAILED]
        reasons = Counter(outcome for outcome in found["results"].values() if outcome not in (PASSED, FAILED))
        skipped += [f"- {name}: {n} × {reason}" for reason, n in sorted(reasons.items())]
    return [f"{title}\n\n" + "\n".join(lines) for title, lines in (("Failed:", failed), ("Skipped:", skipped)) if lines]


if __name__ == "__main__":
    sys.exit(main())
