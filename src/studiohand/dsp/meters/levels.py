"""What a master is judged by, heard in one pass: loudness, peaks, stereo, offset, gaps."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from studiohand.core.audio import Block
from studiohand.core.units import power_to_db
from studiohand.dsp.filters.biquad import Cascade, low_pass, matched
from studiohand.dsp.meters.gaps import Gap, GapMeter
from studiohand.dsp.meters.loudness import LoudnessMeter
from studiohand.dsp.meters.peak import PeakMeter
from studiohand.dsp.meters.stereo import StereoMeter

LOW_HZ = 120.0
STEP_S = 0.01


@dataclass(frozen=True, slots=True)
class Levels:
    """Levels of a whole sound; None where there is none (silence, or too short to say).

    Parameters
    ----------
    integrated_lufs, lra_lu, max_short_term_lufs, true_peak_dbtp, sample_peak_dbfs : float or None
    correlation, width : float or None
    dc : float
    gaps : tuple of Gap
    lead_s, tail_s : float
        Silence at the ends.
    loud_dbfs : float
        RMS of the louder channel in loud moments: mean power of hundredths of a second, weighted
        by that power itself.
    low_side_db : float
        Side against mid below 120 Hz; `SILENCE_DB` where there is no side.
    """

    integrated_lufs: float | None
    lra_lu: float | None
    max_short_term_lufs: float | None
    true_peak_dbtp: float | None
    sample_peak_dbfs: float | None
    correlation: float | None
    width: float | None
    dc: float
    gaps: tuple[Gap, ...]
    lead_s: float
    tail_s: float
    loud_dbfs: float
    low_side_db: float

    def facts(self) -> dict[str, float | None]:
        """The measurements under the names `measure` gives them."""
        peak, lufs = self.true_peak_dbtp, self.integrated_lufs
        return {
            "integrated_lufs": _rounded(lufs),
            "lra_lu": _rounded(self.lra_lu),
            "max_short_term_lufs": _rounded(self.max_short_term_lufs),
            "true_peak_dbtp": _rounded(peak),
            "sample_peak_dbfs": _rounded(self.sample_peak_dbfs),
            "plr_db": None if peak is None or lufs is None else _rounded(peak - lufs),
            "correlation": _rounded(self.correlation),
            "width": _rounded(self.width),
            "dc": round(self.dc, 7),
        }


def levels_of(blocks: Iterable[Block], rate: int, channels: int) -> Levels:
    """Levels of a sound, from its blocks in order."""
    loudness, peaks = LoudnessMeter(rate, channels), PeakMeter(rate, channels)
    stereo, gaps = StereoMeter(channels), GapMeter(rate)
    power, lows = _PowerMeter(rate), _LowSide(rate, channels)
    for block in blocks:
        planar = np.asfortranarray(block)  # once, for all meters
        for meter in (loudness, peaks, stereo, gaps, power, lows):
            meter.update(planar)
    return Levels(
        integrated_lufs=loudness.integrated_lufs(),
        lra_lu=loudness.lra_lu(),
        max_short_term_lufs=loudness.max_short_term_lufs(),
        true_peak_dbtp=peaks.true_peak_dbtp(),
        sample_peak_dbfs=peaks.sample_peak_dbfs(),
        correlation=stereo.correlation(),
        width=stereo.width(),
        dc=stereo.dc(),
        gaps=tuple(gaps.gaps()),
        lead_s=gaps.lead_s(),
        tail_s=gaps.tail_s(),
        loud_dbfs=power.loud_dbfs(),
        low_side_db=lows.side_db(),
    )


class _PowerMeter:
    """Mean square of the louder channel in hundredths of a second."""

    def __init__(self, rate: int) -> None:
        self._step = max(round(STEP_S * rate), 1)
        self._open: Block | None = None
        self._powers: list[Block] = []

    def update(self, block: Block) -> None:
        planes = block.T
        joined = planes if self._open is None else np.concatenate([self._open, planes], axis=1)
        whole = joined.shape[1] - joined.shape[1] % self._step
        self._open = joined[:, whole:]
        steps = joined[:, :whole].reshape(len(joined), -1, self._step)
        self._powers.append(np.einsum("csf,csf->cs", steps, steps).max(axis=0) / self._step)

    def loud_dbfs(self) -> float:
        powers = np.concatenate([*self._powers, np.zeros(1)])
        total = float(powers.sum())
        return power_to_db(float(np.sum(powers * powers)) / total if total > 0.0 else 0.0)


class _LowSide:
    """Power of mid and side in the lows of a stereo signal."""

    def __init__(self, rate: int, channels: int) -> None:
        sections = [matched(part, rate) for part in low_pass(LOW_HZ, 0.7, 24)]
        self._filter = Cascade(sections, 2) if channels == 2 else None
        self._mid = self._side = 0.0

    def update(self, block: Block) -> None:
        if self._filter is None:
            return
        mid = 0.5 * (block[:, 0] + block[:, 1])
        lows = self._filter.process(np.stack([mid, block[:, 0] - mid], axis=1))
        powers = np.einsum("fc,fc->c", lows, lows)
        self._mid += float(powers[0])
        self._side += float(powers[1])

    def side_db(self) -> float:
        return power_to_db(self._side / self._mid) if self._mid > 0.0 else power_to_db(self._side)


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 3)
