"""Whether a program appears in a benchmark that models are measured with: an 8-gram check against its files.

A gram is eight tokens in a row: words, numbers and single signs, whatever the layout. Not covered: the same algorithm
written differently, which shares few grams.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from debugarena.benchmark.errors import UsageError
from debugarena.builder.program import Program

N = 8
MAX_SHARE = 0.3
PACKED = frozenset(".arrow .bz2 .gz .parquet .tar .tgz .xz .zip .zst".split())
_TOKEN = re.compile(r"\w+|[^\w\s]")


def overlapping(programs: Sequence[Program], folder: Path) -> dict[str, float]:
    """Programs with more than MAX_SHARE of their grams in the folder's files -> that share. UsageError: no files."""
    theirs = _grams_of_folder(folder)
    shares = {program.name: share_of(program.code, theirs) for program in programs}
    return {name: share for name, share in shares.items() if share > MAX_SHARE}


def grams(text: str) -> set[int]:
    """Hashes of the grams in a text, valid only in this process."""
    tokens = _TOKEN.findall(text)
    return {hash(tuple(tokens[i : i + N])) for i in range(len(tokens) - N + 1)}


def share_of(code: str, theirs: set[int]) -> float:
    """The share of a code's grams that are among these, 0 to 1; 0 for a code of fewer than eight tokens."""
    ours = grams(code)
    return len(ours & theirs) / len(ours) if ours else 0.0


def _grams_of_folder(folder: Path) -> set[int]:
    if not folder.is_dir():
        raise UsageError(f"{folder}: no such folder; name one that holds the benchmarks' files")
    found: set[int] = set()
    for file in sorted(folder.rglob("*")):
        try:
            if file.is_file():
                if file.suffix in PACKED:
                    raise UsageError(f"{file} cannot be read as text; unpack it, or leave it out of the folder")
                data = file.read_bytes()
                # in JSON a line of code ends in the two characters \n
                found |= grams(data.decode("utf-8", errors="replace").replace("\\n", "\n").replace('\\"', '"'))
        except OSError as error:
            raise UsageError(f"{file} cannot be read ({error.strerror}); leave it out of the folder") from error
    if not found:
        raise UsageError(f"{folder} holds no text to compare with; name the folder of the benchmarks' files")
    return found
