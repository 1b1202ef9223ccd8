"""Match: what it would take to bring a file towards one or more references."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Annotated, cast

from studiohand.core.audio import Material
from studiohand.core.effect import Effect
from studiohand.core.errors import BadSetting
from studiohand.core.job import Job
from studiohand.core.outcome import Finding, Move, Outcome, Severity
from studiohand.core.tool import Needs, Settings, number, text, tool
from studiohand.dsp.effects.chain import ProcessedSource
from studiohand.dsp.effects.eq import Eq
from studiohand.dsp.effects.limiter import Limiter
from studiohand.dsp.effects.simple import Gain
from studiohand.dsp.effects.width import Width
from studiohand.dsp.landing.land import reach
from studiohand.dsp.matching.compare import (
    compare_same,
)
from studiohand.dsp.matching.dynamicsmatch import MOVING_DB, DynamicsMatch, match_other, match_same
from studiohand.dsp.matching.foresee import foreseen
from studiohand.dsp.matching.listening import listen
from studiohand.dsp.matching.profile import GRID_HZ, profile_of
from studiohand.dsp.matching.rehearse import Rehearsal, rehearse
from studiohand.dsp.matching.tonematch import WidthMatch, match_tone, match_width
from studiohand.dsp.meters.peak import PeakMeter
from studiohand.tools.match_pairs import DIMENSIONS, Heard, Pair, behind, pair_of
from studiohand.tools.match_words import (
    compressor_words,
    curve,
    finding_of,
    hz_words,
    in_band,
    names_of,
    settings_of,
)

TARGET = "file"
LEAST_TONE_DB = 0.12
LEAST_GAIN_DB = 0.2
_TONE_LIMIT_DB = 0.5


class MatchSettings(Settings):
    """How much of each dimension, and which reference serves what."""

    tone: Annotated[float, number(0, 150, "%", "How much of the tone to match.")] = 100.0
    dynamics: Annotated[float, number(0, 150, "%", "How much of the dynamics to match.")] = 100.0
    width: Annotated[float, number(0, 150, "%", "How much of the width to match.")] = 100.0
    loudness: Annotated[float, number(0, 150, "%", "How much of the loudness to match.")] = 100.0
    serves: Annotated[
        tuple[str, ...],
        text("What each reference serves, in their order: all, or words joined by +, "
             "for example tone+width,dynamics."),
    ] = ()  # fmt: skip
    weights: Annotated[
        tuple[float, ...], text("Weight of each reference, in their order, for example 2,1.")
    ] = ()
    ceiling: Annotated[
        float, number(-12, 0, "dBTP", "Where the limiter holds the peaks of a louder file.")
    ] = -1.0

    def amount(self, dimension: str) -> float:
        """Percent of a dimension."""
        amounts = {"tone": self.tone, "dynamics": self.dynamics, "width": self.width}
        return amounts.get(dimension, self.loudness)


@tool("match", MatchSettings, needs=Needs.FILE_AND_REFERENCES)
def match(job: Job, material: Material, settings: MatchSettings) -> Outcome:
    """Propose what brings a file towards its references: tone, dynamics, width, loudness.

    Loud parts are compared with loud parts; another version of the same record is compared moment
    by moment. Each dimension is a move of its own with its own amount. What is a difference of
    arrangement is said and left alone.
    """
    if material.file is None or not material.references:
        raise BadSetting(
            "There is no reference to match.",
            todo="Give a file one with --reference, a song with `studiohand add SONG --reference`.",
        )
    song, references = _listen(job, material, settings)
    pairs = [pair_of(song, reference) for reference in references]
    findings: list[Finding] = []
    moves: list[Move] = []
    rehearsal: Rehearsal | None = None
    for dimension in DIMENSIONS:
        if dimension == "width":
            rehearsal = _rehearsed(job, song, pairs, moves, settings)
            pairs = [behind(pair, rehearsal) for pair in pairs]
        elif dimension == "loudness" and rehearsal:
            moves = _retoned(job, song, pairs, moves, rehearsal, settings)
        served = [pair for pair in pairs if dimension in pair.reference.serves]
        if not served or settings.amount(dimension) <= 0.0:
            continue
        found, move = _PLANS[dimension](job, song, served, _steps_of(moves), settings)
        findings += found
        moves += [move] if move else []
        job.found(*found)
    return Outcome(tuple(findings), tuple(moves))


def _steps_of(moves: Sequence[Move]) -> list[Effect]:
    """What moves will do, at their amounts."""
    return [
        cast("Effect", step.scaled(move.amount_percent / 100.0))
        for move in moves
        for step in move.steps
    ]


def _rehearsed(
    job: Job, song: Heard, pairs: Sequence[Pair], moves: Sequence[Move], settings: MatchSettings
) -> Rehearsal | None:
    """What the moves make of the song, heard on parts of it; one record's versions need none."""
    if not moves or all(pair.compared.same for pair in pairs):
        return None
    goal = _goal_lufs([pair for pair in pairs if "loudness" in pair.reference.serves])
    louder_lu = None if goal is None or not math.isfinite(song.lufs) else goal - song.lufs
    return rehearse(
        job, song.track.source, song.profile, _steps_of(moves),
        louder_lu if settings.loudness > 0.0 else None, settings.ceiling,
    )  # fmt: skip


