"""What a report draws of a song: meters over time, spectrum, and a few seconds to hear."""

from __future__ import annotations

import base64
import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from studiohand.core.audio import Block, Source, Span
from studiohand.core.job import Job
from studiohand.core.units import SILENCE_DB
from studiohand.dsp.blocks.regroup import Regroup
from studiohand.dsp.blocks.stft import Analysis
from studiohand.dsp.effects.chain import ProcessedSource
from studiohand.dsp.effects.simple import Gain
from studiohand.dsp.meters.loudness import LoudnessMeter
from studiohand.dsp.meters.peak import PeakMeter
from studiohand.io.formats import target_named
from studiohand.io.metadata import Metadata
from studiohand.io.write import create_target
from studiohand.run.release.preview import at_codec_rate

Curve = npt.NDArray[np.float64]

POINTS_PER_SECOND = 2
"""Of the curves over time."""
WINDOW_FRAMES = 8192
BANDS_PER_OCTAVE = 6
LOWEST_HZ, HIGHEST_HZ = 20.0, 20_000.0
HEARD_SECONDS = 15.0


@dataclass(frozen=True, slots=True)
class Look:
    """One pass over a song.

    Parameters
    ----------
    rate, frames : int
    numbers : dict of str to float or None
        ``integrated_lufs, lra_lu, max_momentary_lufs, max_short_term_lufs, true_peak_dbtp,
        sample_peak_dbfs, plr_db``.
    short_term_lufs, peak_dbfs, correlation : ndarray
        Twice a second; -inf and NaN in silence.
    band_hz, band_db : ndarray
        Mean level of sixth-octave bands.
    """

    rate: int
    frames: int
    numbers: dict[str, float | None]
    short_term_lufs: Curve
    peak_dbfs: Curve
    correlation: Curve
    band_hz: Curve
    band_db: Curve


def look(job: Job, source: Source, what: str) -> Look:
    """Measure a song for a report.

    Parameters
    ----------
    what : str
        What the person reads meanwhile.
    """
    loudness = LoudnessMeter(source.rate, source.channels)
    peaks = PeakMeter(source.rate, source.channels)
    steps = Regroup(max(source.rate // POINTS_PER_SECOND, 1), source.channels)
    spectra = Analysis(WINDOW_FRAMES, WINDOW_FRAMES // 4, source.channels)
    power, count = np.zeros(WINDOW_FRAMES // 2 + 1), 0
    points: list[tuple[float, float]] = []
    for block in job.read(source, what):
        loudness.update(block)
        peaks.update(block)
        points += [_point(piece) for piece in steps.feed(block)]
        found = spectra.process(block)
        power += np.sum(np.abs(found) ** 2, axis=(0, 1))
        count += len(found)
    band_hz, band_db = _bands(power / max(count, 1), source.rate)
    short = loudness.short_term_lufs()[:: 100 // POINTS_PER_SECOND]
    shape = np.array(points).reshape(-1, 2)
    return Look(
        source.rate, source.frames, _numbers(loudness, peaks), short,
        shape[:, 0], shape[:, 1], band_hz, band_db,
    )  # fmt: skip


def heard(source: Source, start_s: float, gain_db: float) -> str:
    """A few seconds of a song at a level, as an MP3 in base64."""
    target = target_named("mp3-192")
    start = round(start_s * source.rate)
    stop = min(start + round(HEARD_SECONDS * source.rate), source.frames)
    span = Span(ProcessedSource(source, (Gain(gain_db),)), start, stop)
    from_span = at_codec_rate(span, target)
    with tempfile.TemporaryDirectory(prefix="studiohand-") as folder:
        path = Path(folder) / "a.mp3"
        channels = min(source.channels, 2)
        with create_target(path, target, from_span.rate, channels, 0, Metadata()) as sink:
            for block in from_span.blocks():
                sink.write(block[:, :channels])
        return base64.b64encode(path.read_bytes()).decode()


def loudest_start_s(seen: Look) -> float:
    """Where the loudest few seconds begin."""
    if not len(seen.short_term_lufs):
        return 0.0
    best = int(np.argmax(seen.short_term_lufs)) / POINTS_PER_SECOND
    last = max(seen.frames / seen.rate - HEARD_SECONDS, 0.0)
    return min(max(best - HEARD_SECONDS / 3, 0.0), last)


def _point(planes: Block) -> tuple[float, float]:
    """Peak in dBFS and correlation of a piece, shape (channels, frames)."""
    peak = float(np.abs(planes).max())
    level = 20.0 * np.log10(peak) if peak > 0.0 else SILENCE_DB
    if len(planes) != 2:
        return level, np.nan
    left, right = planes
    energy = float(np.sqrt(np.sum(left**2) * np.sum(right**2)))
    return level, float(np.sum(left * right)) / energy if energy > 0.0 else np.nan


def _bands(power: Curve, rate: int) -> tuple[Curve, Curve]:
    """Level of sixth-octave bands; bands narrower than a bin take the bin they lie in."""
    steps = int(np.log2(HIGHEST_HZ / LOWEST_HZ) * BANDS_PER_OCTAVE)
    centres = LOWEST_HZ * 2.0 ** (np.arange(steps + 1) / BANDS_PER_OCTAVE)
    centres = centres[centres < 0.49 * rate]
    bin_hz = rate / WINDOW_FRAMES
    half = 2.0 ** (0.5 / BANDS_PER_OCTAVE)
    levels = []
    for centre in centres:
        low, high = centre / half / bin_hz, centre * half / bin_hz
        first, last = round(low), max(round(high), round(low) + 1)
        share = (high - low) / (last - first)
        levels.append(float(np.sum(power[first:last])) * share)
    with np.errstate(divide="ignore"):
        return centres, 10.0 * np.log10(np.array(levels) / WINDOW_FRAMES**2 * 8.0 / 3.0 * 2.0)


def _numbers(loudness: LoudnessMeter, peaks: PeakMeter) -> dict[str, float | None]:
    integrated, true_peak = loudness.integrated_lufs(), peaks.true_peak_dbtp()
    known = integrated is not None and true_peak is not None
    return {
        "integrated_lufs": integrated,
        "lra_lu": loudness.lra_lu(),
        "max_momentary_lufs": loudness.max_momentary_lufs(),
        "max_short_term_lufs": loudness.max_short_term_lufs(),
        "true_peak_dbtp": true_peak,
        "sample_peak_dbfs": peaks.sample_peak_dbfs(),
        "plr_db": true_peak - integrated if known else None,  # type: ignore[operator]
    }


def matched_gains(before: Look, after: Look) -> tuple[float, float]:
    """Gains in dB that make two songs equally loud; the louder one is turned down."""
    first, second = before.numbers["integrated_lufs"], after.numbers["integrated_lufs"]
    if first is None or second is None:
        return 0.0, 0.0
    return min(0.0, second - first), min(0.0, first - second)
