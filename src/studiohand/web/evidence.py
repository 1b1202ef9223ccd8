"""What can be drawn as evidence: bars and sections, audibility, gain reduction."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from studiohand.core.audio import Material, Source, Span, Track
from studiohand.core.effect import Effect, JsonValue
from studiohand.core.errors import BadSetting
from studiohand.core.job import Arrays, Job
from studiohand.core.outcome import Move
from studiohand.dsp.effects.chain import Aligned
from studiohand.dsp.effects.dynamics import CURVE_HOP_S, ReductionCurve
from studiohand.run.songs.rendering import scaled_steps
from studiohand.web.audition import AROUND_S
from studiohand.web.rates import at_rate

LEAST_TEMPO_CONFIDENCE = 0.15


def music_map(source: Source) -> Arrays:
    """Tempo, beats, bars and sections of a song.

    Returns
    -------
    dict
        ``bpm``, ``confidence``, ``beats_per_bar`` (one value each; bpm 0 where there is no pulse),
        ``beats_s``, ``bars_s``, ``sections_s`` (starts and the end), ``letters`` (0 = A).
    """
    from studiohand.mir.music.front import MusicListener
    from studiohand.mir.music.sections import find_sections
    from studiohand.mir.music.tempo import NO_TEMPO, estimate_tempo

    listener = MusicListener(source.rate, source.channels)
    for block in source.blocks():
        listener.update(block)
    features = listener.finish()
    tempo = estimate_tempo(features.onsets, features.hop_s)
    if tempo.confidence < LEAST_TEMPO_CONFIDENCE:
        tempo = NO_TEMPO
    found = find_sections(features, tempo)
    return {
        "bpm": np.array([tempo.bpm or 0.0]),
        "confidence": np.array([tempo.confidence]),
        "beats_per_bar": np.array([tempo.beats_per_bar]),
        "beats_s": np.array(tempo.beats_s),
        "bars_s": np.array(tempo.downbeats_s),
        "sections_s": np.array([s.start_s for s in found] + [s.end_s for s in found[-1:]]),
        "letters": np.array([ord(s.letter) - ord("A") for s in found]),
    }


def audibility(
    job: Job,
    stems: Sequence[Track],
    name: str,
    band_hz: tuple[float, float],
    span_s: tuple[float, float],
) -> dict[str, JsonValue]:
    """Loudness level in a band of one stem, alone and among the others, ten times a second.

    Excitations are those that listening has kept; what it has not is computed.

    Returns
    -------
    dict
        ``start_s``, ``per_second``, ``alone_db``, ``among_db`` (10 dB are twice as loud; None where
        it cannot be heard).

    Raises
    ------
    BadSetting
        There is no such stem.
    """
    from studiohand.dsp.hearing.earbands import CENTRES_HZ, FRAME_RATE, band_ear, ear_bands
    from studiohand.dsp.hearing.partial_loudness import specific_loudness
    from studiohand.mir.mix.audibility import playback_factor

    if name not in {track.name for track in stems}:
        raise BadSetting("There is no stem of that name.")
    arrays = {
        track.name: job.analyse(ear_bands, [track], "hearing")[0]["bands"].mean(axis=1)
        for track in stems
    }
    frames = max(len(bands) for bands in arrays.values())
    power = np.stack([np.pad(bands, ((0, frames - len(bands)), (0, 0)))
                      for bands in arrays.values()]).astype(np.float32)  # fmt: skip
    power *= playback_factor(power)
    first, stop = (round(end * FRAME_RATE) for end in span_s)
    part = power[:, first:stop]
    own = part[list(arrays).index(name)]
    others = np.maximum(part.sum(axis=0) - own, 0.0)
    inside = (band_hz[0] <= CENTRES_HZ) & (band_hz[1] >= CENTRES_HZ) if band_hz[1] else slice(None)
    alone = specific_loudness(own, 0.0, band_ear())[:, inside].sum(axis=1)
    among = specific_loudness(own, others, band_ear())[:, inside].sum(axis=1)
    return {
        "start_s": first / FRAME_RATE, "per_second": FRAME_RATE,
        "alone_db": [_level(value) for value in alone.tolist()],
        "among_db": [_level(value) for value in among.tolist()],
    }  # fmt: skip


def _level(sones: float) -> float | None:
    return round(40.0 + 10.0 * float(np.log2(sones)), 2) if sones > 1e-4 else None


def reductions(
    material: Material, move: Move, start_frame: int, frames: int
) -> list[list[float] | None]:
    """Gain reduction in dB of each step of a move on its first target, 100 values a second.

    None for a step that reduces nothing by its nature.
    """
    tracks = {t.name: at_rate(t, material.rate).source for t in material.stems}
    target = move.targets[0]
    steps = scaled_steps(target, [move])
    if target not in tracks:
        return [None for _ in steps]
    early = min(start_frame, round(AROUND_S * material.rate))
    first, length = start_frame - early, early + frames

    def cut(source: Source) -> Aligned:
        return Aligned(Span(source, first, first + length))

    block = cut(tracks[target]).next(length)
    drawn: list[list[float] | None] = []
    for step in steps:
        curve: ReductionCurve | None = None
        if step.kind == "process":
            effect: Effect = step  # type: ignore[assignment]
            running = effect.start(material.rate, block.shape[1])
            key = str(getattr(effect, "key", None) or "")
            keyed = cut(tracks[key]).next(length) if key in tracks else None
            block = np.concatenate([running.process(block, keyed), running.flush()])
            curve = getattr(running, "curve", None)
        skipped = round(early / material.rate / CURVE_HOP_S)
        drawn.append(np.round(curve.db()[skipped:], 2).tolist() if curve else None)
    return drawn
