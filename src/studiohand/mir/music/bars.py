"""Beats and bars of a song, from its most rhythmic stem: where something begins and ends."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

from studiohand.core.audio import Role, Track
from studiohand.mir.music.front import MusicListener
from studiohand.mir.music.tempo import estimate_tempo

LEAST_CONFIDENCE = 0.5
"""Of the tempo, below which no beat is spoken of; of the downbeats, below which no bar is."""
_SNAP_BEATS = 0.35
_SNAP_S = 0.2
_MOST_STEMS = 3
_RHYTHM = (Role.DRUMS, Role.KICK, Role.SNARE, Role.PERCUSSION, Role.BASS, Role.HATS)


@dataclass(frozen=True, slots=True)
class Bars:
    """Where beats and bars begin.

    Parameters
    ----------
    beats_s : tuple of float
        Seconds, rising; two at least.
    starts_s : tuple of float
        Bar lines, empty where they are not sure; the first full bar is number 1.
    """

    beats_s: tuple[float, ...]
    starts_s: tuple[float, ...]

    def snapped(self, at_s: float) -> float:
        """The nearest beat, if it is near; else the time itself."""
        beat_s = (self.beats_s[-1] - self.beats_s[0]) / (len(self.beats_s) - 1)
        nearest = min(self.beats_s, key=lambda beat: abs(beat - at_s))
        near = abs(nearest - at_s) <= min(_SNAP_BEATS * beat_s, _SNAP_S)
        return nearest if near else at_s

    def numbers(self, start_s: float, end_s: float) -> tuple[int, int] | None:
        """First and last bar that a span touches; None where bars are not sure."""
        if not self.starts_s:
            return None
        first = bisect_right(self.starts_s, start_s + _SNAP_S)
        return first, max(bisect_right(self.starts_s, end_s - _SNAP_S), first)


def find_bars(tracks: Sequence[Track]) -> Bars | None:
    """Beats and bars of a song; None where its pulse is not sure.

    Parameters
    ----------
    tracks : sequence of Track
        The stems; drums and bass are asked first, three at most.
    """
    ranked = sorted(
        tracks, key=lambda t: _RHYTHM.index(t.role) if t.role in _RHYTHM else len(_RHYTHM)
    )
    for track in ranked[:_MOST_STEMS]:
        listener = MusicListener(track.source.rate, track.source.channels)
        for block in track.source.blocks():
            listener.update(block)
        heard = listener.finish()
        tempo = estimate_tempo(heard.onsets, heard.hop_s)
        if tempo.confidence >= LEAST_CONFIDENCE and len(tempo.beats_s) > 1:
            sure = tempo.downbeat_confidence >= LEAST_CONFIDENCE
            return Bars(tempo.beats_s, tempo.downbeats_s if sure else ())
    return None
