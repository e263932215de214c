"""What these scripts need for a page: the machine in words, tables in Markdown, a marked part of a document replaced."""

from __future__ import annotations

import json
import os
import platform
import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from statistics import median


def machine() -> dict[str, str]:
    """Facts that timings depend on; "unknown" where this system does not tell."""
    cpuinfo = _read("/proc/cpuinfo")
    model = re.search(r"^model name\s*: (.+)$", cpuinfo, re.MULTILINE)
    flags = re.search(r"^flags\s*: (.+)$", cpuinfo, re.MULTILINE)
    virtual = {True: "yes", False: "no", None: "unknown"}[("hypervisor" in flags[1].split()) if flags else None]
    return {
        "CPU": model[1] if model else platform.processor() or "unknown",
        "cores": str(len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()),
        "virtual machine": virtual,
        "kernel": f"{platform.system()} {platform.release()} {platform.machine()}",
        "Python": f"{platform.python_implementation()} {platform.python_version()}",
        "user": "root" if hasattr(os, "geteuid") and os.geteuid() == 0 else "a plain user",
    }


def in_words(facts: Mapping[str, str]) -> str:
    """One sentence of `machine()` and what a script adds to it."""
    return "Machine: " + "; ".join(f"{name}: {value}" for name, value in facts.items()) + "."


def circumstances(began: str) -> str:
    """The machine in words; began: the load average at the start."""
    return in_words(machine() | {"load average at the start": began, "load average at the end": load_average()})


def load_average() -> str:
    """Of the last minute, five and fifteen."""
    return ", ".join(f"{load:.2f}" for load in os.getloadavg())


def table(head: Sequence[str], rows: Iterable[Sequence[str]], n_text: int) -> str:
    """Markdown; the first n_text columns are text, the others numbers."""
    lines = ["| " + " | ".join(cells) + " |" for cells in (head, *rows)]
    return "\n".join([lines[0], "|" + "---|" * n_text + "---:|" * (len(head) - n_text), *lines[1:]])


def in_pairs(seconds: Mapping[str, Sequence[float]]) -> str:
    """A table of what was measured once a round: the first, third... is how it was, the next one how it is now."""
    names = [*seconds]
    rows = []
    for before, after in zip(names[::2], names[1::2], strict=True):
        ratios = [a / b for a, b in zip(seconds[before], seconds[after], strict=True)]
        rows.append([before, f"{median(seconds[before]):.1f}", ""])
        spread = f"{median(ratios):.1f} ({min(ratios):.1f} to {max(ratios):.1f})"
        rows.append([after, f"{median(seconds[after]):.1f}", spread])
    return table(["work", "seconds, median", "times as fast"], rows, 1)


def keep(name: str, numbers: object, text: str, out: Path, docs: Path | None, marker: str = "") -> None:
    """Prints the text and writes name.json and name.md to out; docs: a page whose part between the markers it becomes.

    marker: what these are called, where it is not the name.
    """
    out.mkdir(parents=True, exist_ok=True)
    (out / f"{name}.json").write_text(json.dumps(numbers, indent=1) + "\n")
    (out / f"{name}.md").write_text(text + "\n")
    print(text)
    if docs:
        replace_marked(docs, marker or name, text)


def replace_marked(page: Path, name: str, text: str) -> None:
    """Puts text between the comments `name:begin` and `name:end`. ValueError if the page lacks them."""
    begin, end = f"<!-- {name}:begin -->", f"<!-- {name}:end -->"
    before, found, rest = page.read_text(encoding="utf-8").partition(begin)
    _, found_too, after = rest.partition(end)
    if not (found and found_too):
        raise ValueError(f"{page} lacks the lines {begin} and {end}")
    page.write_text(f"{before}{begin}\n{text}\n{end}{after}", encoding="utf-8")


def _read(path: str) -> str:
    try:
        return Path(path).read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
