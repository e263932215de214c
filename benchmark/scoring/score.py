"""Lets a model repair the bugs, runs what it answers in the sandbox and reports how well it did, with intervals.

Completions are written down as they come; the same command run again goes on where the last one stopped.

  debugarena score --model oracle
  debugarena score --model smollm2 --prompt complete-v1 --out runs/smollm2
  debugarena score --model openai:http://127.0.0.1:8000/v1#my-model --attempts 5
  debugarena score --model openai:https://api.example.org/v1#their-model --api-key-env THEIR_KEY --max-new-tokens 8192
  debugarena score --completions answers.jsonl

Models: oracle, noop, smollm2 (after fetch-model), hf:<id or folder>, gguf:<file>, openai:<base url>#<model>.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import re
import sys
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, ProgressColumn, Task, TextColumn, TimeRemainingColumn
from rich.text import Text

from debugarena.benchmark.dataset.loading import load_bugs
from debugarena.benchmark.dataset.schema import Bug, dataset_hash
from debugarena.benchmark.errors import UsageError
from debugarena.benchmark.files import sole_writer
from debugarena.benchmark.grading.prompts import MAX_ATTEMPTS, MAX_NEW_TOKENS, PROMPT_FORMATS
from debugarena.benchmark.languages.python.anonymise import anonymise
from debugarena.benchmark.models.base import Sampling
from debugarena.benchmark.models.open import open_model
from debugarena.benchmark.models.openai_model import Endpoint, OpenAIModel
from debugarena.benchmark.options import add_sandbox_arguments
from debugarena.benchmark.sandbox import Sandbox
from debugarena.benchmark.scoring.report import (
    Completion,
    Protocol,
    checked_k,
    grade_noop,
    make_report,
    score,
    with_answers,
)
from debugarena.benchmark.scoring.rollouts import CompletionLog, claim_folder, read_completions, roll_out
from debugarena.benchmark.scoring.tables import not_graded_in_words, print_report, write_report
from debugarena.benchmark.wording import counted

_TRIVIAL_MODELS = ("oracle", "noop")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The flags of `debugarena score`."""
    source = parser.add_mutually_exclusive_group(required=True)
    source.add_argument("--model", help="who answers; see the forms above")
    source.add_argument("--completions", type=Path, metavar="FILE", help="JSONL of bug_id, sample, attempt, completion")
    bugs = parser.add_argument_group("bugs")
    bugs.add_argument("--dataset", metavar="FOLDER_OR_HUB_ID", help="an exported dataset (default: our own bugs)")
    bugs.add_argument("--config", help="its config (default: the dataset's own default)")
    bugs.add_argument("--split", help="its split (default: test)")
    bugs.add_argument("--revision", help="tag or commit of a hub dataset")
    bugs.add_argument("--bugs", type=Path, metavar="FILE", help="score only the bugs whose ids it lists, one a line")
    bugs.add_argument("--limit", type=int, metavar="N", help="score only N bugs, a fixed mixed choice")
    bugs.add_argument("--per-program", type=int, metavar="N", help="at most N bugs of one source program")
    bugs.add_argument("--anonymise", action="store_true", help="neutral names, to tell repair from recall")
    protocol = parser.add_argument_group("protocol")
    protocol.add_argument("--prompt", choices=PROMPT_FORMATS, default=PROMPT_FORMATS[0], help="default: %(default)s")
    protocol.add_argument("--attempts", type=int, default=1, help="with feedback, 1 to 5 (default: 1)")
    protocol.add_argument("--samples", type=int, default=1, help="independent answers a bug, for pass@k (default: 1)")
    protocol.add_argument("--k", type=int, nargs="+", help="the k of pass@k (default: those of 1 5 10 that fit)")
    protocol.add_argument(
        "--no-static-check", action="store_true", help="also run forbidden code; for research, not comparable"
    )
    sampling = parser.add_argument_group("sampling")
    sampling.add_argument("--temperature", type=float, default=0.0, help="0 is greedy (default)")
    sampling.add_argument("--top-p", type=float, default=1.0, help="default: 1.0")
    sampling.add_argument("--max-new-tokens", type=int, default=MAX_NEW_TOKENS, help="default: %(default)s")
    sampling.add_argument("--seed", type=int, default=0, help="default: 0")
    sampling.add_argument("--batch-size", type=int, default=16, help="prompts generated together (default: 16)")
    server = parser.add_argument_group("server", "for openai: models alone")
    server.add_argument("--api-key-env", metavar="NAME", help="variable with the key (default: OPENAI_API_KEY)")
    server.add_argument("--concurrency", type=int, metavar="N", help="requests at a time (default: 8)")
    server.add_argument("--timeout", type=float, metavar="S", help="seconds for a try of a request (default: 300)")
    server.add_argument("--reasoning-effort", metavar="WORD", help="sent where given, such as low")
    server.add_argument("--extra-body", metavar="JSON", help="an object each request carries too: '{\"top_k\": 20}'")
    output = parser.add_argument_group("output")
    output.add_argument("--out", type=Path, metavar="DIR", help="default: runs/<model>-<prompt>")
    add_sandbox_arguments(output)
    output.add_argument("--categories", action="store_true", help="also print the breakdown by category")
    output.add_argument("--json", action="store_true", help="print the report as JSON instead of tables")


