"""Discs an album goes on: how much fits on a side, how songs are divided, and the cue sheet."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from studiohand.core.errors import BadSetting

SECTORS_PER_SECOND = 75
"""Of a CD (IEC 60908): 588 frames at 44.1 kHz each; places on it are counted in them."""
MOST_TRACKS = 99
SHORTEST_TRACK_S = 4.0
_MOST_SIDES = 8


@dataclass(frozen=True, slots=True)
class Disc:
    """A kind of disc.

    Parameters
    ----------
    name, title, source : str
    recommended_minutes, longest_minutes : float
        Of a side.
    sided : bool
        Whether it has two sides.
    rate, bits : int or None
        What it holds; None: what the album has, in 24 bits.
    """

    name: str
    title: str
    source: str
    recommended_minutes: float
    longest_minutes: float
    sided: bool = True
    rate: int | None = None
    bits: int = 24


@cache
def discs() -> Mapping[str, Disc]:
    """Every disc that is known, by name."""
    text = files("studiohand.run").joinpath("data/discs.toml").read_text("utf-8")
    return {entry["name"]: Disc(**entry) for entry in tomllib.loads(text)["disc"]}


def discs_named(names: Sequence[str]) -> list[Disc]:
    """The discs of names, each once.

    Raises
    ------
    BadSetting
    """
    known = discs()
    for name in names:
        if name.lower() not in known:
            raise BadSetting(
                f"“{name}” is not a disc that is known.", todo=f"Choose of: {', '.join(known)}."
            )
    return [known[name] for name in dict.fromkeys(name.lower() for name in names)]


def sides(disc: Disc, seconds: Sequence[float], wanted: Sequence[str]) -> list[tuple[str, range]]:
    """Which songs go on which side, in order.

    Parameters
    ----------
    seconds : sequence of float
        Of each song with its pause.
    wanted : sequence of str
        The producer's own side of each song; all empty: as even as the order allows, on as few
        sides as hold it (an even number).

    Raises
    ------
    BadSetting
        Some songs name a side and others do not, or a side is named again after another.
    """
    if not disc.sided:
        return [("", range(len(seconds)))]
    if any(wanted):
        return _as_wanted(wanted)
    for count in range(2, _MOST_SIDES + 1, 2):
        cuts = _even_cuts(seconds, count)
        spans = [range(a, b) for a, b in zip((0, *cuts), (*cuts, len(seconds)), strict=True)]
        fits = all(sum(seconds[n] for n in span) <= 60.0 * disc.longest_minutes for span in spans)
        if fits or len(seconds) <= count:
            break
    return [(chr(ord("A") + number), span) for number, span in enumerate(spans) if len(span)]


@dataclass(frozen=True, slots=True)
class CueTrack:
    """A track of a cue sheet.

    Parameters
    ----------
    title, artist, isrc : str
    start_s : float
        Where the music begins.
    pause_s : float or None
        Where the pause before it begins; None: there is none.
    """

    title: str
    artist: str
    isrc: str
    start_s: float
    pause_s: float | None = None


def cue_sheet(image: str, title: str, artist: str, upc: str, tracks: Sequence[CueTrack]) -> str:
    """The cue sheet of one image file; places in minutes, seconds and sectors.

    A place between two sectors is that of the sector before, so that no music is cut off.

    Parameters
    ----------
    image : str
        File name.
    """
    lines = [f"CATALOG {upc.zfill(13)}"] if upc else []
    lines += [f'PERFORMER "{_quoted(artist)}"'] if artist else []
    lines += [f'TITLE "{_quoted(title)}"'] if title else []
    lines.append(f'FILE "{_quoted(image)}" WAVE')
    for number, track in enumerate(tracks, start=1):
        lines += [f"  TRACK {number:02d} AUDIO", f'    TITLE "{_quoted(track.title)}"']
        lines += [f'    PERFORMER "{_quoted(track.artist)}"'] if track.artist else []
        lines += [f"    ISRC {track.isrc}"] if track.isrc else []
        lines += [] if track.pause_s is None else [f"    INDEX 00 {_place(track.pause_s)}"]
        lines.append(f"    INDEX 01 {_place(track.start_s)}")
    return "\r\n".join(lines) + "\r\n"


def _as_wanted(wanted: Sequence[str]) -> list[tuple[str, range]]:
    if not all(wanted):
        raise BadSetting(
            "Some songs of the sheet name their side and others do not.",
            todo="Give every song a side, or none.",
        )
    starts = [n for n in range(len(wanted)) if n == 0 or wanted[n] != wanted[n - 1]]
    names = [wanted[n] for n in starts]
    if len(set(names)) < len(names):
        raise BadSetting(
            "A side of the sheet is left and comes again.",
            todo="Put the songs of each side one after the other.",
        )
    ends = (*starts[1:], len(wanted))
    return [(n, range(a, b)) for n, a, b in zip(names, starts, ends, strict=True)]


def _even_cuts(seconds: Sequence[float], count: int) -> tuple[int, ...]:
    """Where to cut into at most `count` sides so that the longest is as short as possible."""
    songs = range(len(seconds))
    lengths = sorted({sum(seconds[a : b + 1]) for a in songs for b in songs[a:]})
    possible = (_filled(seconds, limit) for limit in lengths if limit >= max(seconds))
    return next(cuts for cuts in possible if len(cuts) < count)


def _filled(seconds: Sequence[float], limit_s: float) -> tuple[int, ...]:
    """Cuts when each side takes songs until the next one would be too much."""
    cuts, used_s = [], 0.0
    for number, length_s in enumerate(seconds):
        if number and used_s + length_s > limit_s + 1e-6:
            cuts.append(number)
            used_s = 0.0
        used_s += length_s
    return tuple(cuts)


def _place(seconds: float) -> str:
    # Half a frame of leeway: a place that is meant to lie on a sector may fall short of it by
    # rounding.
    sectors = int(seconds * SECTORS_PER_SECOND + 1e-3)
    minutes, rest = divmod(sectors, 60 * SECTORS_PER_SECOND)
    return f"{minutes:02d}:{rest // SECTORS_PER_SECOND:02d}:{rest % SECTORS_PER_SECOND:02d}"


def _quoted(text: str) -> str:
    return text.replace('"', "'").replace("\n", " ")
