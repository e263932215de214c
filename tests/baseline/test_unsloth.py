"""What is handed to Unsloth exists there: its wheel is read, not imported, as it runs on a GPU alone."""

import ast
import re
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from debugarena.baseline import language_model

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> zipfile.ZipFile:
    """The release that constraints-gpu.txt pins."""
    pin = re.search(r"^unsloth==\S+$", (ROOT / "constraints-gpu.txt").read_text(), re.MULTILINE)
    assert pin
    folder = tmp_path_factory.mktemp("unsloth")
    command = [sys.executable, "-m", "pip", "download", "-q", "--no-deps", "--only-binary", ":all:", "-d", str(folder)]
    done = subprocess.run([*command, pin[0]], capture_output=True, text=True)
    if done.returncode != 0:
        pytest.skip(f"{pin[0]} cannot be downloaded here: {done.stderr.strip().splitlines()[-1]}")
    (file,) = folder.glob("*.whl")
    return zipfile.ZipFile(file)


def parameters(wheel: zipfile.ZipFile, path: str, class_name: str, method: str) -> set[str]:
    """The named parameters of a method; what its **kwargs would swallow is not among them."""
    tree = ast.parse(wheel.read(path))
    (cls,) = [node for node in tree.body if isinstance(node, ast.ClassDef) and node.name == class_name]
    (function,) = [node for node in cls.body if isinstance(node, ast.FunctionDef) and node.name == method]
    return {arg.arg for arg in (*function.args.posonlyargs, *function.args.args, *function.args.kwonlyargs)}


def handed_over(method: str) -> set[str]:
    """The keywords of our call of FastLanguageModel.<method>."""
    tree = ast.parse(Path(language_model.__file__).read_text())
    (call,) = [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and ast.unparse(node.func) == f"FastLanguageModel.{method}"
    ]
    return {str(keyword.arg) for keyword in call.keywords}


def test_loading(wheel: zipfile.ZipFile) -> None:
    assert handed_over("from_pretrained") >= {"model_name", "load_in_4bit", "max_seq_length"}
    known = parameters(wheel, "unsloth/models/loader.py", "FastLanguageModel", "from_pretrained")
    assert handed_over("from_pretrained") <= known


def test_the_adapter(wheel: zipfile.ZipFile) -> None:
    assert handed_over("get_peft_model") >= {"r", "lora_alpha", "target_modules"}
    known = parameters(wheel, "unsloth/models/llama.py", "FastLlamaModel", "get_peft_model")
    assert handed_over("get_peft_model") <= known


def test_without_a_gpu_plain_transformers_are_used() -> None:
    from debugarena.baseline.config import read_config

    config = read_config(ROOT / "baseline" / "configs" / "qwen2.5-coder-0.5b.yaml")
    assert config.unsloth
    assert not language_model.use_unsloth(config)
