"""Rough: three honest rough mixes from the raw stems, each a list of moves to choose from."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

import numpy as np
import numpy.typing as npt

from studiohand.core.audio import Material, Role, Source, Track
from studiohand.core.effect import Effect, JsonValue, Step
from studiohand.core.job import Arrays, Job
from studiohand.core.outcome import Move, Outcome
from studiohand.core.tool import Needs, Settings, number, tool

if TYPE_CHECKING:
    from studiohand.mir.mix.audibility import Scene
    from studiohand.mir.mix.instruments import Instrument
    from studiohand.mir.mix.roughmix import Character, Levels

    Values = npt.NDArray[np.float64]

TOOL_NAME = "rough"
MIX = "mix"
LEAST_GAIN_DB = 0.5
_PEAK_MARGIN_DB = 0.2
"""Rounding of the trim, and what another interpolation filter may see."""
_EMPTY_DBFS = -70.0
"""A stem that never gets louder is empty, as `fileform` says of peaks."""


class RoughSettings(Settings):
    """How much headroom a rough mix keeps."""

    ceiling: Annotated[
        float, number(-24, 0, "dBTP", "True peak that no rough mix goes over.")
    ] = -1.0


@dataclass(frozen=True, slots=True)
class _Song:
    """What all characters start from."""

    stems: Sequence[Track]
    scene: Scene
    parts: Sequence[Instrument]
    level_dbfs: Sequence[Values]

    def names(self, part: Instrument) -> tuple[str, ...]:
        return tuple(self.stems[stem].name for stem in part.stems)

    def power(self, part: Instrument) -> Values:
        """Mean excitation of an instrument while it plays, shape (bands,)."""
        own = list(part.stems)
        there = self.scene.playing[own].any(axis=0)
        return np.asarray(self.scene.power[own].sum(axis=0)[there].mean(axis=0), dtype=np.float64)


@tool(TOOL_NAME, RoughSettings, needs=Needs.SONG, music=True)
def rough(job: Job, material: Material, settings: RoughSettings) -> Outcome:
    """Propose three rough mixes of the raw stems: natural, forward-vocal, dense.

    Each is a list of moves with reasons: low cuts and room for the lead, compression where a stem's
    own dynamics ask for it, levels, places, the drums as a bus, and headroom. Several microphones
    of one source move together. Choose one mix, or single moves; two mixes cannot be laid on top of
    each other.
    """
    from studiohand.mir.mix.roughmix import CHARACTERS

    song = _heard(job, [t for t in material.stems if t.role is not Role.GUIDE])
    if song is None:
        return Outcome()
    planned = [(character, _moves(song, character)) for character in CHARACTERS]
    items = [_Bus(tuple(_through(t, moves) for t in song.stems)) for _, moves in planned]
    peaks = job.map(_peak_dbtp, items, "Listening to the peaks of three mixes")
    moves: list[Move] = []
    facts: list[JsonValue] = []
    for (character, own), peak in zip(planned, peaks, strict=True):
        own = [*own, *_trim(character, peak, settings.ceiling)]
        moves += own
        facts.append(_fact(character, own, peak, settings.ceiling))
    return Outcome(moves=tuple(moves), facts={"characters": facts})


def _heard(job: Job, stems: Sequence[Track]) -> _Song | None:
    from studiohand.dsp.hearing.earbands import ear_bands
    from studiohand.mir.mix.audibility import scene
    from studiohand.mir.mix.instruments import instruments

    found = job.analyse(ear_bands, stems, "Hearing every stem")
    sounding = [pair for pair in zip(stems, found, strict=True) if _sounds(pair[1])]
    stems, arrays = [stem for stem, _ in sounding], [array for _, array in sounding]
    seen = scene(stems, arrays)
    parts = instruments(seen)
    if len(parts) < 2:
        return None
    levels = [_levels_dbfs(a, p) for a, p in zip(arrays, seen.playing, strict=True)]
    return _Song(stems, seen, parts, levels)


def _sounds(arrays: Arrays) -> bool:
    """Whether there is more than dither: no level brings an empty stem to where it belongs."""
    power = np.asarray(arrays["power"], dtype=np.float64)
    return bool(power.max(initial=0.0) > 10.0 ** (_EMPTY_DBFS / 10.0))


def _levels_dbfs(arrays: Arrays, playing: Values) -> Values:
    """Level of the louder channel in every frame in which the stem plays."""
    power = np.asarray(arrays["power"], dtype=np.float64).max(axis=1)
    there = power[playing[: len(power)]]
    return np.asarray(10.0 * np.log10(np.maximum(there, 1e-12)))


def _moves(song: _Song, character: Character) -> list[Move]:
    """A character's moves in the order of the signal: equaliser, compressor, level, place."""
    from studiohand.mir.mix.roughmix import levels

    plan = levels(song.scene, song.parts, character)
    moves: list[Move] = []
    for number_, part in enumerate(song.parts):
        moves += _equalisers(song, plan, number_, character)
        moves += _compressors(song, part, character)
        moves += _level(song, part, float(plan.gain_db[number_]), character)
    return [*moves, *_kit_trim(song, plan, character), *_places(song, plan, character)]


