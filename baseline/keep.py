"""Copies what a report is made of beside it, so that the same report can be made again."""

from __future__ import annotations

import gzip
import json
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from debugarena.benchmark.errors import UsageError

KEPT_OF_SCORE = ("report.json",)
KEPT_OF_RUN = ("run.json", "versions.json", "trained-on.json", "log.jsonl", "warm-start/log.jsonl", "**/report.json")


def keep(source: Path, target: Path, patterns: Sequence[str]) -> None:
    """Copies what a report is made of, and completions, compressed; nothing where it is already.

    UsageError if another run, or a score of another model, is kept there.
    """
    if source.resolve() == target.resolve():
        return
    copies = {path: target / path.relative_to(source) for pattern in patterns for path in source.glob(pattern)}
    for path, there in copies.items():
        if path.name in ("run.json", "report.json") and there.exists() and _identity(path) != _identity(there):
            raise UsageError(f"{there} is another one than {path}; choose another --out")
    for path, there in copies.items():
        there.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, there)
    for path in source.glob("**/completions.jsonl*"):
        if not path.with_name("report.json").exists():  # not yet scored to its end
            continue
        packed = (target / path.relative_to(source)).with_name("completions.jsonl.gz")
        data = path.read_bytes() if path.suffix == ".jsonl" else gzip.decompress(path.read_bytes())
        packed.write_bytes(gzip.compress(data, mtime=0))


def _identity(path: Path) -> Any:
    """What makes a run or a score another one: settings, or model and bugs."""
    facts = json.loads(path.read_text(encoding="utf-8"))
    return facts if path.name == "run.json" else (facts.get("model"), facts.get("dataset"), facts.get("protocol"))
