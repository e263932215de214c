"""Makes rows: generates, imports, proves, exports and publishes bugs.

from debugarena.builder import generate_bugs, stream, stream_dataset, validate_paths

generate_bugs(50, "runs/hard", level=4)   # 50 bugs, in a folder
stream(seed=7, level=2)                   # endless; stream_dataset returns a datasets.IterableDataset
validate_paths([Path("my-bugs")], sandbox)
"""

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from debugarena.builder.making.generate_bugs import generate_bugs
    from debugarena.builder.making.streaming import stream, stream_dataset
    from debugarena.builder.validate import validate_paths

__all__ = ["generate_bugs", "stream", "stream_dataset", "validate_paths"]

# imported on first use: the command line imports this package for every command and needs none of these modules
_HOMES = {
    "generate_bugs": "making.generate_bugs",
    "stream": "making.streaming",
    "stream_dataset": "making.streaming",
    "validate_paths": "validate",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_HOMES[name]}"), name)
