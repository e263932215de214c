"""Reports what training did: before and after on the same held-out bugs, paired, with intervals, and how the runs went.

  debugarena evaluate smollm2 --out runs/before
  debugarena evaluate hf:runs/grpo-1/model --out runs/grpo-1/after
  debugarena report runs/grpo-1 runs/grpo-2 runs/supervised-1 --before runs/before --out runs/results
  debugarena report runs/results/before runs/results/grpo-1 --unpack runs/again

Runs that differ only in their seed are pooled. The recipe of the first run is the one that the primary endpoint is
about, and the others are its rivals. DIR gets report.md, report.html, report.json and pictures. It also gets a folder
for each run with two files: report.json (settings, logs, scores) and completions.parquet. You can make the same report
from those files, and --unpack writes them as train and evaluate left them.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from debugarena.baseline.keep import AFTER, keep, unpack
from debugarena.baseline.report.making import make_report
from debugarena.baseline.report.text import PICTURES, html, markdown
from debugarena.baseline.run_results import read_reports, read_run
from debugarena.benchmark.files import write_whole
from debugarena.benchmark.wording import counted

BEFORE = "before"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The flags of `debugarena report`."""
    parser.add_argument(
        "runs", nargs="+", type=Path, metavar="RUN", help="folders of debugarena train, scored in after/"
    )
    parser.add_argument(
        "--before", type=Path, metavar="DIR", help="scores of the untrained model (default: next to RUN)"
    )
    place = parser.add_mutually_exclusive_group()
    place.add_argument("--out", type=Path, metavar="DIR", help="default: the folder that holds the first RUN")
    place.add_argument("--unpack", type=Path, metavar="DIR", help="instead of a report, write the files of kept runs")


def run(args: argparse.Namespace) -> int:
    """`debugarena report`."""
    from debugarena.baseline.figures import draw

    if args.unpack:
        for folder in args.runs:
            unpack(folder, args.unpack / folder.resolve().name)
        print(f"{counted(len(args.runs), 'run')} in {args.unpack}/")
        return 0
    before_folder = args.before or args.runs[0].resolve().parent / BEFORE
    out = args.out or args.runs[0].resolve().parent
    runs, before = [read_run(folder) for folder in args.runs], read_reports(before_folder)
    report = make_report(runs, before)
    keep(before_folder, before_folder, out / BEFORE, {name for one in runs for name in one.after})
    for one in runs:
        keep(one.folder, one.folder / AFTER, out / one.name)
    draw(report, runs, before, PICTURES, out)
    text = markdown(report)
    write_whole(out / "report.json", json.dumps(report.to_json(), indent=1) + "\n")
    write_whole(out / "report.md", text)
    write_whole(out / "report.html", html(text, out))
    print(report.summary)
    print(f"report.md, report.html, report.json and {', '.join(PICTURES)} are in {out}/")
    return 0
