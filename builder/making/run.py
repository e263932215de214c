"""A run of `debugarena generate`: bugs of one seed and level into a folder, until there are as many as wanted."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterator, Sequence
from concurrent.futures import BrokenExecutor
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from debugarena.benchmark.code_hash import code_hash, sandbox_hash
from debugarena.benchmark.dataset.splits import split_of
from debugarena.benchmark.errors import DebugArenaError, SandboxError, UsageError
from debugarena.builder.making.maker import Result, check_level, distinct, program_order
from debugarena.builder.making.run_folder import NOT_GRADED, Folder, Settings, Tally, summarise
from debugarena.builder.making.workers import Workers
from debugarena.builder.program import PROGRAMS_FOLDER, Program

MAX_FAULTS = 20  # in a row: then the candidates are not to blame


def generate(
    settings: Settings,
    out: Path,
    workers: Workers,
    programs: Sequence[Program],
    show_progress: bool = True,
    left_out: Collection[str] = (),
) -> dict[str, Any]:
    """Fills the folder; returns its summary.

    Numbers cycle through all programs, whatever the split, the order of trying them and `left_out` (names that make no
    bugs), so a bug keeps its number and id. A candidate that the sandbox could not run is skipped. The summary counts
    such candidates under `not_graded` and is then not written to the folder; the next call starts again with the first
    of them. UsageError if the folder holds another run, DebugArenaError if it cannot be written or a
    process ends, SandboxError after MAX_FAULTS such candidates in a row.
    """
    check_level(settings.level)
    chosen = {p.name for p in programs if settings.split is None or split_of(p.name) == settings.split}
    chosen.difference_update(left_out)
    if not chosen:
        raise UsageError("no program is left to make bugs from; choose another --split or --against")
    folder = Folder(out, settings, source_hash(programs))
    if (done := folder.open()) is not None:
        return done
    names = program_order(programs, settings.seed, settings.level)
    folder.tally.gone.update(set(names) - chosen)
    try:
        if folder.tally.accepted < settings.count:
            _fill(folder, settings, out, _results(workers, settings, names, folder.tally), show_progress)
        return folder.finish(summarise(folder.tally, settings))
    except BrokenExecutor:
        raise DebugArenaError(f"a process ended early; is memory short? {out} is kept, try again") from None
    except OSError as error:
        why = error.strerror or error
        raise DebugArenaError(f"{out} could not be written: {why}; the same command goes on from there") from error
    finally:
        folder.close()


def _results(workers: Workers, settings: Settings, names: Sequence[str], tally: Tally) -> Iterator[Result]:
    """The results of candidates, from the first that the tally does not know, in the order of the settings."""
    if settings.spread:
        found = workers.turns(settings.seed, settings.level, names, tally.gone, tally.per_program, tally.tried)
    else:
        found = workers.results(settings.seed, settings.level, names, tally.next_index, tally.gone)
    return distinct(found, tally.seen)


def _fill(folder: Folder, settings: Settings, out: Path, results: Iterator[Result], show_progress: bool) -> None:
    """Adds results to the folder until it has its count, or there are no more."""
    tally = folder.tally
    faults = 0
    with _progress(show_progress) as progress:
        task = progress.add_task(f"level {settings.level}", total=settings.count, completed=tally.accepted)
        for result in results:
            folder.add(result)
            faults = faults + 1 if result.status == NOT_GRADED else 0
            if faults == MAX_FAULTS:
                raise SandboxError(f"{result.refusal}; {out} is kept, and the same command goes on from there")
            progress.update(task, completed=tally.accepted)
            if tally.accepted >= settings.count:
                return


def _progress(show: bool) -> Progress:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    return Progress(*columns, TimeRemainingColumn(), console=Console(stderr=True), disable=not show)


def source_hash(programs: Sequence[Program]) -> str:
    """SHA-256 over the programs and all code that rows depend on: with equal hashes, a seed gives the same rows."""
    digest = hashlib.sha256(f"{sandbox_hash()}{code_hash(__name__)}".encode())
    for file in sorted(PROGRAMS_FOLDER.glob("*.py")):
        digest.update(file.read_bytes())
    for program in programs:
        digest.update(f"{program.name}\0{program.contract}\0{program.code}\0".encode())
    return digest.hexdigest()
