"""How far a model is with its answers, on standard error."""

from __future__ import annotations

import sys
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, ProgressColumn, Task, TextColumn, TimeRemainingColumn
from rich.text import Text

from debugarena.benchmark.wording import counted


class _Rate(ProgressColumn):
    def render(self, task: Task) -> Text:
        return Text(f"{task.speed:.1f}/s" if task.speed else "-/s")


class ProgressBar:
    """One bar per attempt, on standard error; without a terminal, one line per attempt."""

    def __enter__(self) -> ProgressBar:
        console = Console(stderr=True)
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), _Rate(), TimeRemainingColumn())
        self._progress = Progress(*columns, console=console, disable=not console.is_terminal)
        self._tasks: dict[int, Any] = {}
        self._progress.start()
        return self

    def __exit__(self, *exc_info: object) -> None:
        self._progress.stop()

    def update(self, attempt: int, done: int, wanted: int) -> None:
        if attempt not in self._tasks:
            self._tasks[attempt] = self._progress.add_task(f"attempt {attempt}", total=wanted)
        self._progress.update(self._tasks[attempt], completed=done)
        if self._progress.disable and done == wanted:
            print(f"attempt {attempt}: {counted(done, 'completion')}", file=sys.stderr)
