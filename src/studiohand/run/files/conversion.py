"""One file into another kind of file, and the certificate that says what happened to it."""

from __future__ import annotations

import hashlib
import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from studiohand import __version__
from studiohand.core.audio import Source
from studiohand.core.effect import JsonValue
from studiohand.core.errors import BadSetting, CannotWrite
from studiohand.core.units import SILENCE_DB, gain_to_db, power_to_db
from studiohand.dsp.dither import Quantiser, fits
from studiohand.dsp.filters.resample import QUALITY, ResampledSource
from studiohand.dsp.meters.peak import PeakMeter
from studiohand.io.atomic import write_bytes
from studiohand.io.audiofile import FileSource, open_audio
from studiohand.io.formats import Target, check_holds, is_float, word_length
from studiohand.io.inspect import as_text, shown
from studiohand.io.metadata import Metadata, at_rate, losses
from studiohand.io.tags import read_metadata
from studiohand.io.write import TargetSink, create_target
from studiohand.rights.marks import carried, write_beside
from studiohand.run.files.certificates import as_bytes, kept_certificate
from studiohand.run.files.folders import spare

_SEED_DIGITS = 8
TPDF, SHAPED, NO_DITHER = "tpdf", "shaped", "none"
_SHAPED_BITS = 16


@dataclass(frozen=True, slots=True)
class Order:
    """What to make of one file.

    Parameters
    ----------
    source, out, record : Path
        The file, the file to make, and where its certificate goes.
    target : Target
    rate : int or None
        Hz to convert to; None keeps the source's.
    overwrite : bool
        True: a file that is in the way and not of our making may be replaced.
    metadata : Metadata or None
        What to write into it; None: what the source says.
    dither : str
        ``"tpdf"``, ``"shaped"`` (16 bits at 44.1 or 48 kHz, for a final master only) or
        ``"none"``.
    """

    source: Path
    out: Path
    record: Path
    target: Target
    rate: int | None = None
    overwrite: bool = False
    metadata: Metadata | None = None
    dither: str = TPDF


@dataclass(frozen=True, slots=True)
class _Look:
    """What one pass over a source tells."""

    samples_sha256: str
    fits: bool
    true_peak_dbtp: float | None


def plan(order: Order) -> dict[str, JsonValue]:
    """The certificate's first half, without anything being written.

    Raises
    ------
    CannotRead, BadSetting
    """
    source = open_audio(order.source)
    rate = order.rate or source.rate
    check_holds(order.target, rate, source.channels)
    return _head(order, source, rate, "would be converted")


def convert(order: Order) -> dict[str, JsonValue]:
    """Make the file, read it back, and write its certificate.

    A file that was made before, from the same source with the same settings, and is still as it
    was made, is left as it is.

    Raises
    ------
    BadSetting
        The target cannot hold the rate or the channels.
    CannotRead, CannotWrite, MissingPart
    """
    source = open_audio(order.source)
    rate = order.rate or source.rate
    check_holds(order.target, rate, source.channels)
    _check_dither(order, word_length(order.target, source.facts))
    spare([order.source], [order.out])
    head = _head(order, source, rate, "converted")
    before = kept_certificate(order.record)
    if before is not None and _is_done(head, before, order.out):
        return before | {"state": "skipped"}
    if order.out.exists() and before is None and not order.overwrite:
        raise CannotWrite(
            f"{shown(order.out)} is in the way and was not made by `convert`.",
            todo="Choose another folder or another --name, or say --overwrite.",
        )
    certificate = head | _make(order, source, rate)
    write_bytes(order.record, as_bytes(certificate))
    return certificate


def samples_sha256(source: Source) -> str:
    """Hash of the samples alone, whatever the container: little-endian float64, interleaved."""
    return _look(source, 0, measure_peak=False).samples_sha256


def _make(order: Order, source: FileSource, rate: int) -> dict[str, JsonValue]:
    target, bits = order.target, word_length(order.target, source.facts)
    wanted: Source = source if rate == source.rate else ResampledSource(source, rate)
    whole = not target.lossy and not target.floating
    before = _look(wanted, bits if whole else 0, measure_peak=target.lossy)
    rounded = whole and not before.fits
    quantiser = _quantiser(order, bits, rate, before, rounded=rounded) if whole else None
    said = carried(order.source) if order.metadata is None else order.metadata
    metadata = at_rate(said, source.rate, rate)
    shape = (rate, source.channels, bits)
    with create_target(order.out, target, *shape, metadata, wanted.frames) as sink:
        _copy(wanted, sink, quantiser)
    if target.bare:
        write_beside(order.out, metadata)
    made = open_audio(order.out)
    return _comparison(wanted, made, before, target) | {
        "resampled": _resampling(source.rate, rate),
        "dither": _dithering(order, bits, before) if rounded else None,
        "clipped_samples": quantiser.clipped if quantiser else 0,
        "lost": _lost(metadata, order.out, rate, target),
    }


def _quantiser(order: Order, bits: int, rate: int, before: _Look, *, rounded: bool) -> Quantiser:
    dither = rounded and order.dither != NO_DITHER
    shape_at = rate if rounded and order.dither == SHAPED else None
    return Quantiser(bits, dither=dither, seed=_seed(before), shape_at=shape_at)


