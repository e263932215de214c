"""The config `generated`: so many bugs of each split and level, made by `generate` into a folder of parts.

Parts that are there already are taken as they are, and one that was interrupted is finished: the seed and the
generator's source say what is in them.
"""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from debugarena.benchmark.errors import DebugArenaError, SandboxError
from debugarena.benchmark.wording import counted
from debugarena.builder.making.levels import LEVELS
from debugarena.builder.making.run import generate
from debugarena.builder.making.run_folder import OtherRun, Settings
from debugarena.builder.making.workers import Workers
from debugarena.builder.program import Program, load_programs

DATASET_SEED = 1
# bugs of each level
COUNTS = {"train": 1300, "validation": 135, "test": 310}
# a test row counts little beside others of its program: at most eight of one program
PER_PROGRAM = {"train": None, "validation": None, "test": 2}


def make_parts(
    folder: Path,
    jobs: int | None = None,
    allow_weak: bool = False,
    show_progress: bool = True,
    programs: Sequence[Program] | None = None,
    counts: dict[str, int] = COUNTS,
) -> list[dict[str, Any]]:
    """The summary of each part; its bugs are below `folder`. A part of another generator is made anew.

    programs, counts: other programs than the package's own, and fewer bugs, for tests. DebugArenaError if a split or
    level yields less than it should, SandboxError if a candidate could not be run.
    """
    summaries = []
    everything = list(programs or load_programs())
    with Workers(jobs, programs, allow_weak) as workers:
        for split, count in counts.items():
            for level in LEVELS:
                settings = Settings(count, DATASET_SEED, level, split, PER_PROGRAM[split])
                out = folder / f"{split}-level-{level}"
                try:
                    summary = generate(settings, out, workers, everything, show_progress)
                except OtherRun:
                    shutil.rmtree(out)
                    summary = generate(settings, out, workers, everything, show_progress)
                if n := summary.get("not_graded"):
                    raise SandboxError(
                        f"{out}: the sandbox could not run {counted(n, 'candidate')}; build again to go on"
                    )
                if summary["exhausted"]:
                    found = f"level {level} of {split} has {counted(summary['accepted'], 'bug')} instead of {count}"
                    raise DebugArenaError(f"{found}; lower its count in COUNTS or add programs")
                summaries.append(summary)
    return summaries
