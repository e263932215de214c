"""What the leaderboard costs: a submission of 1,000 bugs run again, beside `score` of the same completions; and the pages of
50 submissions, whose entries are there already.

  python tests/perf/leaderboard.py --out runs/perf
  python tests/perf/leaderboard.py --docs docs/performance.md     # also renews the table of a page

Completions are made up: a third are the fix, a third the bug, a third the bug with another operator. The bugs are those of
the frozen sets, again and again under other ids where they are too few.
"""

from __future__ import annotations

import argparse
import random
import sys
import time
from dataclasses import replace
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from pages import circumstances, keep, load_average, table
from rich.progress import track

sys.path.insert(0, str(Path(__file__).parents[1] / "support"))
from submissions import make_set, submit

from debugarena.benchmark import Sandbox, score
from debugarena.benchmark.cli import main as debugarena
from debugarena.benchmark.scoring.report import Completion, Protocol
from debugarena.leaderboard.bug_sets import BugSet, read_sets
from debugarena.leaderboard.entry import Context, verify
from debugarena.leaderboard.submission import read_submission_folder


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--bugs", type=int, default=1000)
    parser.add_argument("--submissions", type=int, default=50)
    parser.add_argument("--out", type=Path, default=Path("runs/perf"))
    parser.add_argument("--docs", type=Path, metavar="PAGE")
    args = parser.parse_args()
    began = load_average()
    with TemporaryDirectory() as folder:
        found = verification(Path(folder) / "verify", args.bugs, args.rounds)
        found |= pages(Path(folder) / "pages", args.submissions, page_bugs(args), args.rounds)
    text = page(found, args, began)
    keep("leaderboard", found, text, args.out, args.docs)


def page_bugs(args: argparse.Namespace) -> int:
    """How many bugs each of the submissions has whose pages are made."""
    return min(300, args.bugs)


def many_bugs(n: int) -> list[BugSet]:
    """Two sets: n bugs, and the first 300 of them at most."""
    known = [bug for bug_set in read_sets().values() for bug in bug_set.bugs]
    bugs = [replace(known[i % len(known)], bug_id=f"python/bug-{i:04}") for i in range(n)]
    return [BugSet("many", "0.2.0", tuple(bugs)), BugSet("some", "0.2.0", tuple(bugs[:300]))]


def made_up(bug_set: BugSet, name: str) -> list[Completion]:
    """One completion a bug, another mixture for another name."""
    completions = []
    for bug in bug_set.bugs:
        rng = random.Random(f"{name}:{bug.bug_id}")
        wrong = bug.buggy_code.replace(" + ", " - ").replace(" < ", " <= ")
        completions.append(Completion(bug.bug_id, 0, 1, rng.choice([bug.fixed_code, bug.buggy_code, wrong])))
    return completions


def verification(folder: Path, n_bugs: int, rounds: int) -> dict[str, list[float]]:
    folder.mkdir()
    bug_set = make_set(folder / "sets", many_bugs(n_bugs)[0].bugs, "many")
    completions = made_up(bug_set, "one")
    submission = read_submission_folder(submit(folder / "one", bug_set, completions))
    context = Context({bug_set.key: bug_set}, {}, [], {})
    seconds: dict[str, list[float]] = {"verify": [], "score": []}
    for _ in track(range(rounds), "verify"):
        with Sandbox() as sandbox:
            sandbox.run_many([])
            started = time.perf_counter()
            verify(submission, context, folder, sandbox, lambda *_: None)
            seconds["verify"].append(time.perf_counter() - started)
            (folder / "one.json").unlink()
            started = time.perf_counter()
            score(completions, bug_set.bugs, Protocol("complete-v1"), sandbox=sandbox)
            seconds["score"].append(time.perf_counter() - started)
    return seconds


def pages(folder: Path, n_submissions: int, n_bugs: int, rounds: int) -> dict[str, list[float]]:
    folder.mkdir()
    bug_set = make_set(folder / "sets", many_bugs(n_bugs)[1].bugs, "some")
    for i in range(n_submissions):
        name = f"model-{i:02}"
        submit(folder / "in" / name, bug_set, made_up(bug_set, name), model={"name": f"Model {i}"})
    flags = {"submissions": "in", "sets": "sets", "entries": "entries", "rounds": "rounds", "out": "site"}
    command = [
        "leaderboard",
        "site",
        *(word for flag, name in flags.items() for word in (f"--{flag}", str(folder / name))),
    ]
    assert debugarena(command) == 0  # verifies them
    seconds = []
    for _ in range(rounds):
        started = time.perf_counter()
        assert debugarena(command) == 0
        seconds.append(time.perf_counter() - started)
    size = sum(file.stat().st_size for file in (folder / "site").rglob("*") if file.is_file())
    return {"pages": seconds, "megabytes": [size / 1e6]}


def page(found: dict[str, list[float]], args: argparse.Namespace, began: str) -> str:
    ratios = [a / b for a, b in zip(found["verify"], found["score"], strict=True)]
    rows = [
        [f"a submission of {args.bugs} bugs run again", f"{median(found['verify']):.1f}", "60"],
        ["`score` of the same completions", f"{median(found['score']):.1f}", ""],
        [
            f"the pages of {args.submissions} submissions of {page_bugs(args)} bugs",
            f"{median(found['pages']):.1f}",
            "20",
        ],
    ]
    return (
        table(["work", "seconds, median", "target, at most"], rows, 1)
        + f"\n\nRunning again takes {median(ratios):.2f} ({min(ratios):.2f} to {max(ratios):.2f}) times as long as the score. The "
        f"pages have {found['megabytes'][0]:.1f} MB, and the target is 10. The numbers are from {args.rounds} rounds. {circumstances(began)}"
    )


if __name__ == "__main__":
    main()
