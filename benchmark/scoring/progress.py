"""How far a model is with its answers, on standard error."""

from __future__ import annotations

import sys
import threading
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, ProgressColumn, Task, TextColumn, TimeRemainingColumn
from rich.text import Text

from debugarena.benchmark.wording import counted

LINE_EVERY_S = 55.0  # so that a log shows life at least once a minute


class _Rate(ProgressColumn):
    def render(self, task: Task) -> Text:
        return Text(f"{task.speed:.1f}/s" if task.speed else "-/s")


class ProgressBar:
    """One bar per attempt, on standard error; without a terminal, one line per attempt and per minute."""

    def __enter__(self) -> ProgressBar:
        console = Console(stderr=True)
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), _Rate(), TimeRemainingColumn())
        self._progress = Progress(*columns, console=console, disable=not console.is_terminal)
        self._tasks: dict[int, Any] = {}
        self._so_far = "no completion yet"
        self._ended = threading.Event()
        self._progress.start()
        if self._progress.disable:
            threading.Thread(target=self._print_lines, daemon=True).start()
        return self

    def __exit__(self, *exc_info: object) -> None:
        self._ended.set()
        self._progress.stop()

    def _print_lines(self) -> None:
        while not self._ended.wait(LINE_EVERY_S):
            print(self._so_far, file=sys.stderr, flush=True)

    def update(self, attempt: int, done: int, wanted: int) -> None:
        if attempt not in self._tasks:
            self._tasks[attempt] = self._progress.add_task(f"attempt {attempt}", total=wanted)
        self._progress.update(self._tasks[attempt], completed=done)
        self._so_far = f"attempt {attempt}: {done} of {counted(wanted, 'completion')}"
        if self._progress.disable and done == wanted:
            print(f"attempt {attempt}: {counted(done, 'completion')}", file=sys.stderr)