def _dithering(order: Order, bits: int, before: _Look) -> dict[str, JsonValue]:
    kinds = {TPDF: "TPDF", SHAPED: "TPDF, shaped (Wannamaker, 9 taps)", NO_DITHER: "none: rounded"}
    seed = None if order.dither == NO_DITHER else _seed(before)
    return {"kind": kinds[order.dither], "bits": bits, "seed": seed}


def _check_dither(order: Order, bits: int) -> None:
    if order.dither == SHAPED and (order.target.lossy or bits != _SHAPED_BITS):
        raise BadSetting(
            "Noise is shaped only for a final master of 16 bits.",
            todo="Choose wav16, flac16 or aiff16, or leave --dither out.",
        )


def _head(order: Order, source: FileSource, rate: int, state: str) -> dict[str, JsonValue]:
    bits = word_length(order.target, source.facts)
    return {
        "file": as_text(order.source),
        "out": as_text(order.out),
        "state": state,
        "target": order.target.name,
        "source": {
            "sha256": _file_sha256(order.source),
            "format": source.facts.format,
            "codec": source.facts.codec,
            "bits": source.facts.bits,
            "float": is_float(source.facts),
            "lossy": source.facts.lossy,
            "rate": source.rate,
            "channels": source.channels,
            "frames": source.frames,
        },
        "asked": {
            "rate": rate,
            "bits": bits or None,
            "kbps": order.target.kbps or None,
            "dither": order.dither,
        },
        "by": f"studiohand {__version__}",
    }


def _comparison(
    wanted: Source, made: FileSource, before: _Look, target: Target
) -> dict[str, JsonValue]:
    """What came out beside what was wanted, read back from the disk."""
    after = _look(made, 0, measure_peak=target.lossy)
    exact = after.samples_sha256 == before.samples_sha256
    power, peak = (0.0, 0.0) if exact else _residual(wanted, made)
    result = {
        "sha256": _file_sha256(made.path),
        "format": made.facts.format,
        "codec": made.facts.codec,
        "bits": made.facts.bits,
        "rate": made.rate,
        "channels": made.channels,
        "frames": made.frames,
    }
    return {
        "result": result,
        "samples_sha256_before": before.samples_sha256,
        "samples_sha256_after": after.samples_sha256,
        "exact": exact,
        "null_rms_dbfs": None if exact else round(power_to_db(power), 2),
        "null_peak_dbfs": None if exact else round(gain_to_db(peak), 2),
        "true_peak_before_dbtp": _rounded(before.true_peak_dbtp),
        "true_peak_after_dbtp": _rounded(after.true_peak_dbtp),
    }


def _look(source: Source, bits: int, *, measure_peak: bool) -> _Look:
    digest = hashlib.sha256()
    meter = PeakMeter(source.rate, source.channels) if measure_peak else None
    fitting = bits > 0
    for block in source.blocks():
        # adding zero makes minus zero plain zero, as it is in every integer format
        digest.update(np.ascontiguousarray(block + 0.0, dtype="<f8").tobytes())
        fitting = fitting and fits(block, bits)
        if meter is not None:
            meter.update(block)
    return _Look(digest.hexdigest(), fitting, meter.true_peak_dbtp() if meter else None)


def _copy(source: Source, sink: TargetSink, quantiser: Quantiser | None) -> None:
    for block in source.blocks():
        if quantiser is None:
            sink.write(block)
        else:
            sink.write_integers(quantiser.process(block))


def _residual(wanted: Source, made: Source) -> tuple[float, float]:
    """Mean power and peak of the difference; a file that ends early counts as silence there."""
    from studiohand.dsp.effects.chain import Aligned

    other = Aligned(made)
    power, peak, count = 0.0, 0.0, 0
    for block in wanted.blocks():
        difference = block - other.next(len(block))
        power += float(np.sum(difference**2))
        peak = max(peak, float(np.abs(difference).max()))
        count += difference.size
    return power / max(count, 1), peak


def _resampling(rate: int, new_rate: int) -> JsonValue:
    if rate == new_rate:
        return None
    return {"from": rate, "to": new_rate, "by": f"libsoxr {QUALITY}, linear phase, float64"}


def _lost(metadata: Metadata, out: Path, rate: int, target: Target) -> list[str]:
    lost = losses(metadata, read_metadata(out), rate / 1000)
    return [f"{name} (left out: bare)" for name in lost] if target.bare else lost


def _seed(look: _Look) -> int:
    """From the sound itself: the same file gets the same dither, and stems get unlike ones."""
    return int(look.samples_sha256[:_SEED_DIGITS], 16)


def _is_done(head: dict[str, JsonValue], before: dict[str, JsonValue], out: Path) -> bool:
    same = all(before.get(key) == head[key] for key in ("target", "source", "asked", "by"))
    return same and out.is_file() and before.get("result", {}).get("sha256") == _file_sha256(out)


def _file_sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _rounded(db: float | None) -> float | None:
    return None if db is None or not math.isfinite(db) or db <= SILENCE_DB else round(db, 2)
