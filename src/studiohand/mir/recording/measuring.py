"""Every measurement of one file in one reading: what `measure` prints."""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor

import numpy as np

from studiohand.core.audio import Block, Track
from studiohand.core.effect import JsonValue
from studiohand.core.job import Job
from studiohand.dsp.meters.clipping import ClipMeter
from studiohand.dsp.meters.loudness import LoudnessMeter
from studiohand.dsp.meters.peak import PeakMeter
from studiohand.dsp.meters.stereo import StereoMeter
from studiohand.mir.music.front import MusicListener
from studiohand.mir.music.key import estimate_key
from studiohand.mir.music.tempo import estimate_tempo

_READ_FRAMES = 131072


def measure_track(job: Job, track: Track) -> dict[str, JsonValue]:
    """The measurements that the doors print, by name, unit in the name."""
    source, facts = track.source, track.facts
    loudness = LoudnessMeter(source.rate, source.channels)
    peaks = PeakMeter(source.rate, source.channels)
    stereo = StereoMeter(source.channels)
    clipping = ClipMeter(source.channels, facts.bits if facts else None)
    music = MusicListener(source.rate, source.channels)
    meters = (peaks, loudness, music, stereo, clipping)
    _feed(
        [meter.update for meter in meters], job.read(source, f"measure {track.name}", _READ_FRAMES)
    )
    heard = music.finish()
    tempo, key = estimate_tempo(heard.onsets, heard.hop_s), estimate_key(heard.classes)
    integrated, true_peak = loudness.integrated_lufs(), peaks.true_peak_dbtp()
    plr = None if integrated is None or true_peak is None else true_peak - integrated
    return {
        "file": facts.file if facts else track.name,
        "format": facts.format if facts else None,
        "rate": source.rate,
        "bits": facts.bits if facts else None,
        "channels": source.channels,
        "frames": source.frames,
        "seconds": round(source.frames / source.rate, 6),
        "integrated_lufs": _rounded(integrated),
        "lra_lu": _rounded(loudness.lra_lu()),
        "max_momentary_lufs": _rounded(loudness.max_momentary_lufs()),
        "max_short_term_lufs": _rounded(loudness.max_short_term_lufs()),
        "true_peak_dbtp": _rounded(true_peak),
        "sample_peak_dbfs": _rounded(peaks.sample_peak_dbfs()),
        "plr_db": _rounded(plr),
        "correlation": _rounded(stereo.correlation(), 4),
        "width": _rounded(stereo.width(), 4),
        "dc": _rounded(stereo.dc(), 7),
        "clipped_runs": clipping.count(),
        "tempo_bpm": _rounded(tempo.bpm),
        "tempo_confidence": tempo.confidence,
        "key": key.name,
        "key_confidence": key.confidence,
        "tuning_cents": key.tuning_cents,
    }


def _feed(updates: Sequence[Callable[[Block], None]], blocks: Iterable[Block]) -> None:
    """Every meter gets every block, in order; meters work beside one another and the reading."""
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        running: list[Future[None]] = []
        for block in blocks:
            planar = np.asfortranarray(block)
            for future in running:
                future.result()
            running = [pool.submit(update, planar) for update in updates]
        for future in running:
            future.result()


def _rounded(value: float | None, digits: int = 3) -> float | None:
    return round(value, digits) if value is not None and math.isfinite(value) else None
