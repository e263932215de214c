"""Decides the split of a bug: by its program, never by the bug.

Programs of one name, and programs that are near copies (tests/support/similarity.py), share a split: else a model
could meet in training what it is tested on.
"""

from __future__ import annotations

import hashlib

# training takes many bugs of each program, a test at most eight, so a test needs more programs
SPLIT_SHARES = {"train": 0.48, "validation": 0.1, "test": 0.42}
# entry points of near copies, each with the entry point whose split it shares
NEAR = {
    "diff_lines": "line_diff",
    "merge_patch": "merge_settings",
    "slugify_title": "slug_of",
    "TaskQueue": "TicketQueue",
}


def split_of(program: str) -> str:
    """The split of a program, `<domain>/<entry point>`; other programs do not affect it."""
    entry_point = program.rpartition("/")[2]
    name = NEAR.get(entry_point, entry_point)
    digest = hashlib.sha256(f"debugarena-split-1:{name}".encode()).digest()
    point, below = int.from_bytes(digest[:8]) / 2**64, 0.0
    for split, share in SPLIT_SHARES.items():
        below += share
        if point < below:
            return split
    return "test"  # shares add up to 1, except for rounding
