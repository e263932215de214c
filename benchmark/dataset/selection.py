"""Selects some of the bugs: those that a file lists, or a fixed mixed choice."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from debugarena.benchmark.dataset.schema import Bug
from debugarena.benchmark.errors import UsageError
from debugarena.benchmark.wording import counted


def select_bugs(bugs: Sequence[Bug], limit: int | None, per_program: int | None = None) -> list[Bug]:
    """All bugs, or at most `per_program` of each program, or `limit` of these. The choice is always the same for the
    same ids, and mixes difficulties. UsageError if there are fewer than `limit`."""
    shuffled = sorted(bugs, key=lambda bug: hashlib.sha256(bug.bug_id.encode()).hexdigest())
    taken: Counter[str] = Counter()
    chosen = []
    for bug in shuffled:
        program = bug.program or bug.bug_id
        if per_program is None or taken[program] < per_program:
            taken[program] += 1
            chosen.append(bug)
    if limit is not None and limit > len(chosen):
        raise UsageError(
            f"--limit is {limit}, but there {'is' if len(chosen) == 1 else 'are'} {counted(len(chosen), 'bug')}"
        )
    return sorted(chosen[:limit], key=lambda bug: bug.bug_id)


def listed_bugs(bugs: Sequence[Bug], file: Path) -> list[Bug]:
    """The bugs whose ids a text file lists, one a line. UsageError with file and line for any other id."""
    try:
        lines = file.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"--bugs {file}: cannot be read: {getattr(error, 'strerror', None) or 'not UTF-8'}") from None
    by_id = {bug.bug_id: bug for bug in bugs}
    chosen = {}
    for number, line in enumerate(lines, 1):
        if bug_id := line.strip():
            if bug_id not in by_id:
                raise UsageError(f"{file}:{number}: no bug {bug_id!r} among the {counted(len(bugs), 'bug')} there are")
            chosen[bug_id] = by_id[bug_id]
    if not chosen:
        raise UsageError(f"--bugs {file}: lists no ids; write one a line")
    return [*chosen.values()]
