"""Uploads a folder to the Hugging Face hub: checks name and token, creates the repository, explains each failure.

The token is the one of `hf auth login` or HF_TOKEN.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Literal, TypeVar

from debugarena.benchmark.errors import DebugArenaError, UsageError

if TYPE_CHECKING:
    from huggingface_hub import HfApi
    from huggingface_hub.hf_api import CommitInfo

T = TypeVar("T")


def upload(
    folder: Path,
    repo: str,
    repo_type: Literal["dataset", "model"],
    message: str,
    private: bool = False,
    tag: str | None = None,
    delete_patterns: str | None = None,
) -> str:
    """Uploads the folder in one commit, creating the repository if there is none; returns the commit's URL.

    private: makes a new repository private; an existing public one is refused. tag: put on the commit; if it exists,
    it is refused before anything is uploaded. delete_patterns: files of an earlier upload to delete. DebugArenaError
    says in one sentence what failed.
    """
    from huggingface_hub import HfApi, get_token

    if not re.fullmatch(r"[\w.-]+/[\w.-]+", repo):
        raise UsageError(f"{repo!r} is not a repository name; it looks like my-org/debugarena")
    if not get_token():
        raise UsageError("no Hugging Face token; run `hf auth login` or set HF_TOKEN")
    api = HfApi()

    def make() -> None:
        api.create_repo(repo, repo_type=repo_type, private=private or None, exist_ok=True)
        # an existing repository keeps its visibility, whatever is passed to create_repo
        if private and not api.repo_info(repo, repo_type=repo_type).private:
            raise UsageError(f"{repo} exists and is public; make it private on the hub first, or leave out --private")
        if tag and tag in [ref.name for ref in api.list_repo_refs(repo, repo_type=repo_type).tags]:
            raise UsageError(f"{repo} has a tag {tag} already; a new export needs a new dataset version")

    def send() -> CommitInfo:
        return api.upload_folder(
            repo_id=repo,
            repo_type=repo_type,
            folder_path=folder,
            commit_message=message,
            delete_patterns=delete_patterns,
        )

    _try(make, f"{repo} could not be opened or made", api)
    commit = _try(send, f"{folder} could not be uploaded to {repo}", api)
    if tag:
        _try(
            lambda: api.create_tag(repo, repo_type=repo_type, tag=tag, revision=commit.oid),
            f"{folder} is uploaded to {repo}, but without the tag {tag}; repeat the command",
            api,
        )
    return str(commit.commit_url)


def _try(action: Callable[[], T], failed: str, api: HfApi) -> T:
    try:
        return action()
    except DebugArenaError:
        raise
    except Exception as error:  # the hub client raises a dozen kinds of error; each becomes one sentence
        raise DebugArenaError(f"{failed}: {_reason(error, api.endpoint)}") from error


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
