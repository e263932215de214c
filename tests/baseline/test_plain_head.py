"""The head for TRL 1.15 on a CPU gives what TRL's own gives, where it has one for a CPU."""

from typing import Any

import pytest

pytest.importorskip("trl", reason="the extra `train` is not installed")

from debugarena.baseline.plain_head import PlainHead, use_without_gpu

OUTPUTS = ("entropy", "log_sum_sq_probs", "mean_logits", "is_top1")


@pytest.fixture
def theirs() -> Any:
    from trl.trainer import utils

    use_without_gpu()
    head = utils._ChunkedLogProbFunction  # type: ignore[attr-defined]
    if head is PlainHead:
        pytest.skip("this version of TRL has no head for a CPU")
    return head


@pytest.mark.parametrize("softcap", [None, 3.0])
@pytest.mark.parametrize("biased", [False, True])
def test_all_numbers_and_gradients_are_those_of_trl(theirs: Any, softcap: float | None, biased: bool) -> None:
    import torch

    generator = torch.Generator().manual_seed(5)
    hidden, weight, bias = (torch.randn(*size, generator=generator) for size in ((11, 16), (70, 16), (70,)))
    targets = torch.randint(70, (11,), generator=generator)
    targets[:2] = torch.stack([hidden[0] @ weight.T, hidden[1] @ weight.T + bias]).argmax(-1)
    found, gradients = [], []
    for head in (theirs, PlainHead):
        leaves = [tensor.clone().requires_grad_() for tensor in (hidden, weight, bias)]
        given = (*leaves[:2], leaves[2] if biased else None)
        values = head.apply(*given, targets, 0.7, 32, softcap, 1.3, OUTPUTS)
        (values[0].sum() + 0.5 * values[1].sum()).backward()
        found.append([value.detach().float() for value in values])
        gradients.append([leaf.grad for leaf in leaves if leaf.grad is not None])
    for ours, wanted in zip(found[1] + gradients[1], found[0] + gradients[0], strict=True):
        torch.testing.assert_close(ours, wanted, atol=1e-5, rtol=1e-4)
    assert found[0][4].sum() >= 1
    assert len(gradients[0]) == 2 + biased


def test_what_is_not_asked_for_is_none() -> None:
    import torch

    values = PlainHead.apply(torch.ones(2, 3), torch.ones(4, 3), None, torch.tensor([0, 1]), 1.0, 32)
    assert values[0].shape == (2,)
    assert values[1:] == (None, None, None, None)
