"""A model, or a file of its completions, and bugs -> a report; a folder keeps the files on the way."""

from __future__ import annotations

import hashlib
import json
import sys
import tempfile
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from debugarena.benchmark.dataset.anonymise import anonymise as neutral
from debugarena.benchmark.dataset.loading import load_bugs
from debugarena.benchmark.dataset.schema import Bug, dataset_hash
from debugarena.benchmark.errors import UsageError
from debugarena.benchmark.files import sole_writer
from debugarena.benchmark.grading.prompts import MAX_ATTEMPTS, PROMPT_FORMATS, PromptFormat
from debugarena.benchmark.languages import check_runnable
from debugarena.benchmark.models.base import Model, Sampling
from debugarena.benchmark.models.fixed import FIXED_ANSWERS
from debugarena.benchmark.models.open import open_model
from debugarena.benchmark.models.openai_model import Endpoint, OpenAIModel
from debugarena.benchmark.sandbox import Sandbox
from debugarena.benchmark.scoring.progress import ProgressBar
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
from debugarena.benchmark.scoring.tables import write_report
from debugarena.benchmark.scoring.typed_report import ModelFacts, Report
from debugarena.benchmark.wording import counted

COMPLETIONS_FILE = "completions.jsonl"


def score_model(
    model: str | Model,
    bugs: Sequence[Bug] | None = None,
    attempts: int = 1,
    samples: int = 1,
    *,
    prompt: PromptFormat = "chat-v1",
    sampling: Sampling | None = None,
    k: int | Sequence[int] | None = None,
    anonymise: bool = False,
    static_check: bool = True,
    endpoint: Endpoint | None = None,
    sandbox: Sandbox | None = None,
    out: Path | str | None = None,
) -> Report:
    """Lets a model repair the bugs and reports how well it did, as `debugarena score --model` does.

        report = score_model("hf:Qwen/Qwen2.5-Coder-0.5B-Instruct", out="runs/qwen")
        print(report.solve_rate.value, report.solve_rate.ci95)

    model: a spec (see open_model) or a Model. bugs: default: the packaged ones. attempts: 1 to 5, with feedback.
    samples: independent answers a bug, at least 1. prompt: "chat-v1" or "complete-v1". sampling: default: greedy, 512
    new tokens. k: of pass@k, at most `samples` each; default: those of 1, 5 and 10 that fit. anonymise: neutral names.
    static_check False also runs forbidden code, for research. endpoint: how a server is asked. sandbox: default: one
    for this call. out: a folder for completions, report and picture; the same call resumes where it stopped. Without
    one, nothing is kept.

    Shares in the report are in [0, 1], rewards in [-1.3, 3.2], each with its 95% interval. A bug with an answer that
    the sandbox could not run is left out and counted under `not_graded`. UsageError for arguments that do not fit,
    ModelError if some completions are missing, SandboxError if no bug can be graded.
    """
    bugs = list(bugs) if bugs is not None else load_bugs()
    check_runnable(bugs)
    protocol = Protocol(prompt, attempts, samples, anonymise, static_check)
    sampling = sampling or Sampling()
    k = checked_k(k)
    name = model if isinstance(model, str) else model.name
    _check(protocol, sampling, k, greedy_is_fine=name in FIXED_ANSWERS)
    if anonymise:
        bugs = [neutral(bug) for bug in bugs]
    if isinstance(model, str):
        model = open_model(model, endpoint)
    elif endpoint:
        raise UsageError("an endpoint goes with a model that is named by its spec; set it where the model is made")
    with nullcontext(sandbox) if sandbox else Sandbox() as runner, _folder(out) as folder:
        report = _play(model, bugs, protocol, sampling, k, folder, runner)
        if out is not None:
            write_report(report, folder)
    return report


