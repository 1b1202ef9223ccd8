"""What can be heard: the originals, the accepted moves, one move, a stem; cut from any frame.

An audition runs its effects from a few seconds before the span to a little after it, so that
filters and envelopes have settled and what is moved in time has come; a render runs them over the
whole song. The difference is below hearing.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from studiohand.core.audio import Block, Material, Span, Track
from studiohand.core.outcome import Move
from studiohand.dsp.effects.chain import Chain
from studiohand.dsp.effects.simple import Offset
from studiohand.dsp.meters.loudness import LoudnessMeter
from studiohand.run.songs.rendering import mix_effects, processed_stems, scaled_steps
from studiohand.web.rates import at_rate, brought, processing_only
from studiohand.web.sums import KeptSums, add_span

AROUND_S = 3.0
_AFTER_S = 0.5
_MATCH_SPANS, _MATCH_SPAN_S = 8, 4.0


def song_frames(material: Material) -> int:
    """Length of a song: its longest stem, or its mix."""
    return max((track.source.frames for track in song_tracks(material)), default=0)


def heard_sum(
    sums: KeptSums,
    material: Material,
    sounding: Sequence[Track],
    moves: Sequence[Move],
    start_frame: int,
    frames: int,
) -> Block:
    """The sum of tracks through moves over a span, shape (frames, 2).

    Parameters
    ----------
    sums : KeptSums
        Keeps what no move changes.
    material : Material
        The song; side-chains listen to any of its stems.
    sounding : sequence of Track
        What sounds, with the derive steps carried out. A stem at another rate than the song's
        sounds once a move brings it there.
    start_frame, frames : int
        At the song's rate; beyond the end there is silence.
    """
    rate, on_mix = material.rate, mix_effects(moves)
    changed = [t for t in sounding if scaled_steps(t.name, moves) or not t.sha256]
    before, after = _around(moves, rate) if changed or on_mix else (0, 0)
    early = min(start_frame, before)
    first, length = start_frame - early, early + frames + after
    whole = (first, length) if on_mix else (start_frame, frames)
    mixed = _unchanged_sum(sums, rate, sounding, changed, *whole)
    if changed:
        processed = _processed_sum(material, changed, moves, first, length)
        mixed = mixed + processed[whole[0] - first :][: whole[1]]
    if on_mix:
        chain = Chain(on_mix, rate, 2)
        mixed = np.concatenate([chain.process(mixed), chain.flush()])
    return mixed[start_frame - whole[0] :][:frames]


def _unchanged_sum(
    sums: KeptSums,
    rate: int,
    sounding: Sequence[Track],
    changed: Sequence[Track],
    first: int,
    length: int,
) -> Block:
    """Sum of the stems that no move changes.

    Where few are changed they are taken out of the sum of all, which is kept, rather than the many
    others read again: a control then costs one stem.
    """
    ready = [t for t in sounding if t.source.rate == rate and t.sha256]
    taken_out = [t for t in changed if t in ready]
    same = [t for t in ready if t not in taken_out]
    if len(taken_out) >= len(same):
        return sums.sum(same, rate, first, length)
    total = sums.sum(ready, rate, first, length)
    if taken_out:
        total = total.copy()
        for track in taken_out:
            add_span(total, track, first, -1.0)
    return total


def _around(moves: Sequence[Move], rate: int) -> tuple[int, int]:
    """Frames before and after a span that its sound depends on."""
    shifts = [step.frames for move in moves for step in move.steps if isinstance(step, Offset)]
    latest = max((1.5 * frames for frames in shifts), default=0)
    earliest = max((-1.5 * frames for frames in shifts), default=0)
    before = AROUND_S * rate + max(latest, 0)
    return round(before), round(_AFTER_S * rate + max(earliest, 0))


def song_tracks(material: Material) -> tuple[Track, ...]:
    """The stems; the mix where there are none."""
    return material.stems or ((material.mix,) if material.mix else ())


def _processed_sum(
    material: Material, changed: Sequence[Track], moves: Sequence[Move], first: int, length: int
) -> Block:
    """Sum of the stems that moves change; side-chains listen to any stem of the song."""
    rate, cut = material.rate, []
    heard = {track.name for track in changed}
    for track in (*changed, *(t for t in song_tracks(material) if t.name not in heard)):
        ready = brought(track, moves, rate) or at_rate(track, rate)
        cut.append(replace(ready, source=Span(ready.source, first, first + length)))
    wanted = {track.name for track in changed if brought(track, moves, rate)}
    total = np.zeros((length, 2))
    for track in processed_stems(cut, processing_only(moves)):
        if track.name in wanted:
            add_span(total, track, 0)
    return total


def heard_track(track: Track, rate: int, start_frame: int, frames: int) -> Block:
    """One source over a span of the song's timeline, shape (frames, 2).

    A source at another rate than the song's is converted for listening.
    """
    total = np.zeros((frames, 2))
    add_span(total, at_rate(track, rate), start_frame)
    return total


def loudness_of(heard: Callable[[int, int], Block], frames: int, rate: int) -> float | None:
    """Gated loudness in LUFS over spans spread through what is heard; None in silence.

    Parameters
    ----------
    heard : callable
        Of a start frame and a count of frames.
    frames : int
        Its length.
    """
    span = min(round(_MATCH_SPAN_S * rate), frames)
    meter = LoudnessMeter(rate, 2)
    for start in np.unique(np.linspace(0, max(frames - span, 0), _MATCH_SPANS).astype(int)):
        meter.update(heard(int(start), span))
    return meter.integrated_lufs()