def _equalisers(song: _Song, plan: Levels, number_: int, character: Character) -> list[Move]:
    """The same equaliser for all microphones of an instrument, so that they stay in phase."""
    from studiohand.dsp.effects.eq import Band, Eq
    from studiohand.mir.mix.strip import low_cut_hz

    part, room = song.parts[number_], plan.room.get(number_)
    cut = low_cut_hz(part.role, song.power(part))
    if cut is None and room is None:
        return []
    bands = [Band("high_pass", cut)] if cut else []
    said = [f"low cut at {cut:.0f} Hz: nothing of it lives below"] if cut else []
    if room is not None:
        bands.append(room)
        said.append(f"{room.db:+.1f} dB at {room.hz:.0f} Hz, Q {room.q:g}: it hides the lead")
    names = song.names(part)
    text = f"{' + '.join(names)}: {'; '.join(said)}."
    return [_move(character, names, (Eq(tuple(bands)),), text)]


def _compressors(song: _Song, part: Instrument, character: Character) -> list[Move]:
    """A compressor for a single stem; several microphones of one source are left to the bus."""
    from studiohand.mir.mix.strip import squeeze

    found = squeeze(part.role, song.level_dbfs[part.stems[0]], character.tighter_db)
    if found is None or len(part.stems) > 1:
        return []
    names, own = song.names(part), found.compressor
    text = (
        f"{names[0]}: compressor {own.ratio:g}:1 from {own.threshold_db:g} dBFS, attack "
        f"{own.attack_ms:g} ms, release {own.release_ms:g} ms, make-up {own.makeup_db:+.1f} dB:"
        f" loud and soft moments lie {found.range_db:.0f} dB apart, then {found.after_db:.0f}."
    )
    predicted = {"range_before_db": round(found.range_db, 1),
                 "range_after_db": round(found.after_db, 1)}  # fmt: skip
    return [_move(character, names, (own,), text, predicted)]


def _level(song: _Song, part: Instrument, gain_db: float, character: Character) -> list[Move]:
    from studiohand.dsp.effects.simple import Gain

    db, names = round(gain_db, 1), song.names(part)
    if abs(db) < LEAST_GAIN_DB:
        return []
    role = part.role.value.replace("_", " ")
    together = ", moved together as one instrument" if len(names) > 1 else ""
    text = (
        f"{' + '.join(names)} {db:+.1f} dB{together}: to the level of {role} in a "
        f"{character.name} mix."
    )
    return [_move(character, names, (Gain(db),), text, {"level_change_db": db})]


def _kit_trim(song: _Song, plan: Levels, character: Character) -> list[Move]:
    from studiohand.dsp.effects.simple import Gain
    from studiohand.mir.mix.instruments import KIT

    if plan.kit_trim_db == 0.0:
        return []
    names = tuple(name for part in song.parts if part.role in KIT for name in song.names(part))
    text = f"Drum bus {plan.kit_trim_db:+.1f} dB: its parts together to where drums stand."
    predicted = {"level_change_db": plan.kit_trim_db}
    return [_move(character, names, (Gain(plan.kit_trim_db),), text, predicted)]


