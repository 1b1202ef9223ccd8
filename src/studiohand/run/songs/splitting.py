"""Moves that take a finished mix apart: proposed after one separation, decided by a person."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from statistics import median

from studiohand.core.audio import Track
from studiohand.core.cards import ModelCard
from studiohand.core.effect import JsonValue
from studiohand.core.errors import BadSetting
from studiohand.core.job import Job
from studiohand.core.outcome import Move
from studiohand.dsp.effects.derivesteps import Extract, Level, Rebalance, Separate
from studiohand.models.store import card, fingerprint
from studiohand.rights.policy import record_use
from studiohand.run.files.separating import asked_stems
from studiohand.run.songs.deriving import separation
from studiohand.run.songs.material import song_material
from studiohand.song.folder import Song

TOOL = "split"
VOICE = "vocals"


def split(
    song: Song, job: Job, model_name: str, levels_db: Mapping[str, float], name: str = ""
) -> list[Move]:
    """Separate a song's mix (or one stem) and write what can be done with it to the ledger.

    Parameters
    ----------
    levels_db : mapping
        A rebalance to propose: level change in dB by stem; empty proposes none.
    name : str
        The file to take apart: by default the mix of a song without stems.

    Returns
    -------
    list of Move
        Take apart, instrumental, a cappella, and the rebalance: all open.

    Raises
    ------
    BadSetting
        There is nothing of that name, or the model lacks a stem.
    NotAllowed, MissingPart, Corrupt, CannotRead, CannotWrite, Cancelled
    """
    track, chosen = _asked(song, name), card(model_name)
    asked_stems(chosen, list(levels_db))
    _, report = separation(song, track, chosen, job)
    record_use(song, chosen, f"separated {track.name}", chosen.stems)
    predicted = {
        "null_dbfs": report["null_dbfs"],
        "expected_sdr_db": _expected(report["trust"]),
    }
    moves = [
        Move(TOOL, (), (track.name,), steps, text, predicted)
        for steps, text in _offers(track, chosen, levels_db)
    ]
    said = {"tool": TOOL, "findings": [], "moves": [move.to_json() for move in moves]}
    song.record("proposed", said)
    return moves


def _asked(song: Song, name: str) -> Track:
    """The track to take apart; one that the render has."""
    material = song_material(song)
    known = material.stems or ((material.mix,) if material.mix else ())
    found = [t for t in known if t.name == name] if name else list(known[:1])
    if not found or (not name and material.stems):
        raise BadSetting(
            f"“{name}” is not in this song." if name else "This song has stems already.",
            todo=f"Name what to take apart with --track: {', '.join(t.name for t in known)}.",
        )
    return found[0]


def _offers(
    track: Track, chosen: ModelCard, levels_db: Mapping[str, float]
) -> list[tuple[tuple[Separate | Extract | Rebalance, ...], str]]:
    made_with = (chosen.name, fingerprint(chosen))
    parts = ", ".join(chosen.stems)
    offers: list[tuple[tuple[Separate | Extract | Rebalance, ...], str]] = [
        (
            (Separate(*made_with),),
            f"Take {track.name} apart with {chosen.name}: {parts} and a residual, which add up "
            "to it.",
        )
    ]
    if VOICE in chosen.stems:
        offers += [
            ((Extract(*made_with, (VOICE,), without=True),), f"Instrumental of {track.name}."),
            ((Extract(*made_with, (VOICE,)),), f"A cappella of {track.name}."),
        ]
    if levels_db:
        levels = tuple(Level(stem, db) for stem, db in levels_db.items())
        words = ", ".join(f"{level.stem} {level.db:+.1f} dB" for level in levels)
        offers.append(((Rebalance(*made_with, levels),), f"Inside {track.name}: {words}."))
    return offers


def _expected(trust: Mapping[str, Sequence[JsonValue]]) -> dict[str, float]:
    """Median of each stem's trust map, where it sounds."""
    known = {
        stem: [s["expected_sdr_db"] for s in seconds if s["expected_sdr_db"] is not None]
        for stem, seconds in trust.items()
    }
    return {stem: round(float(median(values)), 1) for stem, values in known.items() if values}
