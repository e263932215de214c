"""A prompt that is computed once for its group gives what it gives when it is computed for each completion."""

import random
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

pytest.importorskip("trl", reason="the extra `train` is not installed")

from tiny_models import save_random_model

from debugarena.baseline.plain_head import PlainHead, use_without_gpu
from debugarena.baseline.shared_prompts import log_probs, share_in_generation
from debugarena.benchmark.models.base import Sampling
from debugarena.benchmark.models.decoding import Row, decode

N_NEW = 9


@pytest.fixture
def model(tmp_path: Path) -> Any:
    import transformers
    from trl.trainer.utils import add_fused_lm_head

    use_without_gpu()
    auto: Any = transformers.AutoModelForCausalLM
    loaded = auto.from_pretrained(save_random_model(tmp_path, "llama")).double()  # rounding hangs on the threads
    add_fused_lm_head(loaded, outputs=("log_probs", "entropy"))
    return loaded


def group() -> tuple[Any, Any]:
    """Five completions of at most seven tokens after one prompt of twelve, padded left by two and right by two."""
    import torch

    ids = torch.randint(3, 200, (5, 14 + N_NEW), generator=torch.Generator().manual_seed(1))
    ids[:, :14] = ids[0, :14]
    mask = torch.ones_like(ids)
    mask[:, :2] = 0
    for row, n_used in enumerate((7, 3, 7, 1, 5)):
        mask[row, 14 + n_used :] = 0
    return ids, mask


def test_log_probabilities_entropies_and_gradients_are_those_of_trl(model: Any) -> None:
    import torch

    ids, mask = group()
    labels = ids.masked_fill(mask == 0, -100)
    labels[:, :-N_NEW] = -100
    plain = model(input_ids=ids, attention_mask=mask, labels=labels, fused_lm_head=True)
    shared = log_probs(model, ids, mask, N_NEW)
    assert shared is not None
    used = mask[:, -N_NEW:].bool()
    weights = torch.linspace(-1, 1, 5)[:, None] * used
    gradients = []
    for found, entropy in ((plain.log_probs[:, -N_NEW:], plain.entropy[:, -N_NEW:]), shared):
        assert found.shape == entropy.shape == (5, N_NEW)
        model.zero_grad()
        (found * weights).sum().backward()
        gradients.append(torch.cat([p.grad.flatten() for p in model.parameters()]))
    torch.testing.assert_close(shared[0][used], plain.log_probs[:, -N_NEW:][used], atol=1e-5, rtol=1e-5)
    torch.testing.assert_close(shared[1][used], plain.entropy[:, -N_NEW:][used], atol=1e-5, rtol=1e-5)
    assert gradients[0].abs().max() > 0.01
    assert (gradients[1] - gradients[0]).norm() < 1e-5 * gradients[0].norm()


def test_rows_with_different_prompts_are_left_to_trl(model: Any) -> None:
    ids, mask = group()
    ids[3, 5] += 1
    assert log_probs(model, ids, mask, N_NEW) is None


def test_a_row_writes_the_same_whoever_shares_its_prompt(model: Any) -> None:
    prompts = [[5, 6, 7, 8], [9, 10, 11], [5, 6, 7, 8], [5, 6, 7, 8]]
    sampling = Sampling(temperature=1.0, max_new_tokens=12)

    def written(chosen: list[int]) -> list[list[int]]:
        rows = [Row(prompts[i], random.Random(i)) for i in chosen]
        finished = list(decode(model, rows, sampling, lambda row: len(row.new_ids) == 12 - row.prompt_ids[0] % 3))
        assert len(finished) == len(rows)
        return [row.new_ids for row in rows]

    together = written([0, 1, 2, 3])
    assert together == [written([i])[0] for i in range(4)]
    assert together[0] != together[2] != together[3]
    assert {len(ids) for ids in together} == {10, 12}


def test_generation_for_trl_ends_rows_and_pads_them(model: Any) -> None:
    import torch

    share_in_generation(model)
    config = SimpleNamespace(temperature=1.0, max_new_tokens=30, eos_token_id=[*range(3, 60)], pad_token_id=0)
    ids = torch.tensor([[0, 0, 70, 71], [0, 0, 70, 71], [72, 73, 74, 75]])
    mask = torch.tensor([[0, 0, 1, 1], [0, 0, 1, 1], [1, 1, 1, 1]])
    torch.manual_seed(3)
    first = model.generate(input_ids=ids, attention_mask=mask, generation_config=config)
    torch.manual_seed(3)
    assert torch.equal(model.generate(input_ids=ids, attention_mask=mask, generation_config=config), first)
    assert torch.equal(first[:, :4], ids)
    assert not torch.equal(first[0], first[1])
    for row in first[:, 4:].tolist():
        end = next((i for i, token in enumerate(row) if token in config.eos_token_id), 29)
        assert set(row[end + 1 :]) <= {0}


# the head for TRL 1.15 on a CPU gives what TRL's own gives, where it has one for a CPU

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
