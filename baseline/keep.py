"""What is kept of a run next to its report, in two files.

`report.json` has the run's settings and logs, under the names of their files, and the report of each set that was
scored, without the lines of its bugs. `completions.parquet` has one row per completion, in their original
order, with the line of its bug. Nothing is lost: `unpack` writes the run's files again, to compare or to score them.
"""

from __future__ import annotations

import io
import json
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from debugarena.benchmark.errors import UsageError
from debugarena.benchmark.files import read_json, write_whole
from debugarena.benchmark.scoring.compare import read_report
from debugarena.benchmark.scoring.report import Completion
from debugarena.benchmark.scoring.rollouts import read_completions
from debugarena.benchmark.scoring.typed_report import Report

AFTER = "after"  # the folder of a run that holds its scores
REPORT_FILE, COMPLETIONS_FILE = "report.json", "completions.parquet"
FILES = ("run.json", "versions.json", "trained-on.json")
LOGS = ("log.jsonl", "warm-start/log.jsonl")
_COMPLETION = ("bug_id", "sample", "attempt", "completion", "why")
_BUG = ("program", "difficulty", "level", "category", "solved", "reward", "noop_reward")
Facts = dict[str, Any]


@dataclass(frozen=True)
class Results:
    """A run's files, its logs as one dict per line, and its reports by set. The untrained model has only reports."""

    files: dict[str, Facts]
    logs: dict[str, list[Facts]]
    scores: dict[str, Report]


def is_kept(folder: Path) -> bool:
    """Whether a folder holds the two files, and not the original files of a run or of scores."""
    return (folder / COMPLETIONS_FILE).exists()


def keep(run: Path, scores: Path, target: Path, sets: Collection[str] | None = None) -> None:
    """Keeps a run, or the scores of a model, in `target`: all sets in the folder `scores`, or only `sets`.

    A run that is already kept is copied. Sets that only `target` has stay there. UsageError if `target` holds another
    run or the score of another model, or if a score's completions are not those of its report.
    """
    if run.resolve() == target.resolve():
        return
    found = read_results(run, scores)
    place = run if is_kept(run) else scores
    chosen = {name: report for name, report in found.scores.items() if sets is None or name in sets}
    rows = [row for name, report in chosen.items() for row in _rows(place, name, report.to_json())]
    if is_kept(target):
        held = _read_kept(target)
        if held.files.get("run.json") != found.files.get("run.json") or any(
            _identity(chosen[name]) != _identity(held.scores[name]) for name in chosen.keys() & held.scores.keys()
        ):
            raise UsageError(f"{target} already keeps a run or score other than {run}; choose another --out")
        others = {name: report for name, report in held.scores.items() if name not in chosen}
        rows += [row for name, report in others.items() for row in _rows(target, name, report.to_json())]
        chosen |= others
    facts = {
        "files": found.files,
        "logs": {name: _columns(lines) for name, lines in found.logs.items()},
        "scores": {name: report.to_json() | {"bugs": COMPLETIONS_FILE} for name, report in chosen.items()},
    }
    target.mkdir(parents=True, exist_ok=True)
    write_whole(target / COMPLETIONS_FILE, _parquet(rows))
    write_whole(target / REPORT_FILE, _dump(facts, 3) + "\n")


def read_results(run: Path, scores: Path) -> Results:
    """What a folder keeps, or what `debugarena train` left in it and `debugarena evaluate` in the folder `scores`.

    Sets that are not fully scored yet are left out. UsageError names a file that is damaged.
    """
    if is_kept(run):
        return _read_kept(run)
    remedy, wrong = "make it readable", "damaged; remove it"
    return Results(
        files={name: read_json(run / name, dict, remedy, wrong) for name in FILES if (run / name).exists()},
        logs={name: _read_log(run / name) for name in LOGS if (run / name).exists()},
        scores={path.parent.name: read_report(path) for path in sorted(scores.glob("*/report.json"))},
    )


def kept_completions(folder: Path, name: str) -> Iterator[Completion]:
    """The completions of a set, such as "test", that a folder keeps. UsageError if it keeps none of that set."""
    rows = _read(folder, ["set", *_COMPLETION])
    if name not in (sets := dict.fromkeys(row["set"] for row in rows)):
        raise UsageError(f"{folder} keeps no completions of the set {name!r}; it has {', '.join(sets) or 'none'}")
    return (Completion(**{key: row[key] for key in _COMPLETION}) for row in rows if row["set"] == name)


def unpack(folder: Path, out: Path) -> None:
    """Writes the files of a kept run as train and score left them: settings and logs, and in after/ each set's
    report.json and completions.jsonl. The sets of the untrained model go directly into `out`.

    UsageError if nothing is kept in the folder, or if `out` exists already.
    """
    if not is_kept(folder):
        raise UsageError(f"{folder} keeps no run; name a folder with {COMPLETIONS_FILE}, as debugarena report makes it")
    if out.exists():
        raise UsageError(f"{out} is there already; name another --unpack")
    kept = _read_kept(folder)
    texts = {out / name: json.dumps(facts, indent=1) + "\n" for name, facts in kept.files.items()}
    texts |= {out / name: _jsonl(lines) for name, lines in kept.logs.items()}
    for name, report in kept.scores.items():
        place = (out / AFTER if kept.files else out) / name
        texts[place / "report.json"] = json.dumps(report.to_json(), indent=1) + "\n"
        texts[place / "completions.jsonl"] = _jsonl(one.record() for one in kept_completions(folder, name))
    for path, text in texts.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(path, text)