def _retoned(
    job: Job, song: Heard, pairs: Sequence[Pair], moves: list[Move], rehearsal: Rehearsal,
    settings: MatchSettings,
) -> list[Move]:  # fmt: skip
    """The moves with an equaliser that allows for what comes behind it does to the tone."""
    served = [pair for pair in pairs if "tone" in pair.reference.serves]
    eq, *others = _steps_of(moves)
    if not isinstance(eq, Eq) or eq.channel == "side" or served[0].compared.same:
        return moves
    wide = [step for step in others if isinstance(step, Width | Eq)]
    lean = rehearsal.lean_db(eq, wide)
    leaning = [
        replace(pair, compared=replace(pair.compared, tone_db=pair.compared.tone_db - lean))
        for pair in served
    ]
    new = _tone(job, song, leaning, (), settings)[1] or moves[0]
    return [replace(moves[0], steps=new.steps, text=new.text, predicted=new.predicted), *moves[1:]]


def _listen(job: Job, material: Material, settings: MatchSettings) -> tuple[Heard, list[Heard]]:
    """Everything heard once; settings spread over the references."""
    if material.file is None:
        raise TypeError("match needs a file")
    count = len(material.references)
    serves = [_words(word) for word in settings.serves] or [DIMENSIONS] * count
    weights = list(settings.weights) or [1.0] * count
    for name, given in (("serves", serves), ("weights", weights)):
        if len(given) != count:
            raise BadSetting(
                f"--{name} has {len(given)} entries, and the number of references is {count}.",
                todo="Give one entry for each reference, in their order.",
            )
    if min(weights) < 0.0 or not sum(weights):
        raise BadSetting(
            "No reference has a weight.", todo="Give weights from 0 up, one of them above 0."
        )
    tracks = (material.file, *material.references)
    heard = listen(job, tracks)
    song = Heard(tracks[0], *heard[0])
    others = zip(tracks[1:], heard[1:], weights, serves, strict=True)
    return song, [Heard(track, *facts, share, use) for track, facts, share, use in others]


def _words(word: str) -> tuple[str, ...]:
    words = DIMENSIONS if word.strip() == "all" else tuple(part.strip() for part in word.split("+"))
    if unknown := [part for part in words if part not in DIMENSIONS]:
        raise BadSetting(
            f"A reference cannot serve “{unknown[0]}”.",
            todo=f"Choose from all, {', '.join(DIMENSIONS)}.",
        )
    return words


def _tone(
    job: Job, song: Heard, pairs: Sequence[Pair], planned: Sequence[Effect],
    settings: MatchSettings,
) -> tuple[list[Finding], Move | None]:  # fmt: skip
    matched = match_tone([(pair.compared, pair.reference.share) for pair in pairs])
    findings = [_arrangement(song, *span) for span in matched.left_out]
    if not matched.bands or matched.before_db - matched.after_db < LEAST_TONE_DB:
        return findings, None
    same = all(pair.compared.same for pair in pairs)
    finding = finding_of(
        song.track, "tone",
        f"The tone is {matched.before_db:.1f} dB away from {_names(pairs)} on average; "
        f"{len(matched.bands)} bands leave {matched.after_db:.1f} dB.",
        value=matched.before_db, unit="dB", limit=_TONE_LIMIT_DB,
        band_hz=(float(GRID_HZ[matched.heard][0]), float(GRID_HZ[matched.heard][-1])),
        confidence=0.95 if same else 0.6,
        evidence={"curve": curve(matched), "same_record": same},
    )  # fmt: skip
    move = Move(
        "match", (finding.id,), (TARGET,), (Eq(matched.bands),),
        "EQ: " + "; ".join(settings_of(band) for band in matched.bands) + ".",
        {"distance_before_db": round(matched.before_db, 2),
         "distance_after_db": round(matched.after_db, 2)},
        settings.tone,
    )  # fmt: skip
    return [*findings, finding], move


