"""What mypy and ruff report for the buggy code of a bug and not for its fixed code.

Such a bug can be found without understanding it. Both tools start slowly, so one process reads the files of all bugs.
The extra `dev` installs them, and constraints.txt pins their versions. `generate` does not use them: a seed must give
the same bugs whatever their versions are.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from debugarena.benchmark.errors import DebugArenaError, UsageError

TOOLS = ("mypy", "ruff")
# these rules are about layout, names, comments, annotations, messages, printing, and the size of numbers and functions
LEFT_OUT = "ANN,COM812,CPY,C901,D,E501,EM,ERA,FBT,INP,N,PLR09,PLR2004,Q,S101,T20,TRY003,W"
COMMANDS = (
    f"ruff check --select ALL --ignore {LEFT_OUT} --isolated --no-cache --target-version py311 --output-format json .",
    "ruff format --check --line-length 120 --isolated --no-cache --target-version py311 --output-format json .",
    "mypy --strict --warn-unreachable --config-file= --cache-dir=/dev/null --output json .",
)


def tool_tells(pairs: Sequence[tuple[str, str]]) -> list[tuple[str, ...]]:
    """For each pair of a buggy and a fixed code, the rules that the buggy code breaks more often, such as `ruff F841`.

    Rules are sorted. UsageError if a tool is not installed, DebugArenaError if one fails.
    """
    tool_versions()
    if not pairs:
        return []
    codes = [*dict.fromkeys(code for pair in pairs for code in pair)]
    broken: dict[str, Counter[str]] = {code: Counter() for code in codes}
    with TemporaryDirectory() as folder:
        for i, code in enumerate(codes):
            Path(folder, f"code_{i}.py").write_text(code, encoding="utf-8")
        for command in COMMANDS:
            for file, rule in _findings(command, folder):
                broken[codes[int(Path(file).stem.removeprefix("code_"))]][rule] += 1
    return [tuple(sorted(broken[buggy] - broken[fixed])) for buggy, fixed in pairs]


def tool_versions() -> dict[str, str]:
    """The installed version of each tool. UsageError if one is missing."""
    try:
        return {tool: version(tool) for tool in TOOLS}
    except PackageNotFoundError as error:
        raise UsageError(f"{error.name} is not installed; pip install 'debugarena[dev]' installs it") from None


def _findings(command: str, folder: str) -> Iterator[tuple[str, str]]:
    """The file and the rule of everything that a tool reports for the files of a folder."""
    tool = command.split()[0]
    done = subprocess.run([sys.executable, "-m", *command.split()], cwd=folder, capture_output=True, text=True)
    if done.returncode not in (0, 1):  # 1: the tool has findings
        raise DebugArenaError(f"{tool} could not check the bugs: {(done.stderr or done.stdout).strip()}")
    for finding in _read(done.stdout):
        if finding["severity"] == "error":  # mypy also has notes
            yield finding.get("filename") or finding["file"], f"{tool} {finding['code']}"


def _read(text: str) -> list[dict[str, Any]]:
    """ruff prints one list, mypy one object a line."""
    found: list[dict[str, Any]] = json.loads(text) if text.startswith("[") else [*map(json.loads, text.splitlines())]
    return found
