"""Packs a score into a submission: its completions, unchanged, and a meta.yaml for you to check.

  debugarena leaderboard new runs/my-model --name my-model-handcrafted --contact https://example.org/me \\
    --parameters 134515008 --open --not-trained-on-train
  debugarena leaderboard new runs/my-model --name my-model --contact https://example.org/me --closed \\
    --not-trained-on-train --transfer quixbugs=runs/my-model-quixbugs

The model's name, protocol, sampling and bugs come from the score. You give the rest as flags. The score itself is not
part of a submission.
"""

from __future__ import annotations

import argparse
import datetime
import shutil
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any, get_args

from debugarena.benchmark.errors import UsageError
from debugarena.benchmark.files import read_json
from debugarena.benchmark.scoring.compare import read_report
from debugarena.benchmark.scoring.rollouts import read_completions
from debugarena.benchmark.typed_yaml import write_yaml
from debugarena.benchmark.wording import counted
from debugarena.leaderboard.bug_sets import SETS_FOLDER, BugSet, newest_first, read_sets
from debugarena.leaderboard.meta import CostMeta, Reference
from debugarena.leaderboard.submission import (
    COMPLETIONS_FILE,
    META_FILE,
    TRANSFER_FOLDER,
    read_submission_folder,
    write_lines,
)