def _arrangement(song: Heard, low_hz: float, high_hz: float, db: float) -> Finding:
    here, there = ("hardly anything plays here", "the reference does") if db > 0 else (
        "this song plays", "the reference hardly does")  # fmt: skip
    return finding_of(
        song.track, "tone",
        f"From {hz_words(low_hz)} to {hz_words(high_hz)} {here} and {there} ({db:+.0f} dB): "
        "a difference of arrangement, not equalised away.",
        value=db, unit="dB", limit=None, band_hz=(low_hz, high_hz), confidence=0.7,
        evidence={"arrangement": True}, severity=Severity.COULD,
    )  # fmt: skip


def _dynamics(
    job: Job, song: Heard, pairs: Sequence[Pair], planned: Sequence[Effect],
    settings: MatchSettings,
) -> tuple[list[Finding], Move | None]:  # fmt: skip
    same = [pair for pair in pairs if pair.compared.same]
    if same:
        nearest = max(same, key=lambda pair: pair.reference.share)
        equalised = tuple(step for step in planned if isinstance(step, Eq))
        ours, moving = nearest.song, nearest.compared.moving_db
        if equalised and moving.max() >= MOVING_DB:
            job.progress("listen again, equalised", 0.0)
            ours = profile_of(ProcessedSource(nearest.song_source, equalised))
            moving = compare_same(ours, nearest.beside).moving_db
        matches = match_same(ours, nearest.beside, moving)
    else:
        ours = song.profile
        for step in planned:
            ours = foreseen(ours, step) if isinstance(step, Eq) else ours
        matches = match_other(ours, [(p.beside, p.reference.share) for p in pairs])
    findings = [_dynamics_finding(song, pairs, each) for each in matches]
    steps = tuple(each.compressor for each in matches if each.compressor)
    if not steps:
        return findings, None
    because = tuple(f.id for f, m in zip(findings, matches, strict=True) if m.compressor)
    move = Move(
        "match", because, (TARGET,), steps,
        " ".join(map(compressor_words, steps)),
        {"mean_reduction_db": round(sum(m.reduction_db for m in matches), 2)},
        settings.dynamics,
    )  # fmt: skip
    return findings, move


def _dynamics_finding(song: Heard, pairs: Sequence[Pair], each: DynamicsMatch) -> Finding:
    where = in_band(each.band_hz)
    if each.compressor is None:
        said = (f"{_names(pairs)} moves{where} {-each.difference_db:.1f} dB more than this file: "
                "a compressor cannot give that back; take compression off in the mix.")  # fmt: skip
    else:
        said = (f"The hits stand out{where} {each.difference_db:.1f} dB more than in "
                f"{_names(pairs)}.")  # fmt: skip
    return finding_of(
        song.track, "dynamics", said, value=each.difference_db, unit="dB", limit=0.0,
        band_hz=each.band_hz, confidence=each.confidence,
        severity=Severity.SHOULD if each.compressor else Severity.COULD,
    )  # fmt: skip


def _names(pairs: Sequence[Pair]) -> str:
    return names_of([pair.reference.track for pair in pairs])


