"""The training notebook runs from top to bottom, with a tiny random model."""

import json
import shlex
from pathlib import Path

import pytest
from warm_python import WARM

pytest.importorskip("trl", reason="the extra `train` is not installed")

NOTEBOOK = Path(__file__).parents[2] / "baseline" / "debugarena_grpo.ipynb"


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::ResourceWarning")  # of the kernel's client
def test_the_notebook_runs_from_top_to_bottom(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    nbclient = pytest.importorskip("nbclient", reason="the extra `dev` is not installed")
    nbformat = pytest.importorskip("nbformat")
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    nbformat.validate(notebook)
    assert not any(cell.get("outputs") for cell in notebook.cells)
    monkeypatch.setenv("DEBUGARENA_SMOKE", "1")
    kernel = tmp_path / "kernels" / "warm" / "kernel.json"
    kernel.parent.mkdir(parents=True)
    # what the notebook starts as `sys.executable` is warm too
    python = tmp_path / "python"
    python.write_text(f'#!/bin/sh\nexec {shlex.join(WARM)} "$@"\n')
    python.chmod(0o755)
    launch = f"import sys; sys.executable = {str(python)!r}; from ipykernel import kernelapp; kernelapp.launch_new_instance()"
    command = [*WARM, "-c", launch, "-f", "{connection_file}"]
    kernel.write_text(json.dumps({"argv": command, "display_name": "warm", "language": "python"}))
    monkeypatch.setenv("JUPYTER_PATH", str(tmp_path))
    client = nbclient.NotebookClient(
        notebook,
        timeout=600,
        startup_timeout=300,
        kernel_name="warm",
        resources={"metadata": {"path": str(tmp_path)}},
    )
    client.execute()
    text = "".join(output.get("text", "") for cell in notebook.cells for output in cell.get("outputs", []))
    assert "8 bugs of " in text
    assert "B is hf:model" in text
    assert (tmp_path / "runs" / "notebook-smoke" / "grpo-1" / "log.jsonl").read_text().count('"reward"') == 2
    shown = [data for cell in notebook.cells for output in cell.get("outputs", []) if (data := output.get("data"))]
    assert any("image/png" in data for data in shown)
