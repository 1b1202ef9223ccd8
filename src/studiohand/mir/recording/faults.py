"""One pass over a recording for everything that can be wrong with it as a recording."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from studiohand.core.audio import BLOCK_FRAMES, Block, Source
from studiohand.core.job import Arrays
from studiohand.dsp.cleaning.dehum import Dehum
from studiohand.dsp.damage.ceiling import codec_ceiling
from studiohand.dsp.damage.clicks import ClickMeter
from studiohand.dsp.damage.diary import Diary, DiaryMeter
from studiohand.dsp.damage.floor import NoiseFloor, noise_floor
from studiohand.dsp.damage.hum import Hum, HumMeter
from studiohand.dsp.damage.voicefaults import plosives, room, sibilance
from studiohand.dsp.effects.chain import ProcessedSource
from studiohand.dsp.meters.clipping import ClipMeter

FAULTS_VERSION = 10
_MOST_RUNS = 5000
_CORNER_FRAMES = 24
_PIECE_FRAMES, _SOUNDING_DB = 2048, 20.0
_Rows = npt.NDArray[np.float64]
_NONE: npt.NDArray[np.float64] = np.zeros(0)


def analyse_faults(source: Source) -> Arrays:
    """Everything the recording's own faults are read off, in one pass of flat memory.

    Noise beside a hum is heard in a second pass, with the hum subtracted: its lines are no noise.

    Returns
    -------
    mapping of str to ndarray
        ``seconds``, and those in which it sounds; ``loud_dbfs``; ``hum`` (mains Hz,
        level dBFS, drift Hz, confidence) with ``hum_harmonics_dbfs``; ``noise``
        (level dBFS, dB below the music, start s, end s, heard alone, confidence) with
        ``noise_hz``, ``noise_db``; ``clicks`` (frame, height, clearness);
        ``clipped`` (frame, frames, channel, level), ``clipped_count``; ``dc`` (a channel each)
        with ``dc_error``; ``ceiling`` (Hz, drop dB); ``room`` (decay s, decays, start s, end s);
        ``sibilance`` (dB over vowels, seconds a minute, threshold dBFS, start s, end s);
        ``plosives`` (dB over usual, threshold dBFS, then the place of each, s). Empty where
        nothing was found.
    """
    diary_meter = DiaryMeter(source.rate, source.channels)
    hums = HumMeter(source.rate)
    clicks = ClickMeter(source.channels)
    clips = ClipMeter(source.channels)
    means: list[Block] = []
    powers: list[Block] = []
    for block in source.blocks(BLOCK_FRAMES):
        diary_meter.update(block)
        hums.update(block)
        clicks.update(block)
        clips.update(block)
        means.append(_mean(block))
        powers.append(_powers(block))
    diary = diary_meter.diary()
    runs = clips.runs()
    found = {
        "seconds": np.array([source.frames / source.rate, _sounding_s(powers, source.rate)]),
        "loud_dbfs": np.percentile(diary.level_db, [90.0]) if len(diary.level_db) else _NONE,
        "clicks": away_from_tops(
            np.array([[c.frame, c.height, c.clearness] for c in clicks.clicks()], float).reshape(
                -1, 3
            ),
            np.array([[r.start_frame, r.start_frame + r.frames] for r in runs], float).reshape(
                -1, 2
            ),
            all_known=clips.count() <= len(runs),
        ),
        "clipped": np.array(
            [[r.start_frame, r.frames, r.channel, r.level] for r in runs[:_MOST_RUNS]], float
        ).reshape(-1, 4),
        "clipped_count": np.array([clips.count()]),
        **_dc(np.array(means)),
    }
    hum = hums.hum()
    noise = noise_floor(diary)
    if hum is not None and noise is not None:
        noise = _noise_without(hum, source)
    return {**found, **_hum(hum), **_noise(noise), **_from_diary(diary)}


def _noise_without(hum: Hum, source: Source) -> NoiseFloor | None:
    meter = DiaryMeter(source.rate, source.channels)
    for block in ProcessedSource(source, (Dehum(round(hum.mains_hz, 3)),)).blocks():
        meter.update(block)
    return noise_floor(meter.diary())


def _powers(block: Block) -> Block:
    """Mean square of each piece, of the loudest channel; what is over is left out."""
    whole = block[: len(block) // _PIECE_FRAMES * _PIECE_FRAMES]
    pieces = whole.reshape(-1, _PIECE_FRAMES, block.shape[1])
    return np.asarray(np.einsum("pfc,pfc->pc", pieces, pieces).max(axis=1) / _PIECE_FRAMES)


def _sounding_s(powers: list[Block], rate: int) -> float:
    """How long it is within `_SOUNDING_DB` of its loud moments."""
    power = np.concatenate([_NONE, *powers])
    if not len(power):
        return 0.0
    loud = float(np.percentile(power, 98.0))
    return float((power > loud * 10.0 ** (-_SOUNDING_DB / 10.0)).sum()) * _PIECE_FRAMES / rate


def away_from_tops(clicks: _Rows, runs: _Rows, all_known: bool = True) -> _Rows:
    """Clicks away from flat tops, whose corners are as sharp.

    Parameters
    ----------
    clicks : ndarray, shape (clicks, 3)
        The first number is a frame.
    runs : ndarray, shape (runs, 2)
        First frame, and the one after the last; in order of the first.
    all_known : bool
        Where there are more flat tops than these, nothing is said of what comes after them.
    """
    if not len(clicks) or not len(runs):
        return clicks
    if not all_known:
        clicks = clicks[clicks[:, 0] <= runs[-1, 1]]
    after = np.searchsorted(runs[:, 0], clicks[:, 0] + _CORNER_FRAMES)
    ends = np.maximum.accumulate(runs[:, 1])[np.maximum(after - 1, 0)]
    inside = (after > 0) & (ends + _CORNER_FRAMES >= clicks[:, 0])
    return clicks[~inside]


def _hum(hum: Hum | None) -> Arrays:
    if hum is None:
        return {"hum": _NONE, "hum_harmonics_dbfs": _NONE}
    return {
        "hum": np.array([hum.mains_hz, hum.level_dbfs, hum.drift_hz, hum.confidence]),
        "hum_harmonics_dbfs": hum.harmonics_dbfs,
    }


def _noise(noise: NoiseFloor | None) -> Arrays:
    if noise is None:
        return {"noise": _NONE, "noise_hz": _NONE, "noise_db": _NONE}
    return {
        "noise": np.array(
            [noise.level_dbfs, noise.below_music_db, noise.start_s, noise.end_s, noise.alone,
             noise.confidence], float),
        "noise_hz": noise.profile_hz,
        "noise_db": noise.profile_db,
    }  # fmt: skip


def _from_diary(diary: Diary) -> Arrays:
    wall = codec_ceiling(diary)
    voice_room, sibilants, pops = room(diary), sibilance(diary), plosives(diary)
    return {
        "ceiling": _NONE if wall is None else np.array([wall.hz, wall.drop_db]),
        "room": _NONE if voice_room is None else np.array(
            [voice_room.decay_s, voice_room.decays, voice_room.start_s, voice_room.end_s]),
        "sibilance": _NONE if sibilants is None else np.array(
            [sibilants.over_vowels_db, sibilants.per_minute, sibilants.threshold_db,
             sibilants.start_s, sibilants.end_s]),
        "plosives": _NONE if pops is None else np.array(
            [pops.over_usual_db, pops.threshold_db, *pops.starts_s]),
    }  # fmt: skip


def _mean(block: Block) -> Block:
    return np.array([float(block[:, channel].mean()) for channel in range(block.shape[1])])


def _dc(means: Block) -> Arrays:
    """Offset of each channel, and how uncertain the music's own swing leaves it."""
    if not len(means):
        return {"dc": _NONE, "dc_error": _NONE}
    whole = means[:-1] if len(means) > 4 else means  # the last block is short
    error = whole.std(axis=0) / np.sqrt(len(whole)) if len(whole) > 1 else np.abs(whole[0])
    return {"dc": np.median(whole, axis=0), "dc_error": error}
