"""Says what training did: before and after on the same held-out bugs, paired, with intervals; and how the runs went.

  debugarena evaluate smollm2 --out runs/before
  debugarena evaluate hf:runs/grpo-1/model --out runs/grpo-1/after
  debugarena report runs/grpo-1 runs/grpo-2 runs/supervised-1 --before runs/before --out runs/results

Runs that differ in their seed alone are pooled. The recipe of the first run is what the primary endpoint is about; the
others are its rivals. DIR gets report.md, report.html, report.json and pictures, and, in folders, what they are made
of: settings, logs, scores and completions; of those the same report can be made again.
"""

from __future__ import annotations

import argparse
import base64
import gzip
import json
import shutil
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from debugarena.baseline.evaluate import EVALUATIONS, PRIMARY
from debugarena.baseline.run_results import AFTER, UNTRAINED, Reports, Run, n_seeds, pooled, read_reports, read_run
from debugarena.benchmark.errors import UsageError
from debugarena.benchmark.files import write_whole
from debugarena.benchmark.grading.rewards import FORMAT_BAD, FORMAT_OK
from debugarena.benchmark.scoring.compare import compare
from debugarena.benchmark.scoring.stats import holm, mean_interval
from debugarena.benchmark.scoring.tables import format_interval, format_value
from debugarena.benchmark.wording import counted

