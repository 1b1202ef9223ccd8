"""Separation of a file: stems and what is left, which add up to the file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt

from studiohand.core.audio import Block, Source
from studiohand.core.cards import ModelCard
from studiohand.core.effect import JsonValue
from studiohand.core.errors import BadSetting, CannotRead
from studiohand.core.job import Job
from studiohand.core.units import db_to_gain, gain_to_db, power_to_db
from studiohand.io.atomic import sweep_file
from studiohand.io.audiofile import FileSource, Sink, create_audio
from studiohand.models.protocol import SeparationModel
from studiohand.models.separation import open_model
from studiohand.models.store import card
from studiohand.models.trust import TrustMeter, expected_sdr_db
from studiohand.models.windows import separated
from studiohand.rights.marks import mark_chunks, marks_in
from studiohand.rights.origin import Mark, Origin
from studiohand.run.files.folders import make_folder, spare

RESIDUAL, REMIX = "residual", "remix"
NOT_FOUND_DB = -35.0
"""A stem this far below the mix counts as not found (music without singing gave -42 to -53 dB)."""
_BASE_MB = 110


@dataclass(slots=True)
class _Levels:
    """Running sums over the file."""

    mix: float = 0.0
    worst: float = 0.0
    stems: np.ndarray | None = None


def separate(
    source: Source,
    out: Path,
    model_name: str,
    stems: Sequence[str],
    job: Job,
    remix_db: Mapping[str, float] | None = None,
) -> dict[str, JsonValue]:
    """Write ``STEM.wav`` for each asked stem and ``residual.wav`` into a folder.

    All are 32-bit float at the source's rate, length and layout; nothing is rescaled. Stems and
    residual add up to the source.

    Parameters
    ----------
    stems : sequence of str
        Empty: all the model has.
    remix_db : mapping or None
        Level changes in dB by stem; with them ``remix.wav`` is written: the source with only
        those changes, so 0 dB everywhere is the source itself.

    Returns
    -------
    dict
        What was written, each stem's level against the mix, and the largest error of the sum.

    Raises
    ------
    BadSetting, NotAllowed, MissingPart, Corrupt, CannotRead, CannotWrite, Cancelled
    """
    chosen = card(model_name)
    asked = asked_stems(chosen, stems)
    asked_stems(replace(chosen, stems=asked), list(remix_db or {}))
    changes = np.array([db_to_gain((remix_db or {}).get(stem, 0.0)) - 1.0 for stem in asked])
    job.progress("load the model", 0.0)
    model = open_model(model_name)
    make_folder(out)
    names = [*asked, RESIDUAL, *([REMIX] if remix_db else [])]
    if isinstance(source, FileSource):
        spare([source.path], [out / f"{name}.wav" for name in names])
    for name in names:
        sweep_file(out / f"{name}.wav")
    said = marks_in(source.path) if isinstance(source, FileSource) else ()
    with ExitStack() as stack:
        sinks = [
            stack.enter_context(
                create_audio(
                    out / f"{name}.wav",
                    source.rate,
                    source.channels,
                    chunks=mark_chunks((*said, _mark(name, chosen))),
                )
            )
            for name in names
        ]
        meter = TrustMeter(source.rate, asked)
        levels = _write(source, model, sinks, meter, changes, job)
    report = _report(chosen, source, model, out, asked, levels)
    report["remix"] = str(out / f"{REMIX}.wav") if remix_db else None
    return report | {"trust": trust_map(chosen, meter)}


def trust_map(chosen: ModelCard, meter: TrustMeter) -> dict[str, list[dict[str, JsonValue]]]:
    """Expected SDR of each second and stem; empty where the card holds no calibration."""
    if not chosen.trust:
        return {}
    return {
        stem: [
            {
                "start_s": round(second.start_s, 3),
                "end_s": round(second.end_s, 3),
                "expected_sdr_db": _rounded(expected_sdr_db(second, chosen.trust)),
            }
            for second in seconds
        ]
        for stem, seconds in meter.finish().items()
    }


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 1)


def asked_stems(chosen: ModelCard, stems: Sequence[str]) -> tuple[str, ...]:
    """The asked stems in the model's order; all of them when none is named.

    Raises
    ------
    BadSetting
        The model does not have one of them.
    """
    if unknown := [stem for stem in stems if stem not in chosen.stems]:
        raise BadSetting(
            f"“{chosen.name}” has no stem “{unknown[0]}”.",
            todo=f"It has: {', '.join(chosen.stems)}.",
        )
    return tuple(stem for stem in chosen.stems if not stems or stem in stems)


def mark_detail(chosen: ModelCard) -> str:
    """What the mark of a separated stem says of its maker."""
    return f"{chosen.name} {chosen.version} (consent: {chosen.consent.value})"


def _mark(stem: str, chosen: ModelCard) -> Mark:
    return Mark(stem, Origin.SEPARATED, stem, mark_detail(chosen))


def memory_estimate_mb(model: SeparationModel, stems: int, channels: int) -> int:
    """What a run will need, in MB; it does not depend on the length of the file."""
    per_window = model.shape.window_frames * 2 * (stems + 2) * 8 * 4
    return _BASE_MB + model.shape.memory_mb + per_window * ((channels + 1) // 2) // 1_000_000


def _write(
    source: Source,
    model: SeparationModel,
    sinks: Sequence[Sink],
    meter: TrustMeter,
    changes: npt.NDArray[np.float64],
    job: Job,
) -> _Levels:
    levels = _Levels(stems=np.zeros(len(meter.stems)))
    what = f"separate ({memory_estimate_mb(model, len(meter.stems), source.channels)} MB)"
    at = 0
    for parts in separated(source, model, meter.stems):
        job.progress(what, at / source.frames)
        if not len(parts):
            continue
        mix = np.concatenate(list(source.blocks(start_frame=at, stop_frame=at + len(parts))))
        at += len(parts)
        _check_finite(mix)
        rounded = parts.astype(np.float32).astype(np.float64)
        rest = (mix - rounded.sum(axis=1)).astype(np.float32).astype(np.float64)
        remix = mix + np.einsum("fsc,s->fc", rounded, changes)
        written = [*rounded.transpose(1, 0, 2), rest, remix]
        for sink, samples in zip(sinks, written, strict=False):
            sink.write(samples)
        _add_levels(levels, mix, rounded, rest)
        meter.update(mix, rounded)
    job.progress(what, 1.0)
    return levels


def _check_finite(mix: Block) -> None:
    if not np.all(np.isfinite(mix)):
        raise CannotRead(
            "The file holds values that are not numbers.",
            todo="Export it again; a plug-in in the session has most likely broken down.",
        )


def _add_levels(levels: _Levels, mix: Block, stems: np.ndarray, rest: Block) -> None:
    levels.mix += float(np.sum(mix**2))
    levels.stems = levels.stems + np.sum(stems**2, axis=(0, 2))
    levels.worst = max(levels.worst, float(np.max(np.abs(mix - stems.sum(axis=1) - rest))))


def _report(
    chosen: ModelCard,
    source: Source,
    model: SeparationModel,
    out: Path,
    asked: tuple[str, ...],
    levels: _Levels,
) -> dict[str, JsonValue]:
    found = levels.stems if levels.stems is not None else np.zeros(len(asked))
    rows = []
    for stem, energy in zip(asked, found, strict=True):
        below = power_to_db(float(energy)) - power_to_db(levels.mix) if levels.mix else -200.0
        rows.append(
            {
                "stem": stem,
                "file": str(out / f"{stem}.wav"),
                "level_against_mix_db": round(below, 2),
                "found": below > NOT_FOUND_DB,
            }
        )
    return {
        "model": chosen.name,
        "model_version": chosen.version,
        "model_sha256": [item.sha256 for item in chosen.files],
        "consent": chosen.consent.value,
        "rate": source.rate,
        "channels": source.channels,
        "frames": source.frames,
        "stems": rows,
        "residual": str(out / f"{RESIDUAL}.wav"),
        "null_dbfs": round(gain_to_db(levels.worst), 1),
        "memory_estimate_mb": memory_estimate_mb(model, len(asked), source.channels),
    }
