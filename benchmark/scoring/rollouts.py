"""Model + bugs + protocol -> completions on disk and their grades. A run that was killed resumes where it stopped."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from debugarena.benchmark.dataset.schema import Bug
from debugarena.benchmark.errors import UsageError
from debugarena.benchmark.files import naming, write_whole
from debugarena.benchmark.grading.grade import GRADING, Grade, NotGraded, grade_completions
from debugarena.benchmark.grading.prompts import make_prompt, opens_fence
from debugarena.benchmark.models.base import Model, Request, Sampling
from debugarena.benchmark.sandbox import Sandbox
from debugarena.benchmark.scoring.report import Completion, Protocol, read_completion

Progress = Callable[[int, int, int], None]  # attempt, completions done, completions wanted


class CompletionLog:
    """An append-only JSONL file of completions; a last line that a kill cut off is dropped on opening."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.completions: dict[tuple[str, int, int], Completion] = {}
        if path.exists():
            _drop_torn_line(path)
            for completion in read_completions(path):
                self.completions[completion.bug_id, completion.sample, completion.attempt] = completion
        self._file = path.open("a", encoding="utf-8")

    def __enter__(self) -> CompletionLog:
        return self

    def __exit__(self, *exc_info: object) -> None:
        with naming(self.path):
            self._file.close()

    def append(self, completion: Completion) -> None:
        """Writes one line through to the file, and only then counts it."""
        with naming(self.path):
            self._file.write(json.dumps(completion.record()) + "\n")
            self._file.flush()
        self.completions[completion.bug_id, completion.sample, completion.attempt] = completion


def _drop_torn_line(path: Path) -> None:
    data = path.read_bytes()
    whole = data.rfind(b"\n") + 1
    if whole < len(data):
        os.truncate(path, whole)


def read_completions(path: Path) -> Iterator[Completion]:
    """The completions of a JSONL file. UsageError with file and line for anything else."""
    try:
        with path.open(encoding="utf-8-sig") as lines:
            for number, line in enumerate(lines, 1):
                if not line.strip():
                    continue
                try:
                    record = json.loads(line)
                except (ValueError, RecursionError):
                    raise UsageError(f"{path}:{number}: not a line of JSON") from None
                if not isinstance(record, dict):
                    raise UsageError(f"{path}:{number}: a completion is one JSON object")
                yield read_completion(record, f"{path}:{number}")
    except OSError as error:
        raise UsageError(f"{path}: cannot be read: {error.strerror or error}") from None
    except UnicodeDecodeError:
        raise UsageError(f"{path}: not UTF-8 text") from None


def roll_out(
    model: Model,
    bugs: Sequence[Bug],
    noop: Mapping[str, Grade],
    protocol: Protocol,
    sampling: Sampling,
    log: CompletionLog,
    sandbox: Sandbox,
    on_progress: Progress,
) -> tuple[dict[str, list[list[Grade]]], list[NotGraded]]:
    """bug_id -> for each sample, the grades of its attempts up to the first solve or the last attempt.

    Every completion is in the log before it is graded. Attempt n + 1 is asked for only if attempt n failed, with
    the results of its visible tests. An episode with a completion that cannot be graded ends there and is left out.
    """
    not_graded = []
    episodes: dict[tuple[str, int], list[tuple[str, Grade]]] = {
        (bug.bug_id, sample): [] for bug in bugs for sample in range(protocol.samples)
    }
    by_id = {bug.bug_id: bug for bug in bugs}
    for attempt in range(1, protocol.attempts + 1):
        keys = [key for key, steps in episodes.items() if not (steps and steps[-1][1].solved)]
        requests = []
        for bug_id, sample in keys:
            bug = by_id[bug_id]
            past = [(completion, grade.feedback) for completion, grade in episodes[bug_id, sample]]
            prompt = make_prompt(bug, noop[bug_id].verdict.failures, protocol.prompt, past, protocol.attempts)
            requests.append(Request(bug, prompt, sample, attempt))
        todo = [r for r in requests if (r.bug.bug_id, r.sample, attempt) not in log.completions]
        done = len(requests) - len(todo)
        on_progress(attempt, done, len(requests))
        for request, answer in model.complete(todo, sampling):
            log.append(Completion(request.bug.bug_id, request.sample, attempt, answer.text, answer.why))
            done += 1
            on_progress(attempt, done, len(requests))
        texts = [log.completions[bug_id, sample, attempt].completion for bug_id, sample in keys]
        items = [(by_id[bug_id], text) for (bug_id, _), text in zip(keys, texts, strict=True)]
        grades = grade_completions(sandbox, items, opens_fence(protocol.prompt), protocol.static_check)
        for key, text, grade in zip(keys, texts, grades, strict=True):
            if isinstance(grade, NotGraded):
                not_graded.append(grade)
                del episodes[key]
            else:
                episodes[key].append((text, grade))
    result: dict[str, list[list[Grade]]] = {bug.bug_id: [] for bug in bugs}
    for (bug_id, _), steps in episodes.items():
        result[bug_id].append([grade for _, grade in steps])
    return result, not_graded


def claim_folder(folder: Path, settings: Mapping[str, Any]) -> None:
    """Marks a folder as belonging to one run. UsageError if it already holds another one.

    `settings` is what must be equal for a run to resume; it is kept in `run.json`, with the version of grading.
    """
    path = folder / "run.json"
    text = json.dumps({**settings, "grading": GRADING}, indent=2, sort_keys=True) + "\n"
    if path.exists():
        try:
            held = {"grading": 1, **json.loads(path.read_text())}
        except (ValueError, TypeError):
            raise UsageError(f"{path}: damaged; remove the folder or choose another --out") from None
        if change := _first_change(held, json.loads(text)):
            raise UsageError(f"{folder} holds another run ({change}); choose another --out")
        return
    folder.mkdir(parents=True, exist_ok=True)
    if (folder / "completions.jsonl").exists():
        raise UsageError(f"{folder} holds completions of an unknown run; choose another --out")
    write_whole(path, text)


def _first_change(held: Mapping[str, Any], wanted: Mapping[str, Any], prefix: str = "") -> str:
    """The first setting that differs, as `model id is 'noop', now 'oracle'`; "" if none does."""
    for key in sorted({*held, *wanted}):
        old, new = held.get(key), wanted.get(key)
        if isinstance(old, dict) and isinstance(new, dict):
            if change := _first_change(old, new, f"{prefix}{key} "):
                return change
        elif old != new:
            return f"{prefix}{key} is {old!r}, now {new!r}"
    return ""
