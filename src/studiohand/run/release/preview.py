"""What a lossy codec makes of a song: encoded and decoded for real, measured, and to be heard."""

from __future__ import annotations

import math
import tempfile
from collections.abc import Sequence
from functools import partial
from pathlib import Path

import numpy as np

from studiohand.core.audio import Source
from studiohand.core.effect import JsonValue
from studiohand.core.errors import BadSetting
from studiohand.core.job import Job
from studiohand.core.units import SILENCE_DB, power_to_db
from studiohand.dsp.effects.chain import Aligned, Difference, ProcessedSource
from studiohand.dsp.effects.simple import Gain
from studiohand.dsp.filters.resample import ResampledSource
from studiohand.dsp.meters.peak import PeakMeter
from studiohand.io.audiofile import FileSource, create_audio, open_audio
from studiohand.io.formats import Target, target_named
from studiohand.io.metadata import Metadata
from studiohand.io.write import create_target
from studiohand.rights.marks import mark_chunks, marks_in

CEILING_DBTP = 0.0
"""Where a decoder without headroom begins to clip."""
_MOST_TRIES = 4
_MARGIN_DB = 0.05
"""Taken off beyond what was too much."""


def preview(
    job: Job,
    source: Source,
    codecs: Sequence[str],
    ceiling_dbtp: float = CEILING_DBTP,
    keep: Path | None = None,
    *,
    verify: bool = False,
) -> list[dict[str, JsonValue]]:
    """Encode and decode a song by each codec, on all cores.

    Parameters
    ----------
    source : Source
        Must survive being sent to another process, as files do.
    codecs : sequence of str
        ``"mp3-320"``, ``"aac-256"``, ``"opus-160"``, ``"vorbis-320"``...
    ceiling_dbtp : float
        What the peak after the codec is held against.
    keep : Path or None
        A folder for ``CODEC.wav`` (decoded) and ``CODEC artefacts.wav`` (the difference alone).
    verify : bool
        True: where level has to come off, encode again at the level advised until it holds; a
        quieter sound is coded differently, so the first guess may be half a decibel off.

    Returns
    -------
    list of dict
        ``codec, kbps, rate, true_peak_before_dbtp, true_peak_after_dbtp, rise_db,
        samples_over, difference_dbfs, headroom_db, verified_dbtp, text``. `verified_dbtp` is the
        peak after the codec at that headroom, None where it was not verified.

    Raises
    ------
    BadSetting
        A codec is unknown or does not lose anything.
    CannotRead, CannotWrite, MissingPart, Cancelled
    """
    targets = [target_named(name) for name in dict.fromkeys(codecs)]
    for target in targets:
        if not target.lossy:
            raise BadSetting(f"{target.name} loses nothing, so there is nothing to preview.")
    look = partial(preview_one, source, ceiling_dbtp=ceiling_dbtp, keep=keep, verify=verify)
    return job.map(look, targets, "codecs")


def preview_one(
    source: Source,
    target: Target,
    ceiling_dbtp: float = CEILING_DBTP,
    keep: Path | None = None,
    *,
    verify: bool = False,
) -> dict[str, JsonValue]:
    """Encode and decode a song by one codec; see `preview`."""
    heard = at_codec_rate(source, target)
    with tempfile.TemporaryDirectory(prefix="studiohand-") as folder:
        path = Path(folder) / f"a{target.suffix}"
        decoded = _there_and_back(heard, target, path)
        facts = measured(heard, decoded, target, ceiling_dbtp)
        if keep is not None:
            said = mark_chunks(marks_in(source.path)) if isinstance(source, FileSource) else []
            _write(decoded, keep / f"{target.name}.wav", said)
            _write(Difference(decoded, heard), keep / f"{target.name} artefacts.wav", said)
        if verify and facts["headroom_db"] < 0.0:
            gain, peak = _verified(heard, target, path, facts["headroom_db"], ceiling_dbtp)
            facts |= {"headroom_db": gain, "verified_dbtp": peak}
    return facts | {"text": _text(target, facts, ceiling_dbtp)}


