"""Another step on a selection only; everything else passes bit for bit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import ClassVar, Self, cast

import numpy as np

from studiohand.core.audio import Block
from studiohand.core.effect import (
    Effect,
    JsonValue,
    Processor,
    StepKind,
    step,
    step_from_json,
    step_to_json,
)
from studiohand.core.errors import BadSetting

_FADE_S = 0.01


@step
@dataclass(frozen=True, slots=True)
class Selection:
    """Apply a process step between two places in time.

    Parameters
    ----------
    start_s, end_s : float
        Seconds from the beginning; 10 ms inside each end the step fades in and out.
    of : mapping
        The step as JSON; it hears the whole sound, so that it knows what is around the selection.
    """

    do: ClassVar[str] = "selection"
    kind: ClassVar[StepKind] = "process"
    start_s: float
    end_s: float
    of: JsonValue

    def __post_init__(self) -> None:
        if not 0.0 <= self.start_s < self.end_s:
            raise BadSetting("A selection must end after it starts.")
        if not isinstance(self.of, Mapping) or self.effect.kind != "process":
            raise BadSetting("A selection needs a process step.")

    @property
    def effect(self) -> Effect:
        """The step inside."""
        return cast("Effect", step_from_json(self.of))

    def start(self, rate: int, channels: int) -> Processor:
        span = (round(self.start_s * rate), round(self.end_s * rate))
        return _Selected(self.effect.start(rate, channels), span, round(_FADE_S * rate), channels)

    def scaled(self, amount: float) -> Self:
        return replace(self, of=step_to_json(self.effect.scaled(amount)))


class _Selected:
    """Crossfades from the input to what a processor makes of it, and back."""

    def __init__(
        self, processor: Processor, span: tuple[int, int], fade_frames: int, channels: int
    ) -> None:
        self._processor, self._span = processor, span
        self._fade = max(fade_frames, 1)
        self._dry = np.zeros((0, channels))
        self._at = 0

    def process(self, block: Block, key: Block | None = None) -> Block:
        self._dry = np.concatenate([self._dry, block])
        return self._mixed(self._processor.process(block, key))

    def flush(self) -> Block:
        return self._mixed(self._processor.flush())

    def _mixed(self, wet: Block) -> Block:
        count = len(wet)
        dry, self._dry = self._dry[:count], self._dry[count:]
        frames = np.arange(self._at, self._at + count)
        self._at += count
        inside = np.minimum(frames - self._span[0], self._span[1] - frames) / self._fade
        share = np.clip(inside, 0.0, 1.0)[:, None]
        out: Block = np.where(share > 0.0, dry + share * (wet - dry), dry)
        return out
