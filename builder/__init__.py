"""How rows are made: bugs are generated, imported, proven, exported and published.

from debugarena.builder import stream, stream_dataset   # bugs without end
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from debugarena.builder.making.streaming import stream, stream_dataset

__all__ = ["stream", "stream_dataset"]


def __getattr__(name: str) -> Any:
    # the command line imports this package for every command and needs none of what streaming imports
    if name in __all__:
        from debugarena.builder.making import streaming

        return getattr(streaming, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
