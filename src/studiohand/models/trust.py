"""Where separated stems can be trusted: an expected signal-to-distortion ratio for each second.

Where a stem and the rest of the mixture share the same cells of the spectrum, a separator has to
guess. Two numbers say how much of a stem is guessed, over the cells of one second, with S the
stem, M the mixture and m = min(1, |S| / |M|) the mask that was applied:

    separable = 10 log10( sum |S|^2 / sum |S| |M - S| )
    undecided = sum |S|^2 H(m) / sum |S|^2,   H(m) = - m log2 m - (1 - m) log2 (1 - m)

A straight line in both turns them into dB. It is one line for all stems: lines of their own, and
a dozen further features of the sound, told songs of another kind than they were fitted on worse
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
    separable_db : float
        Of the module's text, -20 to 40.
    undecided : float
        Of the module's text: 0 where each cell is all the stem's or not at all, 1 where each is
        shared by half.
    level_db : float
        The stem's level against the mixture.
    """

    start_s: float
    end_s: float
    separable_db: float
    undecided: float
    level_db: float


def expected_sdr_db(second: Second, line: Sequence[float]) -> float | None:
    """Expected SDR in dB; None where the stem is silent.

    Parameters
    ----------
    line : three floats
        Constant, factor of `separable_db`, factor of `undecided`.
    """
    if second.level_db < SILENT_DB:
        return None
    constant, by_separable, by_undecided = line
    raw = constant + by_separable * second.separable_db + by_undecided * second.undecided
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
        mixture = np.abs(spectra[:, 0])
        total = float(np.sum(mixture**2)) + 1e-12
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
                    undecided=float(np.sum(own**2 * _entropy(own, mixture))) / energy,
                    level_db=float(10 * np.log10(energy / total)),
                )
            )
        self._at += frames


def _entropy(
    own: npt.NDArray[np.float32], mixture: npt.NDArray[np.float32]
) -> npt.NDArray[np.float32]:
    """Binary entropy in bits of the mask that makes `own` of the mixture, cell by cell."""
    mask = np.clip(own / (mixture + np.float32(1e-9)), 1e-6, 1 - 1e-6)
    bits: npt.NDArray[np.float32] = -mask * np.log2(mask) - (1 - mask) * np.log2(1 - mask)
    return bits
