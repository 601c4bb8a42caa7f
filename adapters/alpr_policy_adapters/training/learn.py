"""The training itself: plates rendered in rounds, a few steps on the latest of them, until the time is used up."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from math import cos, pi
from typing import TYPE_CHECKING, Any, Final

from alpr_policy_adapters.plates.easyocr_network import CHARACTERS
from alpr_policy_adapters.training import network
from alpr_policy_adapters.training.crops import Labelled, rendered

if TYPE_CHECKING:
    from torch import Tensor

ROUND: Final = 512
"""How many crops are rendered for each round."""

DRAWN: Final = 768
"""How many crops a round trains on, drawn from the latest rounds' crops."""

KEPT_ROUNDS: Final = 4
BATCH: Final = 32
RATE: Final = 1e-3
CONVOLUTION_RATE: Final = 0.4
"""What the last convolutions' rate is of the rest's."""

HEAD_ALONE: Final = 0.08
"""The share of the training in which the convolutions stand still."""

WARM_UP: Final = 0.03
FINAL_RATE: Final = 0.02
MEAN_DECAY: Final = 0.995
VALIDATION: Final = 400
LOOKED_AT: Final = 100
"""How many of the validation crops are read while the training goes on."""

REPORT_AFTER: Final = 30.0
"""Seconds of processor time between two reports."""

