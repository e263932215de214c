"""A small Hugging Face hub over http.server: enough to upload datasets and models and to load them.

Files live in memory, one snapshot a commit. `python tests/support/fake_hub.py` prints its address and serves until killed.
Not covered: LFS and Xet uploads, authentication beyond one token, gated repositories.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

TOKEN = "hf_fake"


class Repo:
    """Commits of one repository, of a dataset or a model: oid -> path -> content."""

    def __init__(self, url: str, private: bool) -> None:
        self.url, self.private = url, private
        self.commits: dict[str, dict[str, bytes]] = {}
        self.refs: dict[str, str] = {}
        self.tags: dict[str, str] = {}
        self.commit({})

    def commit(self, files: dict[str, bytes]) -> str:
        oid = hashlib.sha1(repr((len(self.commits), sorted(files.items()))).encode()).hexdigest()
        self.commits[oid] = files
        self.refs["main"] = oid
        return oid

    def oid(self, revision: str) -> str | None:
        revision = self.tags.get(revision) or self.refs.get(revision) or revision
        return revision if revision in self.commits else None


class Hub(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.repos: dict[str, Repo] = {}
        self.url = f"http://127.0.0.1:{self.server_address[1]}"


@contextmanager
def fake_hub() -> Iterator[Hub]:
    hub = Hub()
    thread = threading.Thread(target=hub.serve_forever, args=(0.05,))
    thread.start()
    try:
        yield hub
    finally:
        hub.shutdown()
        hub.server_close()
        thread.join()


class Handler(BaseHTTPRequestHandler):
    server: Hub

    def log_message(self, *args: object) -> None:
        pass

    def reply(self, body: Any = None, status: int = 200, headers: dict[str, str] | None = None) -> None:
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.send_response(status)
        for name, value in {"Content-Length": str(len(content)), **(headers or {})}.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)

    def fail(self, status: int, code: str) -> None:
        self.reply({"error": code}, status, {"X-Error-Code": code, "X-Error-Message": code})

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"] or 0))
        path = unquote(urlsplit(self.path).path)
        if path == "/api/validate-yaml":
            return self.reply({"errors": [], "warnings": []})
        if self.headers["Authorization"] != f"Bearer {TOKEN}":
            return self.fail(401, "Unauthorized")
        if path == "/api/repos/create":
            return self.create(json.loads(body))
        match = re.fullmatch(r"/api/(?:datasets|models)/([^/]+/[^/]+)/(preupload|commit|tag)/(.+)", path)
        if match is None or match[1] not in self.server.repos:
            return self.fail(404, "RepoNotFound")
        return getattr(self, match[2])(self.server.repos[match[1]], match[3], body)

    def create(self, wanted: dict[str, Any]) -> None:
        name = f"{wanted['organization']}/{wanted['name']}" if wanted.get("organization") else f"me/{wanted['name']}"
        url = f"{self.server.url}/{'datasets/' if wanted.get('type') == 'dataset' else ''}{name}"
        if name in self.server.repos:
            return self.reply({"error": "exists", "url": url}, 409)
        private = bool(wanted.get("private")) or wanted.get("visibility") == "private"
        self.server.repos[name] = Repo(url, private)
        return self.reply({"url": url, "name": name})

    def preupload(self, repo: Repo, revision: str, body: bytes) -> None:
        files = [f["path"] for f in json.loads(body)["files"]]
        self.reply({"files": [{"path": p, "uploadMode": "regular", "shouldIgnore": False} for p in files]})

    def commit(self, repo: Repo, revision: str, body: bytes) -> None:
        files = dict(repo.commits[repo.refs[revision]])
        for line in body.splitlines():
            operation = json.loads(line)
            value = operation["value"]
            if operation["key"] == "file":
                files[value["path"]] = base64.b64decode(value["content"])
            elif operation["key"] == "deletedFile":
                del files[value["path"]]
        oid = repo.commit(files)
        self.reply({"commitOid": oid, "commitUrl": f"{repo.url}/commit/{oid}", "success": True})

    def tag(self, repo: Repo, revision: str, body: bytes) -> None:
        tag, oid = json.loads(body)["tag"], repo.oid(revision)
        if tag in repo.tags or oid is None:
            return self.fail(409 if oid else 404, "TagExists" if oid else "RevisionNotFound")
        repo.tags[tag] = oid
        return self.reply({})

    def do_HEAD(self) -> None:
        self.do_GET()

    def do_GET(self) -> None:
        path = unquote(urlsplit(self.path).path)
        api = re.fullmatch(
            r"/api/(?:datasets|models)/([^/]+/[^/]+)(?:/(refs|tree|revision)(?:/([^/]+))?(?:/(.*))?)?", path
        )
        file = re.fullmatch(r"(?:/datasets)?/([^/]+/[^/]+)/resolve/([^/]+)/(.+)", path)
        match = api or file
        if match is None or match[1] not in self.server.repos:
            return self.fail(404, "RepoNotFound")
        repo = self.server.repos[match[1]]
        if api and api[2] == "refs":
            tags = [{"name": n, "ref": f"refs/tags/{n}", "targetCommit": c} for n, c in repo.tags.items()]
            branches = [{"name": n, "ref": f"refs/heads/{n}", "targetCommit": c} for n, c in repo.refs.items()]
            return self.reply({"tags": tags, "branches": branches, "converts": []})
        oid = repo.oid((api[3] if api else match[2]) or "main")
        if oid is None:
            return self.fail(404, "RevisionNotFound")
        files = repo.commits[oid]
        if file:
            return self.resolve(files.get(file[3]), oid)
        if api and api[2] == "tree":
            return self.tree(files, api[4] or "")
        siblings = [{"rfilename": name} for name in files]
        return self.reply({"id": match[1], "sha": oid, "private": repo.private, "siblings": siblings, "tags": []})

    def tree(self, files: dict[str, bytes], under: str) -> None:
        prefix = f"{under.rstrip('/')}/" if under else ""
        inside = {name: content for name, content in files.items() if name.startswith(prefix)}
        if under and not inside:
            return self.fail(404, "EntryNotFound")
        recursive = "recursive=true" in self.path.lower()
        listed: dict[str, dict[str, Any]] = {}
        for name, content in inside.items():
            *folders, _ = name.removeprefix(prefix).split("/")
            for depth in range(len(folders) if recursive else min(1, len(folders))):
                folder = prefix + "/".join(folders[: depth + 1])
                listed[folder] = {"type": "directory", "path": folder, "oid": "0" * 40, "size": 0}
            if recursive or not folders:
                oid = hashlib.sha1(content).hexdigest()
                listed[name] = {"type": "file", "path": name, "oid": oid, "size": len(content)}
        return self.reply(list(listed.values()))

    def resolve(self, content: bytes | None, oid: str) -> None:
        if content is None:
            return self.fail(404, "EntryNotFound")
        etag = f'"{hashlib.sha1(content).hexdigest()}"'
        headers = {"ETag": etag, "X-Repo-Commit": oid, "Accept-Ranges": "bytes"}
        wanted = re.fullmatch(r"bytes=(\d+)-(\d*)", self.headers["Range"] or "")
        if wanted is None:
            return self.reply(content, headers=headers)
        first, last = int(wanted[1]), min(int(wanted[2] or len(content) - 1), len(content) - 1)
        headers["Content-Range"] = f"bytes {first}-{last}/{len(content)}"
        return self.reply(content[first : last + 1], 206, headers)


def run(arguments: list[str], hub_url: str, home: Path, token: str = TOKEN) -> subprocess.CompletedProcess[str]:
    """A Python process that knows no hub but this one and no token but this one."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("HF_", "HUGGING", "XDG_"))}
    environment = {**kept, "HF_ENDPOINT": hub_url, "HF_HOME": str(home), "HOME": str(home), "HF_TOKEN": token}
    return subprocess.run(
        [sys.executable, *arguments],
        env=environment,
        cwd=home,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


if __name__ == "__main__":
    with fake_hub() as hub:
        print(hub.url, flush=True)
        threading.Event().wait()