def _places(song: _Song, plan: Levels, character: Character) -> list[Move]:
    """Places of one-channel stems; what has two channels keeps the picture it came with."""
    from studiohand.dsp.effects.simple import Pan
    from studiohand.mir.mix.strip import pans
    from studiohand.mir.roles.by_name import words_of

    gain = {stem: g for p, g in zip(song.parts, plan.gain_db, strict=True) for stem in p.stems}
    mono = [s for s in gain if song.stems[s].source.channels == 1]
    weights = np.array([
        math.sqrt(song.scene.power[s].sum() * 10.0 ** (gain[s] / 10.0)) for s in mono
    ])  # fmt: skip
    names = [words_of(song.stems[s].name) for s in mono]
    places = pans(names, [song.stems[s].role for s in mono], weights, character.wider)
    moves = []
    for stem, place in zip(mono, places, strict=True):
        name = song.stems[stem].name
        if place:
            side = "left" if place < 0 else "right"
            text = f"{name} {abs(place) * 100:.0f} % {side}: leaves the centre to lead and bass."
            moves.append(_move(character, (name,), (Pan(place),), text, {"mono_loss_db": 0.0}))
    return moves


def _trim(character: Character, peak_dbtp: float, ceiling: float) -> list[Move]:
    """Headroom on the mix bus, only where the peaks ask for it."""
    from studiohand.dsp.effects.simple import Gain

    if peak_dbtp <= ceiling - _PEAK_MARGIN_DB:
        return []
    db = math.floor(10.0 * (ceiling - _PEAK_MARGIN_DB - peak_dbtp)) / 10.0
    text = f"Mix {db:+.1f} dB: its true peak would be {peak_dbtp:+.1f} dBTP."
    return [_move(character, (MIX,), (Gain(db),), text, {"true_peak_dbtp": peak_dbtp + db})]


def _move(
    character: Character, targets: tuple[str, ...], steps: tuple[Step, ...], text: str,
    predicted: dict[str, JsonValue] | None = None,
) -> Move:  # fmt: skip
    return Move(TOOL_NAME, (), targets, steps, text, predicted or {}, choice=character.name)


def _fact(
    character: Character, moves: Sequence[Move], peak_dbtp: float, ceiling: float
) -> dict[str, JsonValue]:
    trims = [m.predicted["true_peak_dbtp"] for m in moves if m.targets == (MIX,)]
    return {
        "name": character.name,
        "text": character.text,
        "moves": [move.id for move in moves],
        "true_peak_before_trim_dbtp": round(peak_dbtp, 2),
        "true_peak_dbtp": round(trims[0] if trims else peak_dbtp, 2),
        "ceiling_dbtp": ceiling,
    }


@dataclass(frozen=True, slots=True)
class _Bus:
    """The stems of one character as they arrive at the mix bus."""

    sources: tuple[Source, ...]


def _through(track: Track, moves: Sequence[Move]) -> Source:
    from studiohand.dsp.effects.chain import ProcessedSource, Widened
    from studiohand.dsp.effects.simple import Pan

    effects: list[Effect] = [
        step for m in moves if track.name in m.targets for step in m.steps  # type: ignore[misc]
    ]  # fmt: skip
    source = track.source
    if source.channels == 1 and any(isinstance(effect, Pan) for effect in effects):
        source = Widened(source)
    return ProcessedSource(source, tuple(effects)) if effects else source


def _peak_dbtp(bus: _Bus) -> float:
    """True peak of the sum of a bus; -inf for silence."""
    from studiohand.dsp.effects.chain import SummedSource
    from studiohand.dsp.meters.peak import PeakMeter

    total = SummedSource(bus.sources, bus.sources[0].rate)
    meter = PeakMeter(total.rate, total.channels)
    for block in total.blocks():
        meter.update(block)
    peak = meter.true_peak_dbtp()
    return -math.inf if peak is None else peak


TOOL = rough
