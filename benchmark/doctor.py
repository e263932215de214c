"""Checks this machine: which sandbox layers hold and how to enable the others, which packages and language runtimes
are installed, and how many verdicts a second to expect. Exits with 1 if the sandbox is too weak to be used without
--allow-weak.

  debugarena doctor
  debugarena doctor --seconds 0 --json
"""

from __future__ import annotations

import argparse
import json
import math
import os
import platform
import re
import shutil
import sys
import time
import warnings
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import asdict
from importlib.metadata import PackageNotFoundError, requires, version
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.padding import Padding
from rich.table import Table

from debugarena.benchmark.errors import SandboxError, UsageError
from debugarena.benchmark.layers import CORE_LAYERS, Layer, examine_layers
from debugarena.benchmark.sandbox import Call, Job, Sandbox, TestInput
from debugarena.benchmark.values import encode

# the languages that have no bugs yet
OTHER_RUNTIMES = {"JavaScript": ("node", "deno", "qjs"), "Java": ("java", "javac")}
N_TESTS = 5


def examine(
    seconds: float, without: Collection[str] = (), jail: bool = True, proc_sys: Path = Path("/proc/sys")
) -> dict[str, Any]:
    """Everything that the command shows, as plain JSON data.

    seconds: how long to count verdicts, 0 to skip it. without, jail: see Sandbox. proc_sys: see examine_layers.
    """
    facts = _examine_sandbox(seconds, without, jail, proc_sys)
    return {
        "debugarena": version("debugarena"),
        "python": f"{platform.python_implementation()} {platform.python_version()}",
        "system": f"{platform.system()} {platform.release()} {platform.machine()}",
        "cpus": os.cpu_count(),
        "user": "root" if hasattr(os, "geteuid") and os.geteuid() == 0 else "a plain user",
        **facts,
        "packages": _packages(),
        "languages": _languages(python_runs=bool(facts["sandbox"]["layers"])),
    }


def _examine_sandbox(seconds: float, without: Collection[str], jail: bool, proc_sys: Path) -> dict[str, Any]:
    layers: Sequence[Layer] = ()
    has_jail, workers, rate, problem = False, None, None, ""
    try:
        with warnings.catch_warnings(), Sandbox(allow_weak=True, jail=jail, without=without) as sandbox:
            warnings.simplefilter("ignore", RuntimeWarning)  # that there is no jail; reported below
            layers, workers = examine_layers(sandbox, without, proc_sys), sandbox.workers
            has_jail = bool(sandbox.report or sandbox.refused)
            missing = CORE_LAYERS.keys() - {layer.name for layer in layers if layer.holds}
            if has_jail and missing:
                problem = f"without {' and '.join(sorted(missing))}, commands run only with --allow-weak"
            rate = _verdicts_per_second(sandbox, seconds) if seconds else None
    except SandboxError as error:
        problem = str(error)
    return {
        "sandbox": {
            "ready": not problem,
            "jail": has_jail,
            "problem": problem,
            "layers": [asdict(layer) | {"holds": layer.holds} for layer in layers],
        },
        "speed": {"verdicts_per_second": rate, "seconds": seconds, "workers": workers},
    }


def _verdicts_per_second(sandbox: Sandbox, seconds: float) -> float:
    """Runs correct trivial solutions with all workers busy. SandboxError if one returns a wrong value."""
    job = Job("def f(x): return x + 1", "f", tuple(TestInput((Call((x,)),)) for x in range(N_TESTS)))
    expected = [encode(x + 1) for x in range(N_TESTS)]
    list(sandbox.run_many([job] * 2 * sandbox.workers))  # so that every worker has started
    started = time.monotonic()

    def jobs() -> Iterator[Job]:
        while time.monotonic() - started < seconds:
            yield job

    n_verdicts = 0
    for execution in sandbox.run_many(jobs()):
        if [run.calls[0].value if run.calls else "" for run in execution.tests] != expected:
            raise SandboxError("a correct solution was judged wrong; is the machine overloaded?")
        n_verdicts += 1
    return round(n_verdicts / (time.monotonic() - started), 1)


def _packages() -> dict[str, dict[str, str | None]]:
    """Extra ("" for what is always needed) -> package -> installed version or None. Imports none of them."""
    found: dict[str, dict[str, str | None]] = {}
    for requirement in requires("debugarena") or ():
        name = re.match(r"[\w.-]+", requirement)
        extra = re.search(r"""extra == ["'](\w+)""", requirement)
        if name and name[0] != "debugarena":
            found.setdefault(extra[1] if extra else "", {})[name[0]] = _version(name[0])
    return found


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def _languages(python_runs: bool) -> list[dict[str, Any]]:
    """Every runtime and its path, None if it is not installed. `used`: the sandbox has run it."""
    found = [{"language": "Python", "runtime": "python", "path": sys.executable, "used": python_runs}]
    for language, runtimes in OTHER_RUNTIMES.items():
        found += [{"language": language, "runtime": r, "path": shutil.which(r), "used": False} for r in runtimes]
    return found


# --- for people ---------------------------------------------------------------------