def run(args: argparse.Namespace) -> int:
    """`debugarena score`."""
    _check(args)
    endpoint = _endpoint(args)
    every = load_bugs(args.dataset, args.config, args.split, args.revision)
    bugs = select_bugs(_listed(every, args.bugs) if args.bugs else every, args.limit, args.per_program)
    left_out = {bug.bug_id for bug in every} - {bug.bug_id for bug in bugs}
    if args.anonymise:
        bugs = [anonymise(bug) for bug in bugs]
    protocol = Protocol(args.prompt, args.attempts, args.samples, args.anonymise, not args.no_static_check)
    folder = args.out or Path("runs") / _slug(args)
    with Sandbox(args.workers, allow_weak=args.allow_weak) as sandbox, sole_writer(folder):
        if args.completions:
            report = _score_file(args, bugs, left_out, protocol, folder, sandbox)
        else:
            report = _score_model(args, endpoint, bugs, protocol, folder, sandbox)
        write_report(report, folder)
    if args.json:
        print(json.dumps(report, indent=1))
    else:
        print_report(report, args.categories)
        print(f"\nreport.md, report.json, report.png and completions.jsonl are in {folder}/")
    if faults := not_graded_in_words(report):
        print(f"{faults}; the same command grades them and keeps the completions", file=sys.stderr)
        return 1
    return 0


def _check(args: argparse.Namespace) -> None:
    for name in ("samples", "max_new_tokens", "batch_size", "workers", "limit", "per_program", "concurrency"):
        value = getattr(args, name)
        if value is not None and value < 1:
            raise UsageError(f"--{name.replace('_', '-')} is {value}; it must be at least 1")
    most = max(checked_k(args.k) or [0])
    if args.model and most > args.samples:
        raise UsageError(f"asked for pass@{most} but --samples is {args.samples}; raise it or lower --k")
    if not 1 <= args.attempts <= MAX_ATTEMPTS:
        raise UsageError(f"--attempts is {args.attempts}; it must be 1 to {MAX_ATTEMPTS}")
    if args.timeout is not None and not args.timeout > 0:
        raise UsageError(f"--timeout is {args.timeout:g}; it is a number of seconds above 0")
    if args.temperature < 0 or not 0 < args.top_p <= 1:
        raise UsageError("--temperature must not be negative, and --top-p lies above 0 and at most at 1")
    if args.model and args.samples > 1 and args.temperature == 0 and args.model not in _TRIVIAL_MODELS:
        raise UsageError(f"{args.samples} greedy samples are all the same; set --temperature, for instance to 0.8")


def _endpoint(args: argparse.Namespace) -> Endpoint | None:
    """What the flags say of a server, None if nothing. UsageError where they do not fit the model."""
    flags = {
        "api_key_env": args.api_key_env,
        "n_parallel": args.concurrency,
        "timeout_s": args.timeout,
        "reasoning_effort": args.reasoning_effort,
        "extra_body": None if args.extra_body is None else _json_object(args.extra_body),
    }
    given = {name: value for name, value in flags.items() if value is not None}
    if given and not (args.model or "").startswith("openai:"):
        names = "--api-key-env, --concurrency, --timeout, --reasoning-effort and --extra-body"
        raise UsageError(f"{names} are for a model behind a server, openai:<base url>#<model>; leave them out")
    return Endpoint(**given) if given else None


def _json_object(text: str) -> dict[str, Any]:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise UsageError(f"--extra-body {text} is no JSON object; write it as '{{\"top_k\": 20}}'")
    return found


def _listed(bugs: Sequence[Bug], file: Path) -> list[Bug]:
    """The bugs whose ids a text file lists, one a line. UsageError with file and line for any other id."""
    try:
        lines = file.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"--bugs {file}: cannot be read: {getattr(error, 'strerror', None) or 'not UTF-8'}") from None
    by_id = {bug.bug_id: bug for bug in bugs}
    chosen = {}
    for number, line in enumerate(lines, 1):
        if bug_id := line.strip():
            if bug_id not in by_id:
                raise UsageError(f"{file}:{number}: no bug {bug_id!r} among the {counted(len(bugs), 'bug')} there are")
            chosen[bug_id] = by_id[bug_id]
    if not chosen:
        raise UsageError(f"--bugs {file}: lists no ids; write one a line")
    return [*chosen.values()]