Report = Callable[["Progress"], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """How long to train, and from which seed.

    `minutes` are minutes of this process's processor time, so that a busy machine takes longer for the same network.
    With `steps` the time does not count, and equal plans give equal networks on equal machines.
    """

    minutes: float = 60.0
    steps: int | None = None
    seed: int = 1
    threads: int = 1
    round_size: int = ROUND
    validation: int = VALIDATION


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """Where a training stands: `share` of the plan from 0 to 1, mean loss of late, share of validation crops exact."""

    share: float
    step: int
    seconds: float
    loss: float
    exact: float


@dataclass(slots=True, kw_only=True)
class State:
    """All that a training needs to go on: with it, what comes next depends on nothing else."""

    model: Any
    optimiser: Any
    mean: dict[str, Tensor]
    step: int = 0
    round: int = 0
    seconds: float = 0.0
    losses: list[float] = field(default_factory=list)


class Training:
    """One training: `run` goes on until the plan is done, `finished` gives what came of it."""

    def __init__(self, plan: Plan, stock: bytes) -> None:
        """Build the network from the verified bytes of EasyOCR's English recogniser."""
        import torch

        torch.set_num_threads(plan.threads)
        torch.manual_seed(plan.seed)
        self.plan = plan
        model = network.from_stock(stock)
        self._late = [
            p for i, part in enumerate(_convolutions(model)) if i >= network.FROZEN_LAYERS for p in part.parameters()
        ]
        rest = [p for name, p in model.named_parameters() if not name.startswith("FeatureExtraction")]
        for parameter in model.parameters():
            parameter.requires_grad_(False)
        for parameter in rest:
            parameter.requires_grad_(True)
        groups = [{"params": rest, "part": 1.0}, {"params": self._late, "part": CONVOLUTION_RATE}]
        optimiser = torch.optim.AdamW(groups, lr=RATE, weight_decay=1e-4)
        self.state = State(model=model, optimiser=optimiser, mean=network.plain_copy(model.state_dict()))
        self._chunks: list[Labelled] = []
        self._began = time.process_time()
        self.validation = rendered("validation", plan.validation, typefaces=False)

    @property
    def share(self) -> float:
        """Say how much of the plan is done, from 0 to 1."""
        if self.plan.steps is not None:
            return min(1.0, self.state.step / max(1, self.plan.steps))
        return min(1.0, self._seconds() / 60 / self.plan.minutes) if self.plan.minutes > 0 else 1.0

    def run(self, report: Report, keep: Callable[[State], None] = lambda state: None) -> None:
        """Train until the plan is done; `report` is told about the progress, `keep` gets the state after each round."""
        told = self._seconds()
        while self.share < 1:
            self._next_round()
            while self._order and self.share < 1:
                self._step([self._order.pop() for _ in range(min(BATCH, len(self._order)))])
                if self._seconds() >= told + REPORT_AFTER:
                    told = self._seconds()
                    report(self.progress())
            if not self._order:
                self.state.round += 1
                self.state.seconds, self._began = self._seconds(), time.process_time()
                keep(self.state)
        self.state.seconds, self._began = self._seconds(), time.process_time()

    def progress(self) -> Progress:
        """Measure the network as it stands."""
        late = self.state.losses[-30:]
        return Progress(
            share=self.share,
            step=self.state.step,
            seconds=self._seconds(),
            loss=sum(late) / len(late) if late else float("nan"),
            exact=self.exact(LOOKED_AT),
        )

    def exact(self, most: int | None = None) -> float:
        """Give the share of validation crops, at most the first `most`, that are read exactly."""
        crops, texts = self.validation.crops[:most], self.validation.texts[:most]
        seen = network.texts_of(network.log_chances(self.state.model, crops))
        return sum(a == b for a, b in zip(seen, texts, strict=True)) / len(texts)

    def finished(self) -> tuple[Any, Mapping[str, Any]]:
        """Give the network with the mean of its late weights and a fitting confidence, and its measures."""
        model = self.state.model
        model.load_state_dict(self.state.mean)
        chances = network.log_chances(model, self.validation.crops)
        by = network.temperature(chances, self.validation.texts)
        network.cooled(model, by)
        measured = {"crops": len(self.validation), "exact": round(self.exact(), 4), "temperature": round(by, 3)}
        return model, measured

    def _seconds(self) -> float:
        return self.state.seconds + time.process_time() - self._began

    def _next_round(self) -> None:
        """Render this round's crops, and those of the rounds before it that are not there, and draw an order."""
        number = self.state.round
        wanted = range(max(0, number - KEPT_ROUNDS + 1), number + 1)
        missing = [r for r in wanted if r > number - 1 or len(self._chunks) < number - r]
        for r in missing:
            self._chunks.append(rendered(f"{self.plan.seed}:{r}", self.plan.round_size))
        self._chunks = self._chunks[-KEPT_ROUNDS:]
        self._pool = Labelled.joined(self._chunks)
        order = list(range(len(self._pool)))
        random.Random(f"{self.plan.seed}:order:{number}").shuffle(order)
        self._order = order[: max(BATCH, self.plan.round_size * DRAWN // ROUND)]

    def _step(self, chosen: list[int]) -> None:
        """Train on one batch."""
        import torch

        state, share = self.state, self.share
        for parameter in self._late:
            parameter.requires_grad_(share >= HEAD_ALONE)
        rate = RATE * min(1.0, share / WARM_UP + 0.05) * (FINAL_RATE + (1 - FINAL_RATE) * (1 + cos(pi * share)) / 2)
        for group in state.optimiser.param_groups:
            group["lr"] = rate * group["part"]
        model = state.model.train()
        # What the stock network knows of brightness and contrast stays as it is.
        model.FeatureExtraction.eval()
        loss = _loss(model(network.as_input(self._pool.crops[chosen]), None), [self._pool.texts[i] for i in chosen])
        state.optimiser.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_([p for p in model.parameters() if p.requires_grad], 5.0)
        state.optimiser.step()
        state.step += 1
        state.losses.append(float(loss.detach()))
        decay = min(MEAN_DECAY, (state.step + 1) / (state.step + 10))
        with torch.no_grad():
            for name, tensor in model.state_dict().items():
                if tensor.is_floating_point():
                    state.mean[name].lerp_(tensor, 1 - decay)


def _loss(seen: Any, texts: list[str]) -> Tensor:
    """Measure how unlikely the true texts are in what the network saw."""
    import torch

    chances = torch.log_softmax(seen, 2).permute(1, 0, 2)
    wanted = torch.tensor([CHARACTERS.index(c) + 1 for text in texts for c in text])
    steps = torch.full((len(texts),), chances.shape[0])
    lengths = torch.tensor([len(text) for text in texts])
    return torch.nn.functional.ctc_loss(chances, wanted, steps, lengths, zero_infinity=True)


def _convolutions(model: Any) -> Any:
    return model.FeatureExtraction.ConvNet