SUBMISSIONS_FOLDER = Path("leaderboard/submissions")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The flags of `debugarena leaderboard new`."""
    parser.add_argument("score", type=Path, metavar="DIR", help="a folder of debugarena score")
    parser.add_argument(
        "--name", required=True, help="the submission's name: lower-case letters, digits, dots, hyphens"
    )
    parser.add_argument("--out", type=Path, default=SUBMISSIONS_FOLDER, metavar="DIR", help="default: %(default)s")
    parser.add_argument("--sets", type=Path, default=SETS_FOLDER, metavar="DIR", help="the frozen sets of bugs")
    parser.add_argument(
        "--transfer", nargs="+", default=[], metavar="NAME=DIR", help="scores of imported bugs to include"
    )
    about = parser.add_argument_group("what the score cannot know")
    about.add_argument("--contact", metavar="URL", help="where people can reach you, https://...")
    about.add_argument("--model-name", help="the name that the board shows (default: the score's)")
    about.add_argument("--revision", help="commit or tag of the weights, or the dated name of a closed model")
    about.add_argument("--weights-sha256", metavar="HEX", help="hash of the weights' file (default: the score's)")
    about.add_argument("--parameters", type=int, metavar="N", help="number of parameters")
    about.add_argument("--url", help="the model's page, https://...")
    about.add_argument("--date", type=datetime.date.fromisoformat, default=datetime.date.today(), help="default: today")
    weights = about.add_mutually_exclusive_group(required=True)
    weights.add_argument("--open", action="store_true", dest="open", help="anyone can download the weights")
    weights.add_argument("--closed", action="store_false", dest="open", help="the weights are not public")
    trained = about.add_mutually_exclusive_group(required=True)
    trained.add_argument(
        "--trained-on-train",
        action="store_true",
        dest="trained",
        help="the model was trained on DebugArena's train split",
    )
    trained.add_argument("--not-trained-on-train", action="store_false", dest="trained", help="it was not")
    about.add_argument("--prompt-tokens", type=int, metavar="N", help="tokens of all requests, without transfer")
    about.add_argument("--completion-tokens", type=int, metavar="N", help="tokens of all completions, without transfer")
    about.add_argument("--seconds", type=float, metavar="S", help="time that the answers took")
    about.add_argument("--hardware", metavar="TEXT", help="what the model ran on")
    about.add_argument("--usd", type=float, metavar="X", help="what the answers cost")
    about.add_argument("--temperature", type=float, help="for a score of a file, which does not record it")
    about.add_argument("--max-new-tokens", type=int, metavar="N", help="for a score of a file, too")
    about.add_argument("--reference", choices=get_args(Reference), help=argparse.SUPPRESS)


def run(args: argparse.Namespace) -> int:
    """`debugarena leaderboard new`."""
    folder = args.out / args.name
    if folder.exists():
        raise UsageError(f"{folder} is there already; choose another --name, or remove it")
    bug_set = _set_of(args.score, read_sets(args.sets))
    transfer = {name: Path(path) for name, _, path in (text.partition("=") for text in args.transfer)}
    meta = _meta(args, bug_set, transfer)
    folder.mkdir(parents=True)
    try:
        _write(folder, meta, args.score, transfer)
        submission = read_submission_folder(folder)
    except BaseException:
        shutil.rmtree(folder)
        raise
    print(f"{folder}: {counted(len(submission.lines), 'completion')} for {bug_set.key}")
    print(f"Check {folder / META_FILE}, then: debugarena leaderboard verify {folder}")
    return 0


def _set_of(score: Path, sets: Mapping[str, BugSet]) -> BugSet:
    found = read_report(score).dataset.hash
    for bug_set in sets.values():
        if bug_set.hash == found:
            return bug_set
    there = ", ".join(newest_first([*sets])) or "none"
    raise UsageError(f"{score} is not a score of all bugs of a set, under their own names; the sets are {there}")


def _meta(args: argparse.Namespace, bug_set: BugSet, transfer: Mapping[str, Path]) -> dict[str, Any]:
    settings, report = _settings(args.score), read_report(args.score)
    protocol = report.protocol
    if not settings["protocol"]["static_check"]:
        raise UsageError(f"{args.score}: scored with --no-static-check, which is not ranked; score again without it")
    for name, path in transfer.items():
        other = _settings(path)
        if any(other[key] != settings[key] for key in ("model", "protocol", "sampling")):
            raise UsageError(f"--transfer {name}: {path} is of another model, protocol or sampling than {args.score}")
    sampling = settings["sampling"] or {"temperature": args.temperature, "max_new_tokens": args.max_new_tokens}
    if None in sampling.values():
        raise UsageError(f"{args.score} does not say how it was sampled; add --temperature and --max-new-tokens")
    return {
        "model": {
            "name": args.model_name or _name_of(settings["model"]),
            "revision": args.revision,
            "weights_sha256": args.weights_sha256 or settings["model"].get("weights_sha256"),
            "parameters": args.parameters,
            "open": args.open,
            "url": args.url,
        },
        "protocol": {
            "prompt": protocol.prompt,
            "prompt_hash": report.prompt_hash,
            "attempts": protocol.attempts,
            "samples": protocol.samples,
        },
        "sampling": sampling,
        "dataset": {"set": bug_set.name, "version": bug_set.version, "hash": bug_set.hash},
        "debugarena": version("debugarena"),
        "cost": {key: getattr(args, key) for key in CostMeta.model_fields},
        "contact": args.contact,
        "date": args.date,
        "trained_on_debugarena_train": args.trained,
        **({"reference": args.reference} if args.reference else {}),
        "transfer": [{"set": n, "hash": read_report(p).dataset.hash} for n, p in transfer.items()],
    }


def _name_of(model: Mapping[str, Any]) -> str:
    """The score's name for the model. For one behind a server, without the address that older scores included."""
    return str(model["id"] if model.get("kind") == "openai" else model["name"])


def _settings(score: Path) -> dict[str, Any]:
    return read_json(
        score / "run.json",
        lambda found: [found["model"]["name"], found["protocol"]["static_check"], found["sampling"]],
        "name a folder of debugarena score",
        "not written by debugarena score; name a folder that it wrote",
    )


def _write(folder: Path, meta: Mapping[str, Any], score: Path, transfer: Mapping[str, Path]) -> None:
    write_yaml(folder / META_FILE, meta)
    write_lines(folder / COMPLETIONS_FILE, [*read_completions(score / "completions.jsonl")])
    for name, path in transfer.items():
        (folder / TRANSFER_FOLDER).mkdir(exist_ok=True)
        write_lines(folder / TRANSFER_FOLDER / f"{name}.jsonl.gz", [*read_completions(path / "completions.jsonl")])
