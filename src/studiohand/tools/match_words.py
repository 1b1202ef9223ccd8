"""How `match` says what it found."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from studiohand.core.audio import Track
from studiohand.core.effect import JsonValue
from studiohand.core.outcome import Finding, Severity
from studiohand.dsp.effects.compressor import Compressor
from studiohand.dsp.effects.eq import Band
from studiohand.dsp.matching.profile import GRID_HZ
from studiohand.dsp.matching.tonematch import ToneMatch

_TYPES = {"bell": "bell", "low_shelf": "low shelf", "high_shelf": "high shelf"}
_EVERY = 4


def finding_of(
    track: Track, kind: str, text: str, *, value: float, unit: str, limit: float | None,
    confidence: float, band_hz: tuple[float, float] | None = None,
    severity: Severity = Severity.SHOULD, evidence: Mapping[str, JsonValue] | None = None,
) -> Finding:  # fmt: skip
    """A finding about the whole of a file."""
    return Finding(
        tool="match", kind=kind, stems=(track.name,), text=text, value=round(value, 3), unit=unit,
        limit=None if limit is None else round(limit, 3), start_s=0.0,
        end_s=track.source.frames / track.source.rate,
        band_hz=(round(band_hz[0], 1), round(band_hz[1], 1)) if band_hz else None,
        severity=severity, confidence=confidence, evidence=evidence or {},
    )  # fmt: skip


def names_of(tracks: Sequence[Track]) -> str:
    """The references by name."""
    return " and ".join(f"“{track.name}”" for track in tracks)


def settings_of(band: Band) -> str:
    """A band as one would type it in."""
    return (
        f"{_TYPES.get(band.type, band.type)} {hz_words(band.hz)} {band.db:+.1f} dB Q {band.q:.2g}"
    )


def compressor_words(step: Compressor) -> str:
    """A compressor as one would set it."""
    return (
        f"Compressor{in_band(step.band_hz)}: threshold {step.threshold_db:g} dB, ratio "
        f"{step.ratio:g}:1, attack {step.attack_ms:g} ms, release {step.release_ms:g} ms."
    )


def hz_words(hz: float) -> str:
    """A frequency as people write it."""
    return f"{hz / 1000:.3g} kHz" if hz >= 1000 else f"{hz:.3g} Hz"


def in_band(band_hz: tuple[float, float] | None) -> str:
    """Where, with a space before it; nothing for the whole."""
    return f" from {hz_words(band_hz[0])} to {hz_words(band_hz[1])}" if band_hz else ""


def curve(matched: ToneMatch) -> list[list[float]]:
    """Hz, wanted dB and dB left over, a third of an octave apart."""
    points = zip(GRID_HZ, matched.goal_db, matched.rest_db, strict=True)
    return [[round(float(number), 2) for number in point] for point in points][::_EVERY]
