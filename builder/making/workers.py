"""Processes that make bugs in parallel, with their results in the order of the numbers.

A program always goes to the same process, which prepares it once. Processes are spawned, so a script that makes Workers
needs the usual `if __name__ == "__main__"`.
"""

from __future__ import annotations

import os
import signal
import threading
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import CancelledError, Future, ProcessPoolExecutor
from itertools import islice
from multiprocessing import connection, get_context, parent_process, resource_tracker
from multiprocessing.synchronize import Event
from pathlib import Path

from debugarena.benchmark.errors import UsageError
from debugarena.benchmark.sandbox import Sandbox
from debugarena.benchmark.sandbox.sandbox import usable_cpus
from debugarena.builder.making.maker import SANDBOX_WORKERS, Maker, Result, open_numbers, place_of
from debugarena.builder.making.turns import by_turns, take_turn
from debugarena.builder.own_programs import load_all
from debugarena.builder.program import Program

AHEAD_PER_JOB = 12

_maker: Maker | None = None
_closing: Event | None = None  # set when nobody waits for results any more


def _start_worker(closing: Event, programs: Sequence[Program] | None, folder: Path | None, allow_weak: bool) -> None:
    """Runs first in each worker process, which ends with its parent and leaves Ctrl-C to it."""
    global _closing, _maker
    _closing = closing
    parent = parent_process()
    if parent is not None:
        threading.Thread(target=_end_with, args=(parent.sentinel,), daemon=True).start()
    if programs is None:  # those of a folder cannot be sent: their input functions exist only where they are imported
        programs = load_all(folder)
    _maker = Maker(programs, Sandbox(SANDBOX_WORKERS, allow_weak=allow_weak))


def _end_with(sentinel: int) -> None:
    connection.wait([sentinel])
    os._exit(1)


def _open_maker() -> Maker:
    """What a pool has handed over it cannot take back: at most two programs would be prepared for nobody."""
    assert _maker is not None
    assert _closing is not None
    if _closing.is_set():
        raise CancelledError
    return _maker


def _attempt(seed: int, level: int, index: int, names: Sequence[str]) -> Result:
    return _open_maker().attempt(seed, level, index, names)


def _take_turn(seed: int, level: int, name: str, first: int, names: Sequence[str]) -> list[Result]:
    return take_turn(_open_maker(), seed, level, name, first, names)


class Workers:
    """Processes that make bugs; a program always goes to the same one, which prepares it once. A context manager.

    jobs: how many; None: one per usable CPU. programs: None: those of the folder or, without one, of the package.
    UsageError for jobs below 1.
    """

    def __init__(
        self,
        jobs: int | None,
        programs: Sequence[Program] | None = None,
        allow_weak: bool = False,
        folder: Path | None = None,
    ) -> None:
        if jobs is not None and jobs < 1:
            raise UsageError(f"the number of processes is {jobs}; it must be at least 1")
        context = get_context("spawn")
        resource_tracker.ensure_running()  # it would unblock the signal as it starts
        self._closing = context.Event()
        arguments = (self._closing, programs, folder, allow_weak)
        # they inherit the mask: from the start, only the parent reacts to Ctrl-C
        before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
        try:
            self._pools = [
                ProcessPoolExecutor(1, context, initializer=_start_worker, initargs=arguments)
                for _ in range(jobs or usable_cpus())
            ]
            for pool in self._pools:
                pool.submit(os.getpid)
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)

    def __enter__(self) -> Workers:
        return self

    def __exit__(self, *exc_info: object) -> None:
        self._closing.set()
        for pool in self._pools:
            pool.shutdown(cancel_futures=True)

    def results(self, seed: int, level: int, names: Sequence[str], start: int, gone: set[str]) -> Iterator[Result]:
        """Results from number `start` on, in order, without programs in `gone`, which the caller fills meanwhile."""
        pools = self._pools_of(names)
        ahead: deque[Future[Result]] = deque()
        numbers = open_numbers(names, start, gone)
        try:
            while True:
                for index in islice(numbers, AHEAD_PER_JOB * len(self._pools) - len(ahead)):
                    pool = pools[place_of(index, names)[0]]
                    ahead.append(pool.submit(_attempt, seed, level, index, names))
                if not ahead:
                    return
                result = ahead.popleft().result()
                if result.program not in gone:
                    yield result
        finally:
            for future in ahead:
                future.cancel()

    def turns(
        self,
        seed: int,
        level: int,
        names: Sequence[str],
        gone: set[str],
        bugs: Mapping[str, int],
        tried: Mapping[str, int],
    ) -> Iterator[Result]:
        """Results in the order of turns. bugs, tried: how many bugs and candidates each program has had. The caller
        updates them and `gone` meanwhile.
        """
        pools = self._pools_of(names)
        ahead: dict[str, Future[list[Result]]] = {}
        try:
            while order := by_turns(names, gone, bugs):
                for name in order[: AHEAD_PER_JOB * len(self._pools)]:
                    if name not in ahead:
                        ahead[name] = pools[name].submit(_take_turn, seed, level, name, tried.get(name, 0), names)
                yield from ahead.pop(order[0]).result()
        finally:
            for future in ahead.values():
                future.cancel()

    def _pools_of(self, names: Sequence[str]) -> dict[str, ProcessPoolExecutor]:
        return {name: self._pools[i % len(self._pools)] for i, name in enumerate(sorted(names))}