def _there_and_back(source: Source, target: Target, path: Path) -> Source:
    """The source encoded and decoded again; valid until the file goes away."""
    with create_target(path, target, source.rate, source.channels, 0, Metadata()) as sink:
        for block in source.blocks():
            sink.write(block)
    return open_audio(path)


def _verified(
    source: Source, target: Target, path: Path, gain_db: float, ceiling_dbtp: float
) -> tuple[float, float]:
    """A gain under which the peak after the codec was measured to hold, and that peak."""
    peak = ceiling_dbtp
    for _ in range(_MOST_TRIES):
        quieter = ProcessedSource(source, (Gain(gain_db),))
        meter = PeakMeter(source.rate, source.channels)
        for block in _there_and_back(quieter, target, path).blocks():
            meter.update(block)
        peak = meter.true_peak_dbtp() or SILENCE_DB
        if peak <= ceiling_dbtp:
            break
        gain_db = round(gain_db - (peak - ceiling_dbtp) - _MARGIN_DB, 2)
    return gain_db, round(peak, 2) + 0.0


def measured(
    original: Source, decoded: Source, target: Target, ceiling_dbtp: float
) -> dict[str, JsonValue]:
    """A decoded song beside what went in, at one rate; see `preview` for the fields."""
    before = PeakMeter(original.rate, original.channels)
    after = PeakMeter(original.rate, original.channels)
    other = Aligned(decoded)
    power, over, count = 0.0, 0, 0
    for block in original.blocks():
        came = other.next(len(block))
        before.update(block)
        after.update(came)
        power += float(np.sum((came - block) ** 2))
        over += int(np.count_nonzero(np.abs(came) > 1.0))
        count += block.size
    peaks = before.true_peak_dbtp(), after.true_peak_dbtp()
    return {
        "codec": target.name,
        "kbps": target.kbps,
        "rate": original.rate,
        "true_peak_before_dbtp": _rounded(peaks[0]),
        "true_peak_after_dbtp": _rounded(peaks[1]),
        "rise_db": None if None in peaks else round(peaks[1] - peaks[0], 2),  # type: ignore[operator]
        "samples_over": over,
        "difference_dbfs": round(power_to_db(power / max(count, 1)), 2),
        "headroom_db": _headroom_db(peaks[1], ceiling_dbtp),
        "verified_dbtp": None,
    }


def at_codec_rate(source: Source, target: Target) -> Source:
    """The source at the nearest rate the codec works at, as an encoder would make it."""
    if not target.rates or source.rate in target.rates:
        return source
    higher = [rate for rate in target.rates if rate >= source.rate]
    return ResampledSource(source, min(higher, default=target.rates[-1]))


def _headroom_db(peak: float | None, ceiling: float) -> float:
    """Gain, never above 0, that keeps this song under the ceiling after this codec."""
    return 0.0 if peak is None else round(min(0.0, ceiling - peak), 2)


def _text(target: Target, facts: dict[str, JsonValue], ceiling: float) -> str:
    peak, less = facts["true_peak_after_dbtp"], -facts["headroom_db"]
    if peak is None:
        return f"{target.name}: silence."
    if not less:
        return f"{target.name}: {peak:.2f} dBTP after the codec, not over {ceiling:.1f}."
    sure = "keeps" if facts["verified_dbtp"] is not None else "should keep"
    return (
        f"{target.name}: {peak:.2f} dBTP after the codec; "
        f"{math.ceil(10.0 * less) / 10.0:.1f} dB less level {sure} this song under {ceiling:.1f}."
    )


def _write(source: Source, path: Path, chunks: list[tuple[bytes, bytes]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with create_audio(path, source.rate, source.channels, chunks=chunks) as sink:
        for block in source.blocks():
            sink.write(block)


def _rounded(db: float | None) -> float | None:
    return None if db is None else round(db, 2) + 0.0
