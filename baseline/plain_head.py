"""What TRL 1.15 needs on a CPU: it scores tokens with a Triton kernel, which only a GPU runs.

TRL 1.16 falls back to torch by itself, but Unsloth still asks for 1.15. Not covered: saving memory. All logits of a
batch are in memory at once.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib.metadata import version
from typing import Any


def use_without_gpu() -> None:
    """Replaces the kernel of an old TRL with plain torch if there is no GPU; else changes nothing."""
    import torch
    from packaging.version import Version
    from trl.trainer import utils

    if Version(version("trl")) < Version("1.16") and not torch.cuda.is_available():
        vars(utils)["_ChunkedLogProbFunction"] = PlainHead


class PlainHead:
    """Called like an autograd function."""

    @staticmethod
    def apply(
        hidden: Any,
        weight: Any,
        bias: Any,
        targets: Any,
        temperature: float,
        chunk_size: int,
        softcap: float | None = None,
        scale: float = 1.0,
        outputs: tuple[str, ...] = (),
    ) -> tuple[Any, Any, Any, Any, Any]:
        """(log-probabilities of the targets, N, with gradients; then what TRL asks for in `outputs`, or None).

        hidden: N, H; weight: V, H; bias: V or None; targets: N.
        """
        import torch

        logits = torch.nn.functional.linear(hidden, weight, bias).float() * scale  # N, V
        if softcap is not None:
            logits = softcap * torch.tanh(logits / softcap)
        logits = logits / temperature
        log_probs = torch.log_softmax(logits, -1)
        wanted: dict[str, Callable[[], Any]] = {
            "entropy": lambda: -(log_probs.exp() * log_probs).sum(-1),
            "log_sum_sq_probs": lambda: torch.logsumexp(2 * log_probs, -1).detach(),
            "mean_logits": lambda: logits.mean(-1).detach(),
            "is_top1": lambda: log_probs.argmax(-1) == targets,
        }
        found = log_probs.gather(-1, targets[:, None])[:, 0]
        entropy, squares, means, top = (make() if name in outputs else None for name, make in wanted.items())
        return found, entropy, squares, means, top
