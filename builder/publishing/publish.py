"""Uploads an exported dataset to a Hugging Face dataset repository in one commit, and tags that commit with the
dataset's version. Uses the token of `hf auth login` or HF_TOKEN. Never moves a tag that exists.

  debugarena publish --repo my-org/debugarena --tag v0.2.0
"""

from __future__ import annotations

import argparse
from pathlib import Path

from debugarena.benchmark.dataset.hub import upload
from debugarena.benchmark.errors import UsageError
from debugarena.builder.publishing.export import check_export


def publish(folder: Path, repo: str, tag: str, private: bool = False) -> str:
    """Uploads and tags; returns the URL of the commit. DebugArenaError, in one sentence, if anything prevents it."""
    version = check_export(folder)
    if tag != f"v{version}":
        raise UsageError(f"tag {tag} does not fit {folder}, which is version {version}; the tag is v{version}")
    # removes the files that only an earlier version had
    return upload(folder, repo, "dataset", f"DebugArena {version}", private, tag, delete_patterns="data/*")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The flags of `debugarena publish`."""
    parser.add_argument("--repo", required=True, metavar="ORG/NAME", help="dataset repository; made if there is none")
    parser.add_argument("--tag", required=True, metavar="vX.Y.Z", help="v and the version of the exported dataset")
    parser.add_argument(
        "--folder",
        type=Path,
        default=Path("dist/debugarena"),
        help="what debugarena build wrote (default: dist/debugarena)",
    )
    parser.add_argument("--private", action="store_true", help="make a new repository private")


def run(args: argparse.Namespace) -> int:
    """`debugarena publish`."""
    url = publish(args.folder, args.repo, args.tag, args.private)
    print(f"{args.folder} is published as {args.repo} at {args.tag}: {url}")
    return 0
