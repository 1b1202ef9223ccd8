"""Master: from a mix to the record, by as few moves as it needs; none where it needs none."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Annotated

import numpy as np

from studiohand.core.audio import Block, Material, Source, Track
from studiohand.core.effect import Effect
from studiohand.core.errors import CannotRead
from studiohand.core.job import Job
from studiohand.core.outcome import Finding, Move, Outcome, Severity
from studiohand.core.tool import Needs, Settings, number, text, tool
from studiohand.dsp.effects.chain import ProcessedSource
from studiohand.dsp.effects.compressor import Compressor
from studiohand.dsp.effects.eq import Band, Eq
from studiohand.dsp.effects.limiter import Limiter
from studiohand.dsp.effects.saturation import Saturation
from studiohand.dsp.effects.simple import Gain
from studiohand.dsp.effects.width import Width
from studiohand.dsp.kernels import loading
from studiohand.dsp.landing.land import Forecast, Landing, foretell, land
from studiohand.dsp.matching.profile import Profile, Profiled, Profiler
from studiohand.dsp.meters.levels import LOW_HZ, Levels, levels_of
from studiohand.mir.recording.flaws import flaws
from studiohand.mir.recording.mastertone import Tone, against_range, against_references

NAME = "master"
FILE = "file"
"""Target name of the one file of a tool."""
DC_CORNER_HZ = 5.0
ORDER = ("eq", "compressor", "saturation", "width")
HEAVY_DB = 3.0
"""Limiting (95th percentile) at which a compressor takes over a part of the work."""
GLUE_RATIO, GLUE_MOST_DB = 2.0, 6.0
"""Ratio, and the most that the compressor takes off the loud moments: half of the limiting."""
PUNCH_BELOW_DB, PUNCH_ATTACK_MS = 10.0, 25.0
WARM_LEVEL_DB = -9.0
"""RMS of the loud moments inside the saturation."""
FORCED_DRIVE_DB = (0.0, 12.0, 24.0, 40.0)
"""RMS of the loud moments inside the saturation that forces a loudness, tried in order."""
TOLERANCE_LU = 0.1
"""Loudness this close to where it should be is there (EBU Tech 3341 gives a meter as much)."""


class Character(StrEnum):
    """What the master may sound like beyond what is needed."""

    CLEAN = "clean"
    WARM = "warm"
    PUNCH = "punch"


class MasterSettings(Settings):
    """Where the master should land, and how far it may go from the mix."""

    loudness: Annotated[
        float | None,
        number(-40.0, -4.0, "LUFS", "Integrated loudness; without it as loud as it stays clean."),
    ] = None
    ceiling: Annotated[float, number(-20.0, 0.0, "dBTP", "Highest true peak.")] = -1.0
    budget_db: Annotated[
        float, number(0.0, 12.0, "dB", "Most that any equaliser band may change.")
    ] = 3.0
    character: Annotated[
        Character, text("clean adds nothing of its own; warm saturates; punch holds the lows.")
    ] = Character.CLEAN
    leave_out: Annotated[
        tuple[str, ...], text("Moves not to make: dc, tone, dynamics, saturation, width, limiter.")
    ] = ()


@tool(NAME, MasterSettings, needs=Needs.FILE_AND_REFERENCES)
def master(job: Job, material: Material, settings: MasterSettings) -> Outcome:
    """Master a mix: corrective EQ, dynamics, width, loudness and true peak, each only if needed.

    Every move answers a finding or the chosen character and can be left out. With a loudness it
    lands there within 0.1 LU and says what that costs; without one it goes as loud as the limiter
    stays clean. The true peak stays under the ceiling.
    """
    if material.file is None:
        raise TypeError("master needs a file")
    track = material.file
    seconds = track.source.frames / track.source.rate
    blank = Finding(tool=NAME, kind="", stems=(track.name,), text="", end_s=seconds)
    profiler = Profiler(track.source.rate, track.source.channels)
    blocks = _finite(job, track, profiler)
    with loading():
        levels = levels_of(blocks, track.source.rate, track.source.channels)
    if levels.true_peak_dbtp is None:
        words = "The file is silent; there is nothing to master."
        silent = replace(blank, kind="loudness", text=words, severity=Severity.MUST, unit="LUFS")
        return Outcome((silent,), facts={"before": levels.facts()})
    findings = flaws(blank, levels, settings.ceiling)
    moves = _repairs(findings, settings)
    tone = _tone(job, profiler.finish(), material.references, settings)
    if tone is not None:
        findings.append(_tone_finding(blank, tone))
        words = "EQ: " + "; ".join(_band_words(band) for band in tone.bands) + "."
        moves.append(_move(Eq(tone.bands), words, (findings[-1].id,)))
    moves += _colours(levels, settings)
    return _landed(_Case(job, track, blank, levels, settings), findings, moves)


def _finite(job: Job, track: Track, profiler: Profiler) -> Iterator[Block]:
    """Blocks of the file; NaN and infinity are refused."""
    for block in job.read(Profiled(track.source, profiler), "listen"):
        if not np.isfinite(block).all():
            raise CannotRead(
                f"“{track.name}” holds values that are not numbers.",
                todo="Export it again; a plug-in in the session has most likely broken down.",
            )
        yield block


def _tone(
    job: Job, song: Profile, references: Sequence[Track], settings: MasterSettings
) -> Tone | None:
    """What an equaliser should do: towards the references, else into the range of records."""
    if "tone" in settings.leave_out or settings.budget_db == 0.0:
        return None
    if not references:
        return against_range(song, settings.budget_db)
    profiles = []
    for reference in references:
        profiler = Profiler(reference.source.rate, reference.source.channels)
        for _ in job.read(Profiled(reference.source, profiler), f"listen to {reference.name}"):
            pass
        profiles.append(profiler.finish())
    return against_references(song, profiles, settings.budget_db)


def _tone_finding(blank: Finding, tone: Tone) -> Finding:
    return replace(
        blank,
        kind="tone",
        value=tone.value_db,
        unit="dB",
        limit=tone.limit_db,
        band_hz=tone.band_hz,
        confidence=tone.confidence,
        text=tone.text,
    )


def _band_words(band: Band) -> str:
    return f"{band.type.replace('_', ' ')} {band.hz:g} Hz {band.db:+.1f} dB, Q {band.q:g}"


@dataclass(frozen=True, slots=True)
class _Case:
    """What the parts of the decision share."""

    job: Job
    track: Track
    blank: Finding
    levels: Levels
    settings: MasterSettings

    @property
    def limits(self) -> bool:
        """Whether a limiter may be used."""
        return "limiter" not in self.settings.leave_out

    def foretell(self, moves: Sequence[Move]) -> Forecast:
        """How the file would land behind moves."""
        settings = self.settings
        source = through(self.track.source, moves)
        told = foretell(self.job, source, settings.loudness, settings.ceiling)
        return told if self.limits else replace(told, reduction_db=np.zeros(0))

    def land(self, moves: Sequence[Move], foretold: Forecast | None = None) -> Landing:
        """How the file lands behind moves."""
        settings = self.settings
        source = through(self.track.source, moves)
        goal = settings.loudness, settings.ceiling
        return land(self.job, source, *goal, limit=self.limits, foretold=foretold)

    def missed_lu(self, landing: Landing) -> float:
        """How far a landing is from the asked loudness."""
        wanted, after = self.settings.loudness, landing.after.integrated_lufs
        return 0.0 if wanted is None or after is None else abs(after - wanted)


def _landed(case: _Case, findings: list[Finding], moves: list[Move]) -> Outcome:
    """The outcome once the limiter has been set so that the master lands."""
    moves = _in_order(moves)
    plain = case.foretell(moves)
    moves, landing = _shared(case, moves, plain)
    if case.missed_lu(landing) > TOLERANCE_LU:
        moves, landing = _forced(case, moves, landing)
    loudness = _loudness(case, landing, plain)
    findings = [loudness, *findings]
    if landing.step is not None:
        because = tuple(f.id for f in findings if f.kind in ("loudness", "true_peak"))
        moves = [*moves, _limiting(landing, because)]
    facts = {
        "before": case.levels.facts(),
        "after": landing.after.facts(),
        "clean_lufs": plain.clean_lufs and round(plain.clean_lufs, 2),
        "reduction_p95_db": round(landing.foretold.p95_db, 2),
    }
    moves = [replace(move, because=move.because or (loudness.id,)) for move in moves]
    return Outcome(tuple(findings), tuple(moves), facts)


def _shared(case: _Case, moves: list[Move], plain: Forecast) -> tuple[list[Move], Landing]:
    """Where the limiter would work hard, a compressor shares its work if it lands as well."""
    if case.limits and plain.p95_db > HEAVY_DB and "dynamics" not in case.settings.leave_out:
        shared = _in_order([*moves, _glue(case.levels, plain)])
        landing = case.land(shared)
        if case.missed_lu(landing) <= TOLERANCE_LU:
            return shared, landing
    return moves, case.land(moves, plain)


def _forced(case: _Case, moves: list[Move], landing: Landing) -> tuple[list[Move], Landing]:
    """Where no limiter gets there, saturation takes the peaks down until it does."""
    if {"saturation", "limiter"} & set(case.settings.leave_out):
        return moves, landing
    for drive_db in FORCED_DRIVE_DB:
        bent = Saturation(round(min(drive_db - case.levels.loud_dbfs, 60.0), 1), bias=0.0)
        words = f"No limiter reaches this loudness; saturation with {bent.drive_db:+.1f} dB drive."
        tried = _in_order([*moves, _move(bent, words)])
        louder = case.land(tried)
        if case.missed_lu(louder) <= TOLERANCE_LU:
            return tried, louder
    return moves, landing


def _in_order(moves: Sequence[Move]) -> list[Move]:
    """Equalisers, dynamics, saturation, width."""
    return sorted(moves, key=lambda move: ORDER.index(move.steps[0].do))


def through(source: Source, moves: Sequence[Move]) -> Source:
    """The source heard through moves on the file."""
    effects: tuple[Effect, ...] = tuple(
        step.scaled(move.amount_percent / 100.0)  # type: ignore[misc]
        for move in moves
        for step in move.steps
    )
    return ProcessedSource(source, effects) if effects else source


def _loudness(case: _Case, landing: Landing, plain: Forecast) -> Finding:
    """Where the mix is, where the master is, and what the way costs.

    The cost is that of the limiter alone (`plain`), before anything shares its work.
    """
    before, after = case.levels.integrated_lufs, landing.after.integrated_lufs
    wanted = case.settings.loudness
    missed = case.missed_lu(landing) > TOLERANCE_LU
    costly = plain.p95_db > HEAVY_DB
    goal = wanted if wanted is not None else after
    return replace(
        case.blank,
        kind="loudness",
        severity=Severity.MUST if missed else Severity.SHOULD if costly else Severity.COULD,
        unit="LUFS",
        value=None if before is None else round(before, 2),
        limit=None if goal is None else round(goal, 2),
        text=_loudness_text(before, after, wanted, plain),
        evidence={
            "after_lufs": after and round(after, 3),
            "clean_lufs": plain.clean_lufs and round(plain.clean_lufs, 2),
            "limiter_alone_p95_db": round(plain.p95_db, 2),
            "reduction_p95_db": round(landing.foretold.p95_db, 2),
            "reduction_most_db": round(landing.foretold.most_db, 2),
        },
    )


def _loudness_text(
    before: float | None, after: float | None, wanted: float | None, plain: Forecast
) -> str:
    if before is None or after is None:
        return "The sound is too short or too quiet to have a loudness; only its peaks are kept."
    said = f"The mix has {before:.1f} LUFS, the master {after:.1f}."
    if wanted is not None and abs(after - wanted) > TOLERANCE_LU:
        return f"{said} {wanted:g} is out of reach under this ceiling."
    if plain.p95_db > HEAVY_DB and plain.clean_lufs is not None:
        return (
            f"{said} That costs: the limiter alone takes off up to {plain.most_db:.1f} dB and more "
            f"than {plain.p95_db:.1f} dB for a twentieth of the time; "
            f"it stays clean up to {plain.clean_lufs:.1f} LUFS."
        )
    return said


def _repairs(findings: Sequence[Finding], settings: MasterSettings) -> list[Move]:
    """Moves that answer flaws."""
    moves = []
    for finding in findings:
        if finding.kind == "dc" and "dc" not in settings.leave_out:
            step: Effect = Eq((Band("high_pass", DC_CORNER_HZ),))
            words = f"High pass at {DC_CORNER_HZ:g} Hz takes the offset out."
        elif finding.kind == "mono_loss" and "width" not in settings.leave_out:
            step = Width(mono_below_hz=LOW_HZ)
            words = f"The sides are taken away below {LOW_HZ:g} Hz; the middle is untouched."
        else:
            continue
        moves.append(_move(step, words, (finding.id,)))
    return moves


def _colours(levels: Levels, settings: MasterSettings) -> list[Move]:
    """Moves that the chosen character wants."""
    moves = []
    if settings.character is Character.PUNCH and "dynamics" not in settings.leave_out:
        held = Compressor(
            round(levels.loud_dbfs - PUNCH_BELOW_DB, 1), 2.5, PUNCH_ATTACK_MS, 120.0,
            makeup_db=1.0, band_hz=(20.0, LOW_HZ),
        )  # fmt: skip
        moves.append(_move(held, f"Punch: the lows are held together, {_spoken(held)}."))
    if settings.character is Character.WARM and "saturation" not in settings.leave_out:
        drive_db = round(WARM_LEVEL_DB - levels.loud_dbfs, 1)
        warm = Saturation(min(max(drive_db, -24.0), 24.0), bias=0.15, mix=0.5)
        moves.append(_move(warm, f"Warm: half of a saturation with {warm.drive_db:+.1f} dB drive."))
    return moves


def _glue(levels: Levels, plain: Forecast) -> Move:
    """A slow compressor that takes over a part of heavy limiting."""
    below_db = min(0.5 * plain.p95_db, GLUE_MOST_DB) / (1.0 - 1.0 / GLUE_RATIO)
    threshold_db = round(levels.loud_dbfs - below_db, 1)
    makeup_db = round(0.5 * below_db * (1.0 - 1.0 / GLUE_RATIO), 1)
    glue = Compressor(threshold_db, GLUE_RATIO, 30.0, 200.0, 8.0, makeup_db)
    words = (
        f"The limiter alone would take off {plain.p95_db:.1f} dB in the loud parts; "
        f"a slow compressor shares the work, {_spoken(glue)}."
    )
    return _move(glue, words)


def _spoken(compressor: Compressor) -> str:
    return (
        f"threshold {compressor.threshold_db:.1f} dB, ratio {compressor.ratio:g}, "
        f"attack {compressor.attack_ms:g} ms, release {compressor.release_ms:g} ms"
    )


def _limiting(landing: Landing, because: tuple[str, ...]) -> Move:
    step = landing.step
    words = f"Gain {step.db:+.2f} dB." if isinstance(step, Gain) else ""
    if isinstance(step, Limiter):
        words = (
            f"Limiter: {step.gain_db:+.2f} dB into a ceiling of {step.ceiling_dbtp:g} dBTP; "
            f"it takes off at most {landing.foretold.most_db:.1f} dB."
        )
    return Move(
        tool=NAME, because=because, targets=(FILE,), steps=(step,) if step else (), text=words,
        predicted={
            "integrated_lufs": landing.after.integrated_lufs
            and round(landing.after.integrated_lufs, 3),
            "true_peak_dbtp": landing.after.true_peak_dbtp
            and round(landing.after.true_peak_dbtp, 3),
            "reduction_most_db": round(landing.foretold.most_db, 2),
        },
    )  # fmt: skip


def _move(step: Effect, words: str, because: tuple[str, ...] = ()) -> Move:
    return Move(tool=NAME, because=because, targets=(FILE,), steps=(step,), text=words)


TOOL = master