def select_bugs(bugs: Sequence[Bug], limit: int | None, per_program: int | None = None) -> list[Bug]:
    """All bugs, or at most `per_program` of each program, or `limit` of these: always the same for the same ids, and
    mixed over difficulties. UsageError if there are fewer than `limit`."""
    shuffled = sorted(bugs, key=lambda bug: hashlib.sha256(bug.bug_id.encode()).hexdigest())
    taken: Counter[str] = Counter()
    chosen = []
    for bug in shuffled:
        program = bug.program or bug.bug_id
        if per_program is None or taken[program] < per_program:
            taken[program] += 1
            chosen.append(bug)
    if limit is not None and limit > len(chosen):
        raise UsageError(
            f"--limit is {limit}, but there {'is' if len(chosen) == 1 else 'are'} {counted(len(chosen), 'bug')}"
        )
    return sorted(chosen[:limit], key=lambda bug: bug.bug_id)


def _slug(args: argparse.Namespace) -> str:
    name = _without_address(args.model) if args.model else f"file-{args.completions.stem}"
    return re.sub(r"[^A-Za-z0-9.]+", "-", f"{name}-{args.prompt}").strip("-").lower()


def _score_file(
    args: argparse.Namespace,
    bugs: list[Bug],
    left_out: Collection[str],
    protocol: Protocol,
    folder: Path,
    sandbox: Sandbox,
) -> dict[str, Any]:
    completions = [c for c in read_completions(args.completions) if c.bug_id not in left_out]
    if completions:
        most = max(c.attempt for c in completions), 1 + max(c.sample for c in completions)
        protocol = replace(protocol, attempts=most[0], samples=most[1])
    report = score(completions, bugs, protocol, args.k, sandbox)
    about = {"name": f"file:{args.completions.name}", "sha256": _digest(completions)}
    _claim(folder, about, bugs, protocol)
    with CompletionLog(folder / "completions.jsonl") as log:
        for completion in completions:
            if (completion.bug_id, completion.sample, completion.attempt) not in log.completions:
                log.append(completion)
    report["model"] = about
    return report


def _digest(completions: Sequence[Completion]) -> str:
    lines = sorted(json.dumps(c.record(), sort_keys=True) for c in completions)
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def _score_model(
    args: argparse.Namespace,
    endpoint: Endpoint | None,
    bugs: list[Bug],
    protocol: Protocol,
    folder: Path,
    sandbox: Sandbox,
) -> dict[str, Any]:
    model = open_model(args.model, endpoint)
    sampling = Sampling(
        temperature=args.temperature,
        top_p=args.top_p,
        max_new_tokens=args.max_new_tokens,
        seed=args.seed,
        batch_size=args.batch_size,
    )
    # how many prompts are generated together is a matter of speed, not of the run's identity
    stated_sampling = {name: value for name, value in asdict(sampling).items() if name != "batch_size"}
    info = model.info()
    about = {"name": _public_name(args.model, info), **info}
    _claim(folder, about, bugs, protocol, stated_sampling)
    if isinstance(model, OpenAIModel):
        model.keep_changes(folder / "request-changes.json")
    noop, not_graded = grade_noop(sandbox, bugs)
    promptable = [bug for bug in bugs if bug.bug_id in noop]
    with CompletionLog(folder / "completions.jsonl") as log, _ProgressBar() as bar:
        if log.completions:
            print(f"going on from {counted(len(log.completions), 'completion')} in {log.path}", file=sys.stderr)
        episodes, more = roll_out(model, promptable, noop, protocol, sampling, log, sandbox, bar.update)
    report = make_report(bugs, episodes, noop, protocol, sandbox.layers, args.k, [*not_graded, *more])
    report = with_answers(report, log.completions.values())
    report["model"] = about
    if isinstance(model, OpenAIModel) and (changes := model.changes_in_words()):
        report["model"] = about | {"request_changes": changes}
    report["sampling"] = stated_sampling
    return report


def _claim(
    folder: Path, model: dict[str, Any], bugs: list[Bug], protocol: Protocol, sampling: dict[str, Any] | None = None
) -> None:
    settings = {"model": model, "dataset_hash": dataset_hash(bugs), "protocol": asdict(protocol), "sampling": sampling}
    claim_folder(folder, settings)


def _public_name(spec: str, info: dict[str, Any]) -> str:
    """The model as a report names it: without folders of this machine and addresses of servers."""
    door = spec.partition(":")[0]
    return f"{door}:{info['id']}" if door in ("hf", "gguf", "openai") else spec


def _without_address(spec: str) -> str:
    return f"openai:{spec.partition('#')[2]}" if spec.startswith("openai:") else spec


class _Rate(ProgressColumn):
    def render(self, task: Task) -> Text:
        return Text(f"{task.speed:.1f}/s" if task.speed else "-/s")


class _ProgressBar:
    """One bar an attempt, on standard error; without a terminal, one line an attempt."""

    def __enter__(self) -> _ProgressBar:
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