def print_facts(facts: Mapping[str, Any], console: Console) -> None:
    """Tables and sentences; the last line says whether the sandbox is ready."""
    sandbox, workers = facts["sandbox"], facts["speed"]["workers"]
    usable = f", {workers} of {facts['cpus']} CPUs usable" if workers else ""
    console.print(f"[bold]DebugArena {facts['debugarena']}[/bold] on {facts['python']}")
    console.print(f"{facts['system']}{usable}, run by {facts['user']}")
    if sandbox["layers"]:
        _print_layers(sandbox["layers"], console)
    _print_packages(facts["packages"], console)
    _print_languages(facts["languages"], console)
    if facts["speed"]["verdicts_per_second"] is not None:
        _print_speed(facts["speed"], sandbox["ready"] and sandbox["jail"], console)
    console.print()
    console.print(closing_line(sandbox))


def closing_line(sandbox: Mapping[str, Any]) -> str:
    """Whether the sandbox can be used, in one sentence."""
    wanted = [layer["holds"] for layer in sandbox["layers"] if layer["wanted"]]
    count = f"{sum(wanted)} of {len(wanted)} layers hold"
    if not sandbox["layers"]:
        return f"[red]The sandbox does not start:[/red] {escape(sandbox['problem'])}."
    if sandbox["problem"]:
        return f"[red]The sandbox is not ready:[/red] {count}; {escape(sandbox['problem'])}."
    if not sandbox["jail"]:
        return (
            "[yellow]There is no jail here, only a process for each solution:[/yellow] run code you trust, or use "
            "Linux on x86-64 or aarch64, in a container or virtual machine."
        )
    rest = "" if all(wanted) else "; see above for what is missing"
    return f"[green]The sandbox is ready:[/green] {count}{rest}."


def _print_layers(layers: Sequence[Mapping[str, Any]], console: Console) -> None:
    table = Table(box=None, pad_edge=False)
    for column in ("layer", "wanted", "active", "proven"):
        table.add_column(column, no_wrap=True)
    table.add_column("purpose")
    missing: dict[tuple[str, str], list[str]] = {}
    for layer in layers:
        colour = "green" if layer["holds"] else "red" if layer["wanted"] else "dim"
        answers = [_yes(layer[key]) for key in ("wanted", "active", "proven")]
        note = layer["does"] if layer["wanted"] else layer["why"]
        table.add_row(*(f"[{colour}]{text}" for text in (layer["name"], *answers)), escape(note))
        if layer["wanted"] and not layer["holds"]:
            missing.setdefault((layer["why"], layer["mend"]), []).append(layer["name"])
    console.print()
    console.print(table)
    if missing:
        console.print("\n[bold red]Missing[/bold red]")
    for (why, mend), names in missing.items():
        _print_indented(console, f"{', '.join(names)}: {escape(re.sub(r'^.Errno [0-9]+. ', '', why))}")
        if mend:
            _print_indented(console, escape(mend), 4)


def _yes(value: bool | None) -> str:
    return "-" if value is None else "yes" if value else "no"


def _print_indented(console: Console, what: str | Table, left: int = 2) -> None:
    console.print(Padding(what, (0, 0, 0, left)))


def _print_packages(packages: Mapping[str, Mapping[str, str | None]], console: Console) -> None:
    table = Table.grid(padding=(0, 2))
    for extra, found in packages.items():
        text = ", ".join(f"{name} {number or '[yellow]not installed[/yellow]'}" for name, number in found.items())
        if None in found.values():
            brings = f"[{extra}]" if extra else ""
            text += f'\nto install: pip install "debugarena{escape(brings)}"'
        table.add_row(extra or "always", text)
    console.print("\n[bold]Packages[/bold], by extra")
    _print_indented(console, table)


def _print_languages(languages: Sequence[Mapping[str, Any]], console: Console) -> None:
    table = Table.grid(padding=(0, 2))
    for name in dict.fromkeys(line["language"] for line in languages):
        lines = [line for line in languages if line["language"] == name]
        if any(line["used"] for line in lines):
            text = "runs in the sandbox; all bugs are written in it"
        else:
            found = [line["runtime"] for line in lines if line["path"]]
            absent = [line["runtime"] for line in lines if not line["path"]]
            parts = [
                f"{what}: {', '.join(names)}" for what, names in (("found", found), ("not found", absent)) if names
            ]
            text = f"{'; '.join(parts)}. Not used yet: no bugs are written in it"
        table.add_row(name, text)
    console.print("\n[bold]Languages[/bold]")
    _print_indented(console, table)


def _print_speed(speed: Mapping[str, Any], jailed: bool, console: Console) -> None:
    where = "" if jailed else ", in plain processes"
    console.print("\n[bold]Speed[/bold]")
    _print_indented(
        console,
        f"{speed['verdicts_per_second']:.0f} verdicts a second with {speed['workers']} workers{where}. A rough figure: "
        f"trivial solutions with {N_TESTS} tests, for {speed['seconds']:g} s, on a machine that may have been busy.",
    )


# --- the command --------------------------------------------------------------------


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The flags of `debugarena doctor`."""
    parser.add_argument("--seconds", type=float, default=2.0, help="time to count verdicts, 0 to skip it (default: 2)")
    parser.add_argument("--json", action="store_true", help="print JSON instead of tables")


def run(args: argparse.Namespace) -> int:
    """`debugarena doctor`."""
    if not (math.isfinite(args.seconds) and args.seconds >= 0):
        raise UsageError(f"--seconds is {args.seconds:g}; it must be 0 or more")
    facts = examine(args.seconds)
    if args.json:
        print(json.dumps(facts, indent=1))
    else:
        print_facts(facts, Console())
    return 0 if facts["sandbox"]["ready"] else 1
