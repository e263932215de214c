"""New bugs in one call, as `debugarena generate` makes them."""

from __future__ import annotations

import json
from pathlib import Path

from debugarena.benchmark.dataset.schema import Bug, bug_from_row
from debugarena.benchmark.errors import SandboxError
from debugarena.benchmark.wording import counted
from debugarena.builder.making.run import generate
from debugarena.builder.making.run_folder import Settings
from debugarena.builder.making.workers import Workers
from debugarena.builder.own_programs import load_all


def generate_bugs(
    count: int,
    out: Path | str,
    seed: int = 0,
    level: int = 1,
    split: str | None = None,
    per_program: int | None = None,
    programs: Path | str | None = None,
    jobs: int | None = None,
    allow_weak: bool = False,
    show_progress: bool = False,
) -> list[Bug]:
    """At most `count` new bugs, each proven, in the order in which they were made; fewer if there are no more.

        bugs = generate_bugs(50, "runs/hard", seed=7, level=4)

    The same seed, level and programs give the same bugs. out: the folder that holds them; the same call resumes an
    interrupted run there, or reads a finished one. split: only programs of this split. per_program: the most bugs of
    one program (default: the programs take turns). programs: a folder of your own programs, which are imported.
    jobs: number of processes (default: one per usable CPU). UsageError for a folder of another run, a level that is not
    1 to 4 or invalid programs; SandboxError if a candidate could not be run: call again to retry it.
    """
    folder, own = Path(out), Path(programs) if programs else None
    settings = Settings(count, seed, level, split, per_program, spread=per_program is None)
    with Workers(jobs, allow_weak=allow_weak, folder=own) as workers:
        summary = generate(settings, folder, workers, load_all(own), show_progress)
    if n := summary.get("not_graded"):
        raise SandboxError(f"{folder}: the sandbox could not run {counted(n, 'candidate')}; the same call tries again")
    lines = [line for file in sorted(folder.glob("bugs-*.jsonl")) for line in file.read_text("utf-8").splitlines()]
    return [bug_from_row(json.loads(line)) for line in lines]