ALPHA = 0.01
N_BUGS, SEEDS = 300, [1, 2, 3]
PARTIAL = f" The protocol asks for {N_BUGS} bugs and the seeds 1, 2 and 3: this is a part of that."
BEFORE = "before"
KEPT_OF_SCORE = ("report.json",)
KEPT_OF_RUN = ("run.json", "versions.json", "trained-on.json", "log.jsonl", "warm-start/log.jsonl", "**/report.json")
PICTURES = ("before-after.png", "rewards.png", "training.png")
_RATES = (
    ("solve_rate", "solved"),
    ("reward", "reward"),
    ("reward_above_noop", "above no-op"),
    ("echo_rate", "echo"),
    ("overfit_rate", "overfit"),
    ("forbidden_rate", "forbidden"),
    ("format_failures", "bad format"),
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The flags of `debugarena report`."""
    parser.add_argument(
        "runs", nargs="+", type=Path, metavar="RUN", help="folders of debugarena train, scored in after/"
    )
    parser.add_argument(
        "--before", type=Path, metavar="DIR", help="scores of the untrained model (default: beside RUN)"
    )
    parser.add_argument("--out", type=Path, metavar="DIR", help="default: the folder that holds the first RUN")


def run(args: argparse.Namespace) -> int:
    """`debugarena report`."""
    from debugarena.baseline.figures import draw

    before_folder = args.before or args.runs[0].resolve().parent / BEFORE
    out = args.out or args.runs[0].resolve().parent
    runs, before = [read_run(folder) for folder in args.runs], read_reports(before_folder)
    report = make_report(runs, before)
    for name in {name for one in runs for name in one.after} & before.keys():
        _keep(before_folder / name, out / BEFORE / name, KEPT_OF_SCORE)
    for one in runs:
        _keep(one.folder, out / one.name, KEPT_OF_RUN)
    draw(report, runs, before, PICTURES, out)
    text = markdown(report)
    write_whole(out / "report.json", json.dumps(report, indent=1) + "\n")
    write_whole(out / "report.md", text)
    write_whole(out / "report.html", html(text, out))
    print(report["summary"])
    print(f"report.md, report.html, report.json and {', '.join(PICTURES)} are in {out}/")
    return 0


def make_report(runs: Sequence[Run], before: Reports) -> dict[str, Any]:
    """Everything as plain data. UsageError where the scores do not allow a comparison."""
    if PRIMARY not in before:
        raise UsageError(f"there is no score of the set {PRIMARY} before training; run debugarena evaluate first")
    if unscored := next((run for run in runs if PRIMARY not in run.after), None):
        raise UsageError(
            f"{unscored.folder}/{AFTER} holds no score of the set {PRIMARY}; run debugarena evaluate "
            f"hf:{unscored.folder}/model --out {unscored.folder}/{AFTER}"
        )
    if twice := _doubled([run.name for run in runs]):
        raise UsageError(f"two runs are called {twice}; rename one of their folders")
    _check_same(runs)
    _check_scores(runs, before)
    recipes: dict[str, list[Run]] = {}
    for one in runs:
        recipes.setdefault(one.recipe, []).append(one)
    for name, same in recipes.items():
        if any(one.config != same[0].config for one in same):
            raise UsageError(f"runs of the recipe {name!r} differ in more than their seed; report them apart")
        if twice := _doubled([str(one.seed) for one in same]):
            raise UsageError(f"two runs of the recipe {name!r} have the seed {twice}; name each run once")
    scored_twice = before.keys() & {name for run in runs for name in run.after}
    start = next((one.recipe for one in runs if one.config == runs[0].config | {"steps": 0}), None)
    report: dict[str, Any] = {
        "model": runs[0].config["model"],
        "prompt": before[PRIMARY]["protocol"]["prompt"],
        "primary_recipe": runs[0].recipe,
        "start": start,
        "runs": [_run_line(one) for one in runs],
        "pooled": _pooled_lines(recipes, before),
        "others": _other_lines(recipes, before, start),
        "each": [_change(before[PRIMARY], one.after[PRIMARY]) | _label(one) for one in runs],
        "sets": {name: _set_lines(name, runs, before) for name in sorted(scored_twice, key=_place)},
        "groups": _group_lines(recipes, before),
    }
    report["summary"] = _summary(report)
    return report


def _check_same(runs: Sequence[Run]) -> None:
    """UsageError unless all runs began with the same model and had the same bugs and prompt to train on."""
    for what, value in (
        ("the model", [run.config["model"] for run in runs]),
        ("the prompt", [run.config["prompt"] for run in runs if run.config["attempts"] == 1]),
        ("the training bugs", [run.dataset_hash for run in runs]),
    ):
        if len({*value}) > 1:
            raise UsageError(
                f"these runs differ in {what}: {', '.join(map(str, dict.fromkeys(value)))}; report them apart"
            )


def _check_scores(runs: Sequence[Run], before: Reports) -> None:
    """UsageError if a set was scored with other settings before than after, or if one model's score stands for two."""
    for name, score in before.items():
        begun, untrained = str(runs[0].config["model"]), str(score.get("model", {}).get("name"))
        if Path(begun).name != Path(untrained).name:  # a model's folder may have another path now
            raise UsageError(f"the score of {name} before training is that of {untrained}; the runs began with {begun}")
        seen = {_weights(score): "the untrained model"}
        for run in runs:
            after = run.after.get(name, score)
            if (after.get("sampling"), after["n_samples"]) != (score.get("sampling"), score["n_samples"]):
                raise UsageError(f"{run.folder}/{AFTER}/{name} was scored with other settings than before training")
            if after is not score and (twin := seen.setdefault(_weights(after), str(run.folder))) != str(run.folder):
                raise UsageError(f"{run.folder}/{AFTER}/{name} is a score of the same weights as that of {twin}")


def _weights(report: Mapping[str, Any]) -> Any:
    """What tells one model's weights from another's; for what has no weights, nothing does."""
    return report.get("model", {}).get("weights_sha256") or object()


def _place(name: str) -> tuple[int, str]:
    """The sets of the protocol in its order, then any others."""
    return [*EVALUATIONS, name].index(name), name


def _doubled(names: Sequence[str]) -> str | None:
    return next((name for i, name in enumerate(names) if name in names[:i]), None)


def _label(run: Run) -> dict[str, Any]:
    return {"run": run.name, "recipe": run.recipe, "seed": run.seed}


def _run_line(run: Run) -> dict[str, Any]:
    return _label(run) | {
        "steps": len(run.steps),
        "warm_start_steps": len(run.warm_start),
        "seconds": run.seconds,
        "scoring_share": run.scoring_share,
        "config": run.config,
        "dataset_hash": run.dataset_hash,
        "versions": run.versions,
        "trained_on": run.trained_on,
    }


def _change(a: dict[str, Any], b: dict[str, Any]) -> dict[str, Any]:
    """What `debugarena compare` says of two scores, in short."""
    result = compare(a, b)
    names = ("n", "n_programs", "solve_p")
    parts = ("a", "b", "difference", "difference_ci95", "flip_p")
    change = {name: result[name] for name in names} | {
        f"{name}_{part}": result[f"{name}_{part}"] for name in ("solved", "reward") for part in parts
    }
    for side, report in (("a", a), ("b", b)):
        values, programs = zip(*((bug["solved"], bug["program"]) for bug in report["bugs"]), strict=True)
        low, high = mean_interval(values, programs, (0.0, 1.0))
        change[f"solved_{side}_ci95"] = None if low != low else [low, high]
    return change


def _pooled_lines(recipes: Mapping[str, Sequence[Run]], before: Reports) -> list[dict[str, Any]]:
    """The primary comparison, then the secondary ones with p-values corrected for their number."""
    first, *rivals = recipes
    pairs = [(UNTRAINED, name) for name in recipes] + [(name, first) for name in rivals]
    lines = [line for a, b in pairs if (line := _comparison(PRIMARY, a, b, recipes, before))]
    _correct(lines[1:])
    return lines


def _comparison(
    name: str, a: str, b: str, recipes: Mapping[str, Sequence[Run]], before: Reports
) -> dict[str, Any] | None:
    """On a set, a recipe or the untrained model against a recipe, on the seeds that both have; None without any."""
    scored = {
        recipe: {run.seed: _judged(run.after[name]) for run in recipes[recipe] if name in run.after}
        for recipe in (a, b)
        if recipe != UNTRAINED
    }
    seeds = sorted(set.intersection(*map(set, scored.values())))
    if not seeds:
        return None
    score, other = (
        _judged(before[name]) if side == UNTRAINED else pooled([scored[side][seed] for seed in seeds])
        for side in (a, b)
    )
    return {"a": a, "b": b, "seeds": seeds} | _change(score, other)


def _correct(lines: Sequence[dict[str, Any]]) -> None:
    """Gives each line its p-value corrected for the number of lines."""
    for line, p in zip(lines, holm([line["solve_p"] for line in lines]), strict=True):
        line["solve_p_holm"] = p


def _judged(report: dict[str, Any]) -> dict[str, Any]:
    """Where a set is for several attempts or samples, a bug is solved within all attempts, or by any sample."""
    attempts, n_samples = report["protocol"]["attempts"], report["n_samples"]
    if attempts == 1 and n_samples == 1:
        return report
    bugs = []
    for bug in report["bugs"]:
        if attempts > 1:
            solved = sum(at is not None for at in bug["solved_at"]) / bug["samples"]
            bugs.append(bug | {"solved": solved})
        else:
            bugs.append(bug | {"solved": float(bug["solved"] > 0), "samples": 1})
    return report | {"bugs": bugs}


def _judged_by(report: Mapping[str, Any]) -> str:
    attempts, n_samples = report["protocol"]["attempts"], report["n_samples"]
    if attempts > 1:
        return f"within {attempts} attempts"
    return f"by any of {n_samples} samples" if n_samples > 1 else "at the first attempt"


def _other_lines(recipes: Mapping[str, Sequence[Run]], before: Reports, start: str | None) -> list[dict[str, Any]]:
    """On each set but the primary one, the untrained model against each recipe that was scored on it, and what the
    first recipe starts from against that recipe."""
    pairs = [(UNTRAINED, name) for name in recipes] + ([(start, next(iter(recipes)))] if start else [])
    lines = [
        {"set": name, "solved": _judged_by(before[name])} | line
        for name in sorted(before.keys() - {PRIMARY}, key=_place)
        for a, b in pairs
        if (line := _comparison(name, a, b, recipes, before))
    ]
    _correct(lines)
    return lines


def _set_lines(name: str, runs: Sequence[Run], before: Reports) -> list[dict[str, Any]]:
    """The untrained model and each run that was scored on a set, with the paired test between them."""
    lines, untrained = [{"run": UNTRAINED, **_rates(before[name])}], _judged(before[name])
    for one in runs:
        if name in one.after:
            change = compare(untrained, _judged(one.after[name]))
            tests = {"solve_p": change["solve_p"], "reward_p": change["reward_flip_p"]}
            lines.append({"run": one.name, **_rates(one.after[name]), **tests})
    return lines


def _rates(report: Mapping[str, Any]) -> dict[str, Any]:
    names = [name for name, _ in _RATES if name in report] + _of_several(report)
    rates = {key: report[key] for name in names for key in (name, f"{name}_ci95")}
    # format compliance is one of two values, so that its mean says how often it is the lower one
    span = FORMAT_OK - FORMAT_BAD
    rates["format_failures"] = (FORMAT_OK - report["format_compliance"]) / span
    interval = report["format_compliance_ci95"]
    rates["format_failures_ci95"] = interval and [(FORMAT_OK - end) / span for end in reversed(interval)]
    return {"n": report["n"], "attempts": report["protocol"]["attempts"]} | rates


def _of_several(report: Mapping[str, Any]) -> list[str]:
    """The rates of several attempts or samples that are in a report."""
    return [key for key in report if key.startswith(("solved@", "pass@")) and not key.endswith("_ci95")]


def _group_lines(recipes: Mapping[str, Sequence[Run]], before: Reports) -> list[dict[str, Any]]:
    """By level and category of the primary set: the untrained model against the first recipe's seeds together."""
    runs = next(iter(recipes.values()))
    after = pooled([run.after[PRIMARY] for run in runs])
    lines = []
    for kind in ("level", "category"):
        for value in sorted({bug[kind] for bug in after["bugs"] if bug.get(kind) is not None}, key=str):
            lines.append(
                {"kind": kind, "value": value} | _change(_part(before[PRIMARY], kind, value), _part(after, kind, value))
            )
    _correct(lines)
    return lines


def _part(report: Mapping[str, Any], kind: str, value: Any) -> dict[str, Any]:
    return {**report, "bugs": [bug for bug in report["bugs"] if bug[kind] == value]}


def _summary(report: Mapping[str, Any]) -> str:
    line = report["pooled"][0]
    reached = line["solve_p"] < ALPHA and line["solved_difference"] > 0
    interval = _points_interval(line["solved_difference_ci95"])
    start = next((other for other in report["pooled"][1:] if other["a"] == report["start"]), None)
    return (
        f"{'' if reached else f'The target, p < {ALPHA}, is not reached. '}"
        f"Of {counted(line['n'], 'held-out bug')}, {report['model']} solves {line['solved_a']:.1%} at the first "
        f"attempt untrained and {line['solved_b']:.1%} after training ({line['b']}; {n_seeds(line['seeds'])}; "
        f"difference {_points(line['solved_difference'])} points, 95% interval {interval}, "
        f"p = {line['solve_p']:.2g} over {counted(line['n_programs'], 'program')})."
        f"{'' if (line['n'], sorted(line['seeds'])) == (N_BUGS, SEEDS) else PARTIAL}"
        f"{'' if start is None else _against_start(start)}"
    )


def _against_start(line: Mapping[str, Any]) -> str:
    """What a recipe owes to the supervised steps before it, and what to the rest."""
    return (
        f" The {line['a']} that this starts from solve {line['solved_a']:.1%} by themselves: what comes after them "
        f"makes a difference of {_points(line['solved_difference'])} points, "
        f"{_points_interval(line['solved_difference_ci95'])}, p = {line['solve_p']:.2g}."
    )


def _points(share: float) -> str:
    return f"{100 * share:+.1f}"


def _points_interval(interval: Sequence[float] | None) -> str:
    return "unknown" if interval is None else f"[{_points(interval[0])}, {_points(interval[1])}]"


def markdown(report: Mapping[str, Any]) -> str:
    """The report for people. Pictures are named by their files."""
    lines = ["# Before and after training", "", report["summary"], ""]
    lines += pooled_table(report["pooled"])
    lines += change_table(report["each"], "Each run against the untrained model", lambda line: line["run"])
    lines += [
        "Solve rates are of first attempts where nothing else is said; of several seeds, a bug's is the share of "
        "them that solve it. Intervals are over bugs, clustered by program, for the seeds that were run: what other "
        "seeds would give is not in them. They are Wilson's for a rate and Newcombe's for a difference, for as many "
        "trials as the bugs are worth. Differences are of solve rates on the same bugs, in points; p is that of a "
        "two-sided sign-flip test over source programs. The first line of the first table is the primary comparison; "
        "the p-values of its others are also given as corrected for their number (Holm), and so are those of the "
        "other sets and of levels and categories, each table for itself. Two recipes are compared on the seeds that "
        "both have.",
        "",
        f"![Before and after]({PICTURES[0]})",
        "",
    ]
    if report["others"]:
        lines += change_table(
            report["others"],
            "The other sets, pooled over seeds",
            lambda line: f"{line['set']}, {line['solved']}: {line['a']} → {line['b']}, {n_seeds(line['seeds'])}",
        )
    for name, rows in report["sets"].items():
        lines += set_table(name, rows)
    if missing := _missing(report):
        lines += [f"Sets of the protocol that are not scored: {'; '.join(missing)}.", ""]
    lines += [
        "95% intervals in brackets, clustered by source program. p is that of solves at the first attempt, or within "
        "five attempts, or by any of eight samples, whichever the set is for, not corrected: McNemar's exact test "
        "where every bug has a program of its own, else the sign-flip test. Bad format is what cannot be parsed or "
        "lacks the function by its name. What is not the protocol's primary comparison is shown beside it and claims "
        "nothing.",
        "",
        f"![Rewards]({PICTURES[1]})",
        "",
    ]
    lines += change_table(
        report["groups"], "By level and category of the held-out bugs", lambda line: f"{line['kind']} {line['value']}"
    )
    lines += [
        "## The runs",
        "",
        "| run | recipe | prompt | seed | supervised steps | GRPO steps | minutes | of these grading |",
        "|---|---|---|---:|---:|---:|---:|---:|",
    ]
    for one in report["runs"]:
        share = "-" if one["scoring_share"] is None else f"{one['scoring_share']:.1%}"
        cells = [one["run"], one["recipe"], one["config"]["prompt"], one["seed"], one["warm_start_steps"], one["steps"]]
        lines.append(f"| {' | '.join(map(str, cells))} | {one['seconds'] / 60:.0f} | {share} |")
    lines += ["", f"All scores are with the prompt {report['prompt']}.", "", f"![Training]({PICTURES[2]})", ""]
    one = report["runs"][0]
    versions = ", ".join(f"{name} {value}" for name, value in one["versions"].items())
    lines += [f"{training_bugs(one)} Made with {versions}.", ""]
    return "\n".join(lines)


def training_bugs(run: Mapping[str, Any]) -> str:
    """What a run, a line of report["runs"], was trained on, in words."""
    offered, used = f"the bugs with the hash `{run['dataset_hash'][:16]}`", run["trained_on"]
    if not used:
        return f"Trained on {offered}."
    bugs = f"{used['n_bugs']:,} bug{'' if used['n_bugs'] == 1 else 's'}"
    which = f"{bugs} of {counted(used['n_programs'], 'program')} (hash `{used['hash'][:16]}`)"
    return f"Trained on {which}: those that are short enough of {offered}."


def _missing(report: Mapping[str, Any]) -> list[str]:
    """The protocol's sets that lack a score of some run, with those runs; without them where all lack it."""
    everyone = [one["run"] for one in report["runs"]]
    found = []
    for name in EVALUATIONS:
        scored = {row["run"] for row in report["sets"].get(name, [])}
        lacking = [run for run in everyone if run not in scored]
        if lacking:
            found.append(name if lacking == everyone else f"{name} of {', '.join(lacking)}")
    return found


def pooled_table(rows: Sequence[Mapping[str, Any]]) -> list[str]:
    """Of one recipe, or the untrained model, against another."""
    return change_table(rows, "Pooled over seeds", lambda line: f"{line['a']} → {line['b']}")


def change_table(rows: Sequence[Mapping[str, Any]], title: str, label: Callable[[Any], str]) -> list[str]:
    """A heading and a line a comparison, in Markdown."""
    lines = [
        f"## {title}",
        "",
        "| | bugs | before | after | difference | 95% interval | p | Holm |",
        "|---|---:|---:|---:|---:|---:|---:|---:|",
    ]
    for row in rows:
        corrected = f"{row['solve_p_holm']:.2g}" if "solve_p_holm" in row else ""
        lines.append(
            f"| {label(row)} | {row['n']} | {_share(row, 'a')} | {_share(row, 'b')} | "
            f"{_points(row['solved_difference'])} | {_points_interval(row['solved_difference_ci95'])} | "
            f"{row['solve_p']:.2g} | {corrected} |"
        )
    return [*lines, ""]


def _share(row: Mapping[str, Any], side: str) -> str:
    name = "solve_rate"
    return f"{format_value(name, row[f'solved_{side}'])} {format_interval(name, row[f'solved_{side}_ci95'])}"


def set_table(name: str, rows: Sequence[Mapping[str, Any]]) -> list[str]:
    """A heading and a line a model, in Markdown; the first one is the untrained."""
    more = [key for key in _of_several(rows[0]) if key not in ("solved@1", "pass@1")]
    columns = [*_RATES[:1], *((key, key) for key in more), *_RATES[1:]]
    lines = [
        f"## {name}, {counted(rows[0]['n'], 'bug')}",
        "",
        "| | " + " | ".join(label for _, label in columns) + " | p |",
        "|---|" + "---:|" * (len(columns) + 1),
    ]
    for row in rows:
        # a failure of format is a share like the others
        shown = [
            ("solve_rate" if key == "format_failures" else key, row[key], row[f"{key}_ci95"]) for key, _ in columns
        ]
        cells = [f"{format_value(kind, value)} {format_interval(kind, ci)}" for kind, value, ci in shown]
        p = f"{row['solve_p']:.2g}" if "solve_p" in row else ""
        lines.append(f"| {row['run']} | " + " | ".join(cells) + f" | {p} |")
    return [*lines, ""]


_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>Before and after training</title><style>
:root {{ color-scheme: light dark; }}
body {{ font: 16px/1.5 system-ui, sans-serif; max-width: 70rem; margin: 2rem auto; padding: 0 1rem; }}
table {{ border-collapse: collapse; display: block; overflow-x: auto; font-size: 0.85rem; }}
th, td {{ border-bottom: 1px solid #8884; padding: 0.3rem 0.6rem; white-space: nowrap; }}
img {{ max-width: 100%; background: white; }}
</style></head><body>
{body}
</body></html>
"""


def html(text: str, folder: Path) -> str:
    """The Markdown as one page that needs no other file: pictures, from the folder, are in it."""
    from markdown_it import MarkdownIt

    body = MarkdownIt("commonmark", {"html": False}).enable("table").render(text)
    for name in PICTURES:
        data = base64.b64encode((folder / name).read_bytes()).decode()
        body = body.replace(f'src="{name}"', f'src="data:image/png;base64,{data}"')
    return _PAGE.format(body=body)


def _keep(source: Path, target: Path, patterns: Sequence[str]) -> None:
    """Copies what a report is made of, and completions, compressed; nothing where it is already.

    UsageError if another run, or a score of another model, is kept there.
    """
    if source.resolve() == target.resolve():
        return
    copies = {path: target / path.relative_to(source) for pattern in patterns for path in source.glob(pattern)}
    for path, there in copies.items():
        if path.name in ("run.json", "report.json") and there.exists() and _identity(path) != _identity(there):
            raise UsageError(f"{there} is another one than {path}; choose another --out")
    for path, there in copies.items():
        there.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, there)
    for path in source.glob("**/completions.jsonl*"):
        if not path.with_name("report.json").exists():  # not yet scored to its end
            continue
        packed = (target / path.relative_to(source)).with_name("completions.jsonl.gz")
        data = path.read_bytes() if path.suffix == ".jsonl" else gzip.decompress(path.read_bytes())
        packed.write_bytes(gzip.compress(data, mtime=0))


def _identity(path: Path) -> Any:
    """What makes a run or a score another one: settings, or model and bugs."""
    facts = json.loads(path.read_text(encoding="utf-8"))
    return facts if path.name == "run.json" else (facts.get("model"), facts.get("dataset"), facts.get("protocol"))
