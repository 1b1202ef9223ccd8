"""The songs of an album: opened at one rate, listened to, landed together, put in a row."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from studiohand.core.audio import Block, Source
from studiohand.core.errors import BadSetting
from studiohand.core.job import Job
from studiohand.core.units import seconds_to_frames
from studiohand.dsp.blocks.programme import Placed, Programme
from studiohand.dsp.effects.chain import ProcessedSource
from studiohand.dsp.effects.limiter import Limiter
from studiohand.dsp.effects.simple import Gain
from studiohand.dsp.filters.resample import ResampledSource
from studiohand.dsp.landing.land import land
from studiohand.dsp.meters.levels import Levels, levels_of
from studiohand.dsp.meters.loudness import HOPS_PER_SECOND, LoudnessMeter, album_lufs
from studiohand.io.audiofile import open_audio
from studiohand.run.release.album.discs import SECTORS_PER_SECOND
from studiohand.run.release.album.sheet import Sheet, SheetSong

Curve = npt.NDArray[np.float64]

_JOIN_S = 5.0
"""How much of a song's end meets how much of the next one's begin."""


@dataclass(frozen=True, slots=True)
class Heard:
    """A sound as it is.

    Parameters
    ----------
    levels : Levels
    momentary : ndarray
        LUFS every 10 ms.
    """

    levels: Levels
    momentary: Curve

    def begins_lufs(self) -> float | None:
        """Loudest moment of the first seconds of sound."""
        return _loudest(self._sounding()[: round(_JOIN_S * HOPS_PER_SECOND)])

    def ends_lufs(self) -> float | None:
        """Loudest moment of the last seconds of sound."""
        return _loudest(self._sounding()[-round(_JOIN_S * HOPS_PER_SECOND) :])

    def _sounding(self) -> Curve:
        first = round(self.levels.lead_s * HOPS_PER_SECOND)
        last = len(self.momentary) - round(self.levels.tail_s * HOPS_PER_SECOND)
        return self.momentary[first:last]


@dataclass(frozen=True, slots=True)
class Song:
    """A song of the album.

    Parameters
    ----------
    said : SheetSong
    source : Source
        At the album's rate.
    heard : Heard
    wish_db : float
        By how much its loudness should change.
    step : Limiter, Gain or None
        What changes it; None: nothing.
    reached_lufs : float or None
        Loudness behind it.
    """

    said: SheetSong
    source: Source
    heard: Heard
    wish_db: float
    step: Limiter | Gain | None
    reached_lufs: float | None

    @property
    def sound(self) -> Source:
        """The song behind its step."""
        return ProcessedSource(self.source, (self.step,)) if self.step else self.source


@dataclass(frozen=True, slots=True)
class Level:
    """Where the album should land.

    Parameters
    ----------
    loudness : float or None
        LUFS of the whole; None: every song keeps its level, trims apart.
    ceiling : float
        dBTP.
    """

    loudness: float | None
    ceiling: float


def songs_of(sheet: Sheet, level: Level, rate: int | None, job: Job) -> list[Song]:
    """The songs of a sheet, each changed by one and the same gain and by its own trim.

    Where the gain drives a song into the ceiling, a limiter works on it and the song still lands
    where the gain alone would have brought it.

    Parameters
    ----------
    rate : int or None
        Hz of the album; None: the songs' own, which must then be one.

    Raises
    ------
    BadSetting
        No songs, or rates that differ.
    CannotRead, Cancelled
    """
    sources = _opened(sheet, rate)
    heard = job.map(listen, sources, "listen")
    whole = album_lufs([one.momentary for one in heard])
    gain_db = 0.0 if level.loudness is None or whole is None else level.loudness - whole
    wishes = [
        _Wish(source, one.levels.integrated_lufs, gain_db + said.trim_db, level)
        for source, one, said in zip(sources, heard, sheet.song, strict=True)
    ]
    steps = job.map(_landed, wishes, "land")
    return [
        Song(said, wish.source, one, wish.gain_db, step, reached)
        for said, wish, one, (step, reached) in zip(sheet.song, wishes, heard, steps, strict=True)
    ]


def programme_of(songs: Sequence[Song]) -> Programme:
    """The songs one after the other, as the sheet wants them; the last one's pause is left out.

    A pause ends on a sector of a CD, so that the next track begins on one; songs without a pause
    join sample for sample.
    """
    rate = songs[0].source.rate
    parts: list[Placed] = []
    at = 0
    for song in songs:
        fades = [seconds_to_frames(s, rate) for s in (song.said.fade_in_s, song.said.fade_out_s)]
        parts.append(Placed(song.sound, at, *fades))
        at = max(parts[-1].end_frame + seconds_to_frames(song.said.gap_s, rate), at)
        if song.said.gap_s > 0.0:
            at = _next_sector(at, rate)
    return Programme(tuple(parts), rate)


def listen(source: Source) -> Heard:
    """Levels and momentary loudness of a sound, in one reading."""
    meter = LoudnessMeter(source.rate, source.channels)

    def metered() -> Iterator[Block]:
        for block in source.blocks():
            meter.update(block)
            yield block

    levels = levels_of(metered(), source.rate, source.channels)
    return Heard(levels, meter.momentary_lufs())


@dataclass(frozen=True, slots=True)
class _Wish:
    source: Source
    lufs: float | None
    gain_db: float
    level: Level


def _landed(wish: _Wish) -> tuple[Limiter | Gain | None, float | None]:
    """What brings a song to its place, and the loudness it then has."""
    if wish.lufs is None or (wish.level.loudness is None and not wish.gain_db):
        return None, wish.lufs
    if wish.level.loudness is None:
        return Gain(wish.gain_db), wish.lufs + wish.gain_db
    landing = land(Job(), wish.source, wish.lufs + wish.gain_db, wish.level.ceiling)
    return landing.step, landing.after.integrated_lufs


def _opened(sheet: Sheet, rate: int | None) -> list[Source]:
    if not sheet.song:
        raise BadSetting("The album has no songs.", todo="Name the files, in order.")
    sources: list[Source] = [open_audio(song.file) for song in sheet.song]
    rates = sorted({source.rate for source in sources})
    if rate is None and len(rates) > 1:
        raise BadSetting(
            f"The songs have different rates ({', '.join(f'{hz} Hz' for hz in rates)}).",
            todo="Say --rate, and they are converted; or master them at one rate.",
        )
    wanted = rate or rates[0]
    return [s if s.rate == wanted else ResampledSource(s, wanted) for s in sources]


def _next_sector(frame: int, rate: int) -> int:
    sector = -(-frame * SECTORS_PER_SECOND // rate)
    return -(-sector * rate // SECTORS_PER_SECOND)


def _loudest(curve: Curve) -> float | None:
    return round(float(curve.max()), 1) if len(curve) and np.isfinite(curve.max()) else None
