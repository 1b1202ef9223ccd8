"""What `match` compares: the file and each reference, laid over each other where they are one."""

from __future__ import annotations

from dataclasses import dataclass, replace

from studiohand.core.audio import Source, Span, Track
from studiohand.dsp.matching.compare import (
    Comparison,
    compare_other,
    compare_same,
    lag_hops,
    with_sides_of,
)
from studiohand.dsp.matching.profile import Profile, profile_of
from studiohand.dsp.matching.rehearse import Rehearsal

DIMENSIONS = ("tone", "dynamics", "width", "loudness")
SAME_STRAYS_DB = 1.9
"""Two files with one envelope whose difference strays more than this are not one record."""


@dataclass(frozen=True, slots=True)
class Heard:
    """A record as far as matching goes."""

    track: Track
    profile: Profile
    lufs: float
    share: float = 1.0
    serves: tuple[str, ...] = DIMENSIONS


@dataclass(frozen=True, slots=True)
class Pair:
    """The file against one reference, laid over each other where they are one record."""

    song: Profile
    reference: Heard
    beside: Profile
    compared: Comparison
    song_source: Source


def pair_of(song: Heard, reference: Heard) -> Pair:
    """The file beside a reference: moment by moment where they are versions of one record."""
    source = song.track.source
    other = Pair(
        song.profile, reference, reference.profile,
        compare_other(song.profile, reference.profile), source,
    )  # fmt: skip
    if source.rate != reference.track.source.rate:
        return other
    lag = lag_hops(song.profile, reference.profile)
    if lag is None:
        return other
    frames = round(abs(lag) * song.profile.fast_hop_s * source.rate)
    ours, theirs = song.profile, reference.profile
    if lag > 0:
        theirs = profile_of(Span(reference.track.source, frames, reference.track.source.frames))
    elif lag < 0:
        source = Span(source, frames, source.frames)
        ours = profile_of(source)
    compared = compare_same(ours, theirs)
    if compared.steady_db > SAME_STRAYS_DB:
        return other
    return Pair(ours, reference, theirs, compared, source)


def behind(pair: Pair, rehearsal: Rehearsal | None) -> Pair:
    """The pair with the sides that the rehearsed moves leave: width comes behind them."""
    if rehearsal is None or pair.compared.same:
        return pair
    return replace(pair, compared=with_sides_of(pair.compared, rehearsal.after, pair.beside))