def _read_kept(folder: Path) -> Results:
    file = folder / REPORT_FILE
    found = read_json(
        file,
        lambda found: [found["files"], found["logs"], found["scores"]],
        "name a folder that debugarena report keeps",
        "not written by debugarena report; name a folder that it keeps",
    )
    rows = _read(folder, ["set", "bug_id", "sample", "solved_at", *_BUG])
    lines = {name: _bug_lines(row for row in rows if row["set"] == name) for name in found["scores"]}
    for name, report in found["scores"].items():
        if len(lines[name]) != report["n"]:
            raise UsageError(
                f"{folder}: {COMPLETIONS_FILE} belongs to other scores than {REPORT_FILE}; keep the run again"
            )
    try:
        scores = {name: Report.from_json(report | {"bugs": lines[name]}) for name, report in found["scores"].items()}
    except (KeyError, TypeError, ValueError):
        raise UsageError(f"{file}: damaged; keep the run again") from None
    logs = {name: _lines(columns) for name, columns in found["logs"].items()}
    return Results(found["files"], logs, scores)


def _read_log(path: Path) -> list[Facts]:
    try:
        return [dict(json.loads(line)) for line in path.read_text(encoding="utf-8").splitlines()]
    except (ValueError, TypeError):
        raise UsageError(f"{path}: damaged; remove its last line, or the file") from None


def _identity(report: Report) -> tuple[object, ...]:
    """What tells one score from another: model, bugs and protocol."""
    return report.model, report.dataset, report.protocol, report.prompt_hash


def _rows(folder: Path, name: str, report: Facts) -> list[Facts]:
    """The rows of a set in completions.parquet. UsageError unless they hold all that the report says about each bug."""
    kept = is_kept(folder)
    completions = [*(kept_completions(folder, name) if kept else read_completions(folder / name / "completions.jsonl"))]
    samples: dict[str, set[int]] = {}
    for one in completions:
        samples.setdefault(one.bug_id, set()).add(one.sample)
    solved_at = {
        (bug["bug_id"], sample): at
        for bug in report["bugs"]
        for sample, at in zip(sorted(samples.get(bug["bug_id"], ())), bug["solved_at"], strict=False)
    }
    bugs = {bug["bug_id"]: {key: bug.get(key) for key in _BUG} for bug in report["bugs"]}
    rows = [
        {"set": name, **{key: getattr(one, key) for key in _COMPLETION}}
        | {"solved_at": solved_at.get((one.bug_id, one.sample))}
        | bugs.get(one.bug_id, {})
        for one in completions
    ]
    if _bug_lines(rows) != report["bugs"]:
        raise UsageError(f"{folder / name}: the completions are not those of the report; score them again")
    return rows


def _bug_lines(rows: Iterable[Mapping[str, Any]]) -> list[Facts]:
    """The lines of a report's bugs, in its order, from the rows of one set."""
    first: dict[str, Mapping[str, Any]] = {}
    solved_at: dict[str, dict[int, int | None]] = {}
    for row in rows:
        first.setdefault(row["bug_id"], row)
        solved_at.setdefault(row["bug_id"], {})[row["sample"]] = row["solved_at"]
    return [
        {"bug_id": bug_id}
        | {key: row[key] for key in ("program", "difficulty", "level", "category")}
        | {"samples": len(solved_at[bug_id]), "solved": row["solved"]}
        | {"solved_at": [at for _, at in sorted(solved_at[bug_id].items())]}
        | {key: row[key] for key in ("reward", "noop_reward")}
        for bug_id, row in sorted(first.items())
    ]


def _parquet(rows: Sequence[Facts]) -> bytes:
    import pyarrow
    import pyarrow.parquet

    text, whole, number = pyarrow.string(), pyarrow.int64(), pyarrow.float64()
    types = {"set": text, "bug_id": text, "sample": whole, "attempt": whole, "completion": text, "why": text}
    types |= {"solved_at": whole, "program": text, "difficulty": text, "level": whole, "category": text}
    schema = pyarrow.schema([*types.items(), *((name, number) for name in ("solved", "reward", "noop_reward"))])
    content = io.BytesIO()
    table = pyarrow.Table.from_pylist(rows, schema)
    pyarrow.parquet.write_table(table, content, compression="zstd", compression_level=19)
    return content.getvalue()


def _read(folder: Path, columns: list[str]) -> list[Facts]:
    """Rows of completions.parquet, with these columns."""
    import pyarrow.parquet

    file = folder / COMPLETIONS_FILE
    try:
        found: list[Facts] = pyarrow.parquet.read_table(file, columns=columns, partitioning=None).to_pylist()
    except (OSError, ValueError) as error:
        raise UsageError(f"{file}: cannot be read: {getattr(error, 'strerror', None) or 'damaged'}") from None
    return found


def _columns(lines: Sequence[Facts]) -> dict[str, list[Any]]:
    """A log as columns, so that each key appears only once; null where a line lacks a key."""
    return {key: [line.get(key) for line in lines] for key in dict.fromkeys(key for line in lines for key in line)}


def _lines(columns: Mapping[str, Sequence[Any]]) -> list[Facts]:
    lines = (dict(zip(columns, values, strict=True)) for values in zip(*columns.values(), strict=True))
    return [{key: value for key, value in line.items() if value is not None} for line in lines]


def _jsonl(lines: Iterable[Facts]) -> str:
    return "".join(json.dumps(line) + "\n" for line in lines)


def _dump(value: Any, depth: int) -> str:
    """JSON with a line for each value of the dicts down to this depth."""
    if not depth or not isinstance(value, dict) or not value:
        return json.dumps(value)
    return "{\n" + ",\n".join(f"{json.dumps(key)}: {_dump(part, depth - 1)}" for key, part in value.items()) + "\n}"
