"""What can be heard: the originals, the accepted moves, one move, a stem; cut from any frame.

An audition runs its effects from a few seconds before the span to a few seconds after it, so that
filters and envelopes have settled and what is moved earlier has come; a render runs them over the
whole song. The difference is below hearing.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from studiohand.core.audio import Block, Material, Span, Track
from studiohand.core.errors import BadSetting
from studiohand.core.outcome import Move
from studiohand.dsp.effects.chain import Aligned, Chain, summed
from studiohand.dsp.meters.loudness import LoudnessMeter
from studiohand.run.rendering import mix_effects, processed_stems

_AROUND_S = 3.0
_MATCH_SPANS, _MATCH_SPAN_S = 8, 4.0


def song_frames(material: Material) -> int:
    """Length of a song: its longest stem, or its mix."""
    tracks = material.stems or ((material.mix,) if material.mix else ())
    return max((track.source.frames for track in tracks), default=0)


def heard_sum(material: Material, moves: Sequence[Move], start_frame: int, frames: int) -> Block:
    """The stems' sum through moves over a span, shape (frames, 2).

    Parameters
    ----------
    start_frame, frames : int
        At the song's rate; beyond the end there is silence.
    """
    around = round(_AROUND_S * material.rate) if moves else 0
    early = min(start_frame, around)
    first, stop = start_frame - early, start_frame + frames + around
    stems = material.stems or ((material.mix,) if material.mix else ())
    cut = [
        Track(t.name, Span(t.source, first, stop), t.role, t.sha256, t.facts)
        for t in stems
        if t.source.rate == material.rate
    ]
    if not cut:
        return np.zeros((frames, 2))
    tracks = processed_stems(cut, moves)
    blocks = [Aligned(track.source).next(stop - first) for track in tracks]
    channels = max(block.shape[1] for block in blocks)
    mixed = summed(blocks, channels)
    effects = mix_effects(moves)
    if effects:
        chain = Chain(effects, material.rate, channels)
        mixed = np.concatenate([chain.process(mixed), chain.flush()])
    return stereo(mixed[early : early + frames])


def heard_track(track: Track, rate: int, start_frame: int, frames: int) -> Block:
    """One source over a span of the song's timeline, shape (frames, 2).

    Raises
    ------
    BadSetting
        It is at another rate than the song.
    """
    if track.source.rate != rate:
        raise BadSetting(
            f"“{track.name}” is at {track.source.rate} Hz, the song at {rate} Hz.",
            todo="Convert it first: studiohand convert.",
        )
    span = Span(track.source, start_frame, start_frame + frames)
    return stereo(Aligned(span).next(frames))


def stereo(block: Block) -> Block:
    """Two channels of any number: mono doubled, more than two folded left and right."""
    if block.shape[1] == 1:
        return np.repeat(block, 2, axis=1)
    if block.shape[1] == 2:
        return block
    return np.stack([block[:, 0::2].mean(axis=1), block[:, 1::2].mean(axis=1)], axis=1)


def match_db(material: Material, moved: Material, moves: Sequence[Move]) -> float:
    """Gain in dB that makes the moved sum as loud as the originals' over the same spans.

    Parameters
    ----------
    moved : Material
        The material with the moves' derive steps carried out.
    """
    frames, rate = song_frames(material), material.rate
    span = min(round(_MATCH_SPAN_S * rate), frames)
    starts = np.unique(np.linspace(0, max(frames - span, 0), _MATCH_SPANS).astype(int))
    meters = LoudnessMeter(rate, 2), LoudnessMeter(rate, 2)
    for start in starts:
        meters[0].update(heard_sum(material, (), int(start), span))
        meters[1].update(heard_sum(moved, moves, int(start), span))
    before, after = (meter.integrated_lufs() for meter in meters)
    return 0.0 if before is None or after is None else before - after
