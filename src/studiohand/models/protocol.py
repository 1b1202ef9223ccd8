"""What a separation model must offer, whatever is inside."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

Window = npt.NDArray[np.float32]
"""Samples of one window, shape (frames, 2)."""


@dataclass(frozen=True, slots=True)
class Shape:
    """How a model wants its sound cut.

    Parameters
    ----------
    rate : int
        Hz.
    window_frames : int
        Length of one window.
    margin_frames : int
        Frames at each end of a window whose result is thrown away.
    fade_frames : int
        Overlap of neighbouring windows inside the margins, crossfaded.
    memory_mb : int
        What the model needs beside the windows, for the estimate before it starts.
    """

    rate: int
    window_frames: int
    margin_frames: int
    fade_frames: int
    memory_mb: int

    @property
    def step_frames(self) -> int:
        """From the start of one window to the start of the next."""
        return self.window_frames - 2 * self.margin_frames - self.fade_frames


class SeparationModel(Protocol):
    """Separates one stereo window after the other; keeps nothing between them."""

    @property
    def name(self) -> str:
        """The card's name."""

    @property
    def stems(self) -> tuple[str, ...]:
        """What it separates."""

    @property
    def shape(self) -> Shape:
        """How it wants its sound cut."""

    def separate(self, window: Window, stems: tuple[str, ...]) -> Mapping[str, Window]:
        """The asked stems of a window, shape (window_frames, 2) each."""
