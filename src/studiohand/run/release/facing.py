"""A song before the services: how loud they play it, and what their codecs make of it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from studiohand.core.audio import Source
from studiohand.core.effect import JsonValue
from studiohand.core.errors import BadSetting
from studiohand.core.job import Job
from studiohand.dsp.meters.loudness import LoudnessMeter
from studiohand.dsp.meters.peak import PeakMeter
from studiohand.run.release.preview import CEILING_DBTP, preview
from studiohand.run.release.services import playback, services


def face_services(
    job: Job,
    source: Source,
    names: Sequence[str] = (),
    codecs: Sequence[str] = (),
    ceiling_dbtp: float = CEILING_DBTP,
    keep: Path | None = None,
) -> dict[str, JsonValue]:
    """Playback facts and codec previews of a song.

    Parameters
    ----------
    names : sequence of str
        Services; all when empty.
    codecs : sequence of str
        Kinds of file; those of the services when empty.
    ceiling_dbtp, keep
        See `preview.preview`.

    Returns
    -------
    dict
        ``integrated_lufs, true_peak_dbtp, playback, codecs``.

    Raises
    ------
    BadSetting
        A service or a codec is unknown.
    CannotRead, CannotWrite, MissingPart, Cancelled
    """
    known = services()
    if unknown := [name for name in names if name.lower() not in known]:
        raise BadSetting(
            f"“{unknown[0]}” is not a service that is known.", todo=f"Of: {', '.join(known)}."
        )
    asked = [known[name.lower()] for name in names] or list(known.values())
    loudness = LoudnessMeter(source.rate, source.channels)
    peaks = PeakMeter(source.rate, source.channels)
    for block in job.read(source, "measure"):
        loudness.update(block)
        peaks.update(block)
    lufs, peak = loudness.integrated_lufs(), peaks.true_peak_dbtp()
    wanted = list(codecs) or sorted({codec for service in asked for codec in service.codecs})
    return {
        "integrated_lufs": None if lufs is None else round(lufs, 2),
        "true_peak_dbtp": None if peak is None else round(peak, 2),
        "playback": [playback(service, lufs, peak) for service in asked],
        "codecs": preview(job, source, wanted, ceiling_dbtp, keep, verify=True),
    }
