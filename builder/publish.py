"""Uploads an exported dataset to a Hugging Face dataset repository, in one commit, and tags that commit with the
dataset's version. The token is the one of `hf auth login` or HF_TOKEN. A tag that exists is never moved.

  debugarena publish --repo my-org/debugarena --tag v0.2.0
"""

from __future__ import annotations

import argparse
import re
from pathlib import Path

from debugarena.benchmark.errors import DebugArenaError, UsageError
from debugarena.builder.export import check_export


def publish(folder: Path, repo: str, tag: str, private: bool = False) -> str:
    """Uploads and tags; returns the URL of the commit. DebugArenaError with one sentence for whatever hinders it."""
    from huggingface_hub import HfApi, get_token

    if not re.fullmatch(r"[\w.-]+/[\w.-]+", repo):
        raise UsageError(f"{repo!r} is not a repository name; it looks like my-org/debugarena")
    version = check_export(folder)
    if tag != f"v{version}":
        raise UsageError(f"tag {tag} does not fit {folder}, which is version {version}; the tag is v{version}")
    if not get_token():
        raise UsageError("no Hugging Face token; run `hf auth login` or set HF_TOKEN")
    api = HfApi()
    doing = f"{repo} could not be opened or made"
    try:
        api.create_repo(repo, repo_type="dataset", private=private or None, exist_ok=True)
        # an existing repository keeps its visibility, whatever create_repo is told
        if private and not api.dataset_info(repo).private:
            raise UsageError(f"{repo} exists and is public; make it private on the hub first, or leave out --private")
        if tag in [ref.name for ref in api.list_repo_refs(repo, repo_type="dataset").tags]:
            raise UsageError(f"{repo} has a tag {tag} already; a new export needs a new dataset version")
        doing = f"{folder} could not be uploaded to {repo}"
        commit = api.upload_folder(
            repo_id=repo,
            repo_type="dataset",
            folder_path=folder,
            commit_message=f"DebugArena {version}",
            delete_patterns="data/*",  # what an earlier version had and this one has not
        )
        doing = f"{folder} is uploaded to {repo}, but without the tag {tag}; repeat the command"
        api.create_tag(repo, repo_type="dataset", tag=tag, revision=commit.oid)
    except DebugArenaError:
        raise
    except Exception as error:  # the hub client raises a dozen kinds; each is one sentence here
        raise DebugArenaError(f"{doing}: {_reason(error, api.endpoint)}") from error
    return commit.commit_url


def _reason(error: Exception, endpoint: str) -> str:
    status = getattr(getattr(error, "response", None), "status_code", None)
    if status is None and type(error).__name__ in ("ConnectError", "ConnectTimeout", "OfflineModeIsEnabled"):
        return f"{endpoint} cannot be reached ({type(error).__name__}); check the network and HF_HUB_OFFLINE"
    known = {
        401: "the hub does not accept the token; run `hf auth login` again",
        403: "the token may not write there; it needs the right to write to this organisation",
    }
    if status in known:
        return known[status]
    return " ".join(str(error).split()) or type(error).__name__


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