def score_file(
    file: Path,
    bugs: Sequence[Bug],
    protocol: Protocol,
    out: Path,
    k: int | Sequence[int] | None = None,
    left_out: Collection[str] = (),
    sandbox: Sandbox | None = None,
) -> Report:
    """Runs the completions of a JSONL file, as `debugarena score --completions` does; see score_model for the rest.

    protocol: its attempts and samples are those of the file. left_out: ids whose completions are skipped.
    """
    completions = [c for c in read_completions(file) if c.bug_id not in left_out]
    if completions:
        most = max(c.attempt for c in completions), 1 + max(c.sample for c in completions)
        protocol = replace(protocol, attempts=most[0], samples=most[1])
    bugs = [neutral(bug) for bug in bugs] if protocol.anonymise else list(bugs)
    with nullcontext(sandbox) if sandbox else Sandbox() as runner, sole_writer(out):
        report = score(completions, bugs, protocol, k, runner)
        about = {"name": f"file:{file.name}", "sha256": _digest(completions)}
        _claim(out, about, bugs, protocol)
        with CompletionLog(out / COMPLETIONS_FILE) as log:
            for completion in completions:
                if (completion.bug_id, completion.sample, completion.attempt) not in log.completions:
                    log.append(completion)
        report = replace(report, model=ModelFacts(about))
        write_report(report, out)
    return report


def _check(protocol: Protocol, sampling: Sampling, k: Sequence[int] | None, greedy_is_fine: bool) -> None:
    if protocol.prompt not in PROMPT_FORMATS:
        raise UsageError(f"unknown prompt format {protocol.prompt!r}; there are {' and '.join(PROMPT_FORMATS)}")
    if not 1 <= protocol.attempts <= MAX_ATTEMPTS:
        raise UsageError(f"attempts is {protocol.attempts}; it must be 1 to {MAX_ATTEMPTS}")
    if protocol.samples < 1:
        raise UsageError(f"samples is {protocol.samples}; it must be at least 1")
    if (most := max(k or [0])) > protocol.samples:
        raise UsageError(f"asked for pass@{most} but samples is {protocol.samples}; raise it or lower k")
    if protocol.samples > 1 and sampling.temperature == 0 and not greedy_is_fine:
        raise UsageError(f"{protocol.samples} greedy samples are all the same; set a temperature, for instance 0.8")


def _play(
    model: Model,
    bugs: list[Bug],
    protocol: Protocol,
    sampling: Sampling,
    k: Sequence[int] | None,
    folder: Path,
    sandbox: Sandbox,
) -> Report:
    # how many prompts are generated together changes the speed, not the run's identity
    stated_sampling = {name: value for name, value in asdict(sampling).items() if name != "batch_size"}
    info = model.info()
    about = {"name": _public_name(model.name, info), **info}
    _claim(folder, about, bugs, protocol, stated_sampling)
    if isinstance(model, OpenAIModel):
        model.keep_changes(folder / "request-changes.json")
    noop, not_graded = grade_noop(sandbox, bugs)
    promptable = [bug for bug in bugs if bug.bug_id in noop]
    with CompletionLog(folder / COMPLETIONS_FILE) as log, ProgressBar() as bar:
        if log.completions:
            print(f"resuming from {counted(len(log.completions), 'completion')} in {log.path}", file=sys.stderr)
        episodes, more = roll_out(model, promptable, noop, protocol, sampling, log, sandbox, bar.update)
    report = make_report(bugs, episodes, noop, protocol, sandbox.layers, k, [*not_graded, *more])
    report = with_answers(report, log.completions.values())
    if isinstance(model, OpenAIModel) and (changes := model.changes_in_words()):
        about = about | {"request_changes": changes}
    return replace(report, model=ModelFacts(about), sampling=stated_sampling)


@contextmanager
def _folder(out: Path | str | None) -> Iterator[Path]:
    """The folder of a run, or a temporary one that is removed with the block."""
    if out is None:
        with tempfile.TemporaryDirectory(prefix="debugarena-") as name:
            yield Path(name)
        return
    with sole_writer(Path(out)):
        yield Path(out)


def _claim(
    folder: Path,
    model: Mapping[str, Any],
    bugs: Sequence[Bug],
    protocol: Protocol,
    sampling: Mapping[str, Any] | None = None,
) -> None:
    settings = {
        "model": model,
        "dataset_hash": dataset_hash(list(bugs)),
        "protocol": asdict(protocol),
        "sampling": sampling,
    }
    claim_folder(folder, settings)


def _digest(completions: Sequence[Completion]) -> str:
    lines = sorted(json.dumps(c.record(), sort_keys=True) for c in completions)
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def _public_name(spec: str, info: Mapping[str, Any]) -> str:
    """The model as a report names it: without folders of this machine and addresses of servers."""
    door = spec.partition(":")[0]
    return f"{door}:{info['id']}" if door in ("hf", "gguf", "openai") else spec
