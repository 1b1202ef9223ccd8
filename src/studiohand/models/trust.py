"""Where separated stems can be trusted: an expected signal-to-distortion ratio for each second.

Where a stem and the rest of the mixture share the same cells of the spectrum, a separator has to
guess; the share of such energy tells how much of a stem is guessed:

    x = 10 log10( sum |S|^2 / sum |S| |M - S| )

over the cells of one second, with S the stem and M the mixture. Together with the stem's level
against the mixture it is turned into dB by a straight line fitted on songs with known stems
(`training/calibrate.py`); the card holds the line.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from studiohand.core.audio import Block
from studiohand.dsp.blocks.stft import analyse

WINDOW_S, LOWEST_DB, HIGHEST_DB = 0.046, -10.0, 25.0
SILENT_DB = -45.0
"""Below this level against the mixture a stem is called silent and gets no figure."""


@dataclass(frozen=True, slots=True)
class Second:
    """What a stem is expected to be worth in one span.

    Parameters
    ----------
    start_s, end_s : float
    separable_db, level_db : float
        x of the module's text, and the stem's level against the mixture.
    """

    start_s: float
    end_s: float
    separable_db: float
    level_db: float


def expected_sdr_db(second: Second, line: Sequence[float]) -> float | None:
    """Expected SDR in dB; None where the stem is silent.

    Parameters
    ----------
    line : three floats
        Constant, factor of `separable_db`, factor of `level_db`.
    """
    if second.level_db < SILENT_DB:
        return None
    constant, by_separable, by_level = line
    raw = constant + by_separable * second.separable_db + by_level * second.level_db
    return float(np.clip(raw, LOWEST_DB, HIGHEST_DB))


class TrustMeter:
    """Collects mixture and stems block by block; memory grows by a few numbers a second."""

    def __init__(self, rate: int, stems: Sequence[str]) -> None:
        self._rate, self.stems = rate, tuple(stems)
        self._window = 1 << round(np.log2(WINDOW_S * rate))
        self._kept: list[npt.NDArray[np.float64]] = []
        self._held = 0
        self._at = 0
        self.seconds: dict[str, list[Second]] = {stem: [] for stem in self.stems}

    def update(self, mix: Block, stems: npt.NDArray[np.float64]) -> None:
        """Take frames of the mixture (frames, channels) and stems (frames, stems, channels)."""
        self._kept.append(np.concatenate([mix[:, None], stems], axis=1))
        self._held += len(mix)
        if self._held < self._rate:
            return
        whole = np.concatenate(self._kept)
        while len(whole) >= self._rate:
            self._measure(whole[: self._rate])
            whole = whole[self._rate :]
        self._kept, self._held = [whole], len(whole)

    def finish(self) -> Mapping[str, list[Second]]:
        """All seconds by stem; the last may be shorter."""
        rest = np.concatenate(self._kept) if self._kept else np.zeros((0, 1, 1))
        if len(rest) >= self._window:
            self._measure(rest)
        self._kept = []
        return self.seconds

    def _measure(self, part: npt.NDArray[np.float64]) -> None:
        frames, tracks, channels = part.shape
        flat = part.reshape(frames, tracks * channels).astype(np.float32)
        spectra = analyse(flat, self._window, self._window // 2)
        spectra = spectra.reshape(len(spectra), tracks, channels, -1)
        mixture = float(np.sum(np.abs(spectra[:, 0]) ** 2)) + 1e-12
        for index, stem in enumerate(self.stems, start=1):
            own = np.abs(spectra[:, index])
            rest = np.abs(spectra[:, 0] - spectra[:, index])
            energy = float(np.sum(own**2)) + 1e-12
            shared = float(np.sum(own * rest)) + 1e-12
            self.seconds[stem].append(
                Second(
                    start_s=self._at / self._rate,
                    end_s=(self._at + frames) / self._rate,
                    separable_db=float(np.clip(10 * np.log10(energy / shared), -20.0, 40.0)),
                    level_db=float(10 * np.log10(energy / mixture)),
                )
            )
        self._at += frames