def _width(
    job: Job, song: Heard, pairs: Sequence[Pair], planned: Sequence[Effect],
    settings: MatchSettings,
) -> tuple[list[Finding], Move | None]:  # fmt: skip
    matched = match_width([(pair.compared, pair.reference.share) for pair in pairs])
    steps = _width_steps(matched)
    if song.track.source.channels != 2 or not steps:
        return [], None
    wider = "wider" if matched.before_db > 0 else "narrower"
    finding = finding_of(
        song.track, "width",
        f"{_names(pairs)} is {wider}: its sides are {matched.before_db:+.1f} dB against ours.",
        value=matched.before_db, unit="dB", limit=0.0,
        confidence=0.9 if all(pair.compared.same for pair in pairs) else 0.5,
    )  # fmt: skip
    said = [f"Width {matched.width * 100:.0f} %."] if matched.width != 1.0 else []
    said += ["EQ on the sides: " + "; ".join(map(settings_of, matched.bands)) + "."] * bool(
        matched.bands
    )
    move = Move(
        "match", (finding.id,), (TARGET,), steps, " ".join(said),
        {"sides_db": round(matched.before_db, 2)}, settings.width,
    )  # fmt: skip
    return [finding], move


def _width_steps(matched: WidthMatch) -> tuple[Effect, ...]:
    steps: list[Effect] = [Width(matched.width)] if matched.width != 1.0 else []
    if matched.bands:
        steps.append(Eq(matched.bands, channel="side"))
    return tuple(steps)


def _loudness(
    job: Job, song: Heard, pairs: Sequence[Pair], planned: Sequence[Effect],
    settings: MatchSettings,
) -> tuple[list[Finding], Move | None]:  # fmt: skip
    goal = _goal_lufs(pairs)
    if goal is None or not math.isfinite(song.lufs):
        return [], None
    if not planned and abs(goal - song.lufs) < LEAST_GAIN_DB:
        return [], None
    steps, gain_db, peak_db = _to_loudness(job, song, planned, goal, settings.ceiling)
    limited = any(isinstance(step, Limiter) for step in steps)
    if abs(gain_db) < LEAST_GAIN_DB and not limited:
        return [], None
    finding = finding_of(
        song.track, "loudness",
        f"{_names(pairs)} is at {goal:.1f} LUFS, this file at {song.lufs:.1f} LUFS.",
        value=song.lufs, unit="LUFS", limit=goal, confidence=1.0,
    )  # fmt: skip
    move = Move(
        "match", (finding.id,), (TARGET,), steps,
        f"Gain {gain_db:+.1f} dB" + (f" into a limiter at {settings.ceiling:g} dBTP." if limited
                                     else "."),
        {"integrated_lufs": round(goal, 1), "true_peak_before_limiter_dbtp": round(peak_db, 1)},
        settings.loudness,
    )  # fmt: skip
    return [finding], move


def _goal_lufs(pairs: Sequence[Pair]) -> float | None:
    """Weighted mean loudness of the references; None where all are silent."""
    heard = [p.reference for p in pairs if math.isfinite(p.reference.lufs)]
    share = sum(reference.share for reference in heard)
    return sum(r.lufs * r.share for r in heard) / share if share > 0.0 else None


def _to_loudness(
    job: Job, song: Heard, planned: Sequence[Effect], goal_lufs: float, ceiling_dbtp: float
) -> tuple[tuple[Effect, ...], float, float]:
    """Gain, with a limiter where peaks would pass the ceiling, that lands on a loudness."""
    source = ProcessedSource(song.track.source, tuple(planned))
    limiter, sketch = reach(job, source, goal_lufs, ceiling_dbtp)
    lufs, peak = sketch.lufs, sketch.peak_dbtp
    gain_db = round(goal_lufs - (song.lufs if lufs is None else lufs), 2)
    if peak + gain_db <= _highest_peak(job, song, gain_db, peak, ceiling_dbtp):
        return (Gain(gain_db),), gain_db, peak + gain_db
    return (limiter,), limiter.gain_db, peak + limiter.gain_db


def _highest_peak(
    job: Job, song: Heard, gain_db: float, peak_dbtp: float, ceiling_dbtp: float
) -> float:
    """How high peaks may be after a gain: a file that gets no louder keeps its own."""
    if gain_db > LEAST_GAIN_DB or peak_dbtp + gain_db <= ceiling_dbtp:
        return ceiling_dbtp
    source = song.track.source
    peaks = PeakMeter(source.rate, source.channels)
    for block in job.read(source, "listen for peaks"):
        peaks.update(block)
    own_dbtp = peaks.true_peak_dbtp()
    return ceiling_dbtp if own_dbtp is None else max(ceiling_dbtp, own_dbtp)


_PLANS = {"tone": _tone, "dynamics": _dynamics, "width": _width, "loudness": _loudness}


TOOL = match
