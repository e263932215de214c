"""`debugarena publish`, against a hub that runs beside the test; each client is a process of its own."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from fake_hub import TOKEN, Hub, Repo, fake_hub, run

from debugarena.benchmark import cli
from debugarena.benchmark.dataset.schema import DATASET_VERSION, bug_from_row, dataset_hash
from debugarena.benchmark.dataset.yaml_file import BUGS_FOLDER, read_bug
from debugarena.benchmark.sandbox import Sandbox
from debugarena.builder.publishing.build import make_export
from debugarena.builder.publishing.export import write_export
from debugarena.builder.validate import validate_paths

BUGS = [BUGS_FOLDER / "python" / f"{name}.yaml" for name in ("first-char-empty", "stock-item-overdraw")]
TAG = f"v{DATASET_VERSION}"
PARQUET = "data/handcrafted/test-00000-of-00001.parquet"


@pytest.fixture(scope="module")
def folder(sandbox: Sandbox, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("publish") / "debugarena"
    write_export(folder, make_export(validate_paths(BUGS, sandbox, show_progress=False)))
    return folder


@pytest.fixture
def hub() -> Iterator[Hub]:
    with fake_hub() as hub:
        yield hub


def publish(
    folder: Path, hub_url: str, home: Path, *more: str, repo: str = "me/debugarena", token: str = TOKEN
) -> subprocess.CompletedProcess[str]:
    command = ["-m", "debugarena.benchmark.cli", "publish", "--repo", repo, "--tag", TAG, "--folder", str(folder)]
    return run([*command, *more], hub_url, home, token)


def test_what_is_published_loads_back_by_its_tag_as_equal_bugs(folder: Path, hub: Hub, tmp_path: Path) -> None:
    done = publish(folder, hub.url, tmp_path)
    assert done.returncode == 0, done.stderr
    repo = hub.repos["me/debugarena"]
    assert repo.tags == {TAG: repo.refs["main"]}
    files = {p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*") if p.is_file()}
    assert repo.commits[repo.tags[TAG]] == files

    repo.commit({})  # what comes later does not change what the tag names
    code = (
        "import json, os, sys\n"
        "from datasets import load_dataset\n"
        f"rows = load_dataset('me/debugarena', revision='{TAG}')['test'].to_list()\n"
        f"stream = load_dataset('me/debugarena', 'handcrafted', split='test', revision='{TAG}', streaming=True)\n"
        "assert rows == list(stream)\n"
        "print(json.dumps(rows))\n"
        "sys.stdout.flush(); os._exit(0)"  # Arrow's threads may abort a normal exit: arrow#50482
    )
    loaded = run(["-c", code], hub.url, tmp_path)
    assert loaded.returncode == 0, loaded.stderr
    assert [bug_from_row(row) for row in json.loads(loaded.stdout)] == [read_bug(file) for file in BUGS]


def published(folder: Path, hub: Hub) -> Repo:
    """What a publication leaves on the hub, as the test above says."""
    repo = hub.repos["me/debugarena"] = Repo(f"{hub.url}/datasets/me/debugarena", private=False)
    repo.tags[TAG] = repo.commit({p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*.*")})
    return repo


def test_load_bugs_and_score_read_a_hub_id_at_its_tag(folder: Path, hub: Hub, tmp_path: Path) -> None:
    published(folder, hub)
    command = ["-m", "debugarena.benchmark.cli", "score", "--model", "oracle", "--json", "--out", str(tmp_path / "out")]
    command += ["--dataset", "me/debugarena", "--revision"]
    done = run([*command, TAG], hub.url, tmp_path)
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    assert (report["n"], report["solve_rate"]) == (len(BUGS), 1.0)
    assert report["dataset"]["hash"] == dataset_hash([read_bug(file) for file in BUGS])

    for wrong in (["v9.9.9"], [TAG, "--split", "val"], [TAG, "--config", "other"]):
        done = run([*command, *wrong], hub.url, tmp_path)
        assert done.returncode == 2
        assert done.stderr.splitlines()[-1].startswith("debugarena score: me/debugarena could not be loaded")


def test_data_files_of_an_earlier_version_go_and_other_peoples_files_stay(
    folder: Path, hub: Hub, tmp_path: Path
) -> None:
    repo = published(folder, hub)
    repo.commit({"data/generated/train-00000-of-00001.parquet": b"old", PARQUET: b"old", "eval.yaml": b"theirs"})
    repo.tags.clear()
    done = publish(folder, hub.url, tmp_path)
    assert done.returncode == 0, done.stderr
    files = repo.commits[repo.tags[TAG]]
    assert [name for name in files if name.startswith("data/")] == [PARQUET]
    assert files[PARQUET] == (folder / PARQUET).read_bytes()
    assert files["eval.yaml"] == b"theirs"


def test_a_tag_that_exists_is_not_moved_and_nothing_is_uploaded(folder: Path, hub: Hub, tmp_path: Path) -> None:
    repo = published(folder, hub)
    before = (dict(repo.tags), dict(repo.refs))
    done = publish(folder, hub.url, tmp_path)
    assert done.returncode == 2
    assert f"me/debugarena has a tag {TAG} already; a new export needs a new dataset version" in done.stderr
    assert (repo.tags, repo.refs) == before


def test_private_makes_a_private_repository_and_refuses_a_public_one(folder: Path, hub: Hub, tmp_path: Path) -> None:
    assert publish(folder, hub.url, tmp_path, "--private").returncode == 0
    assert hub.repos["me/debugarena"].private
    hub.repos["me/debugarena"].private = False
    done = publish(folder, hub.url, tmp_path, "--private")
    assert done.returncode == 2
    assert "exists and is public" in done.stderr


def test_a_missing_or_wrong_token_and_a_hub_out_of_reach_are_one_sentence(
    folder: Path, hub: Hub, tmp_path: Path
) -> None:
    unused = "http://127.0.0.1:9"  # the discard port: nothing answers
    for url, token, complaint in (
        (hub.url, "", "no Hugging Face token; run `hf auth login` or set HF_TOKEN"),
        (hub.url, "hf_wrong", "the hub does not accept the token"),
        (unused, TOKEN, f"{unused} cannot be reached"),
    ):
        done = publish(folder, url, tmp_path, token=token)
        assert done.returncode == 2
        assert complaint in done.stderr
        assert len(done.stderr.strip().splitlines()) == 1
    assert not hub.repos


@pytest.mark.parametrize(
    ("repo", "tag", "complaint"),
    [
        ("debugarena", TAG, "'debugarena' is not a repository name"),
        ("me/debug arena", TAG, "'me/debug arena' is not a repository name"),
        ("me/debugarena/more", TAG, "'me/debugarena/more' is not a repository name"),
        ("me/debugarena", "v9.9.9", f"the tag is {TAG}"),
        ("me/debugarena", DATASET_VERSION, f"the tag is {TAG}"),
    ],
)
def test_names_that_do_not_fit_are_refused_before_any_request(
    repo: str, tag: str, complaint: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["publish", "--repo", repo, "--tag", tag, "--folder", str(folder)]) == 2
    assert complaint in capsys.readouterr().err


@pytest.mark.parametrize(
    ("damage", "complaint"),
    [
        (lambda copy: shutil.rmtree(copy), "no such folder"),
        (lambda copy: (copy / "croissant.json").unlink(), "lacks croissant.json"),
        (lambda copy: (copy / "croissant.json").write_text("{}"), "croissant.json cannot be read"),
        (lambda copy: (copy / PARQUET).unlink(), f"{PARQUET} is missing"),
        (lambda copy: (copy / PARQUET).write_bytes(b"PAR1"), f"{PARQUET} is not the file that croissant.json names"),
        (lambda copy: (copy / "secrets.env").write_text(""), "it holds secrets.env"),
        (lambda copy: (copy / "README.md").write_text("# Other"), "its README.md is not one of ours"),
    ],
)
def test_a_folder_that_is_not_a_whole_export_of_ours_is_not_published(
    damage: object, complaint: str, folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    copy = Path(shutil.copytree(folder, tmp_path / "debugarena"))
    assert callable(damage)
    damage(copy)
    assert cli.main(["publish", "--repo", "me/debugarena", "--tag", TAG, "--folder", str(copy)]) == 2
    assert complaint in capsys.readouterr().err
