"""Asks a model to fix the bugs, runs its answers in the sandbox and reports how well it did, with intervals.

Completions are written as they arrive. If the command stops, the same command resumes it.

  debugarena score --model oracle
  debugarena score --model smollm2 --prompt complete-v1 --out runs/smollm2
  debugarena score --model openai:http://127.0.0.1:8000/v1#my-model --attempts 5
  debugarena score --model openai:https://api.example.org/v1#their-model --api-key-env THEIR_KEY --max-new-tokens 8192
  debugarena score --completions answers.jsonl

Models: oracle, noop, smollm2 (after fetch-model), hf:<id or folder>, gguf:<file>, openai:<base url>#<model>.
"""

from __future__ import annotations

import argparse
import json
import re
from pathlib import Path
from typing import Any

from debugarena.benchmark.dataset.loading import load_bugs
from debugarena.benchmark.dataset.selection import listed_bugs, select_bugs
from debugarena.benchmark.errors import UsageError
from debugarena.benchmark.grading.prompts import MAX_NEW_TOKENS, PROMPT_FORMATS
from debugarena.benchmark.models.base import Sampling
from debugarena.benchmark.models.openai_model import Endpoint
from debugarena.benchmark.options import add_sandbox_arguments
from debugarena.benchmark.sandbox import Sandbox
from debugarena.benchmark.scoring.report import Protocol
from debugarena.benchmark.scoring.score_model import score_file, score_model
from debugarena.benchmark.scoring.tables import exit_code, print_report


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The flags of `debugarena score`."""
    source = parser.add_mutually_exclusive_group(required=True)
    source.add_argument("--model", help="the model to score; see the forms above")
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
    server = parser.add_argument_group("server", "only for openai: models")
    server.add_argument("--api-key-env", metavar="NAME", help="variable with the key (default: OPENAI_API_KEY)")
    server.add_argument("--concurrency", type=int, metavar="N", help="requests at a time (default: 8)")
    server.add_argument("--timeout", type=float, metavar="S", help="seconds for each try of a request (default: 300)")
    server.add_argument("--reasoning-effort", metavar="WORD", help="sent with each request, such as low")
    server.add_argument("--extra-body", metavar="JSON", help="an object to add to each request: '{\"top_k\": 20}'")
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
    bugs = select_bugs(listed_bugs(every, args.bugs) if args.bugs else every, args.limit, args.per_program)
    left_out = {bug.bug_id for bug in every} - {bug.bug_id for bug in bugs}
    sampling = Sampling(args.temperature, args.max_new_tokens, args.top_p, args.seed, args.batch_size)
    protocol = Protocol(args.prompt, args.attempts, args.samples, args.anonymise, not args.no_static_check)
    folder = args.out or Path("runs") / _slug(args)
    with Sandbox(args.workers, allow_weak=args.allow_weak) as sandbox:
        if args.completions:
            report = score_file(args.completions, bugs, protocol, folder, args.k, left_out, sandbox)
        else:
            report = score_model(
                args.model,
                bugs,
                args.attempts,
                args.samples,
                prompt=args.prompt,
                sampling=sampling,
                k=args.k,
                anonymise=args.anonymise,
                static_check=not args.no_static_check,
                endpoint=endpoint,
                sandbox=sandbox,
                out=folder,
            )
    if args.json:
        print(json.dumps(report.to_json(), indent=1))
    else:
        print_report(report, folder, args.categories)
    return exit_code(report)


def _check(args: argparse.Namespace) -> None:
    for name in ("max_new_tokens", "batch_size", "workers", "limit", "per_program", "concurrency"):
        value = getattr(args, name)
        if value is not None and value < 1:
            raise UsageError(f"--{name.replace('_', '-')} is {value}; it must be at least 1")
    if args.timeout is not None and not args.timeout > 0:
        raise UsageError(f"--timeout is {args.timeout:g}; it is a number of seconds above 0")
    if args.temperature < 0 or not 0 < args.top_p <= 1:
        raise UsageError("--temperature must not be negative, and --top-p must be above 0 and at most 1")


def _endpoint(args: argparse.Namespace) -> Endpoint | None:
    """What the flags say about a server, None if nothing. UsageError if they do not fit the model."""
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
        raise UsageError(f"--extra-body {text} is not a JSON object; write it as '{{\"top_k\": 20}}'")
    return found


def _slug(args: argparse.Namespace) -> str:
    name = _without_address(args.model) if args.model else f"file-{args.completions.stem}"
    return re.sub(r"[^A-Za-z0-9.]+", "-", f"{name}-{args.prompt}").strip("-").lower()


def _without_address(spec: str) -> str:
    return f"openai:{spec.partition('#')[2]}" if spec.startswith("openai:") else spec
