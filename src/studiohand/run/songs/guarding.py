"""The signature guard: the producer's own records kept as a profile, and moves held against it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from studiohand.core.audio import Material, Source, Span, Track
from studiohand.core.effect import JsonValue
from studiohand.core.errors import BadSetting, CannotRead
from studiohand.core.job import Job
from studiohand.core.outcome import Move, Outcome
from studiohand.dsp.effects.chain import ProcessedSource, SummedSource
from studiohand.io.atomic import write_bytes
from studiohand.mir.recording.signature import (
    Lead,
    Signature,
    Trait,
    lead,
    measured,
    signature_of,
    traits_of,
)
from studiohand.models.store import home
from studiohand.run.files.single import FILE
from studiohand.run.songs.collect import audio_files
from studiohand.run.songs.material import file_track
from studiohand.run.songs.rendering import mix_effects, through

NAME = "signature.json"
GUARDED = frozenset({"match", "master", "tone", "balance", "attribute", "rough"})
"""Tools whose moves can make a song more average."""
_EXCERPT_S = 15.0


def learn(records: Sequence[Path], song: Path | None, job: Job) -> tuple[Signature, Path]:
    """Learn the signature of finished records and keep it, for one song or for all.

    Parameters
    ----------
    records : sequence of Path
        Audio files, or folders of them.
    song : Path or None
        A song folder; None keeps it in the data folder, for every song without one of its own.

    Raises
    ------
    BadSetting
        There is no record that sounds.
    CannotRead, CannotWrite
    """
    tracks = [file_track(path) for given in records for path in audio_files(given)]
    heard = job.analyse(traits_of, tracks, "Hearing your records")
    found = {
        track.name: {name: float(value.item()) for name, value in arrays.items()}
        for track, arrays in zip(tracks, heard, strict=True)
        if "dynamics: peak to loudness" in arrays
    }
    if not found:
        raise BadSetting("There is no finished record to learn from.", todo="Give audio files.")
    signature = signature_of(found)
    path = (song or home()) / NAME
    path.parent.mkdir(parents=True, exist_ok=True)
    write_bytes(path, json.dumps({"schema": 1, **asdict(signature)}, indent=1).encode())
    return signature, path


def kept_signature(song: Path | None) -> Signature | None:
    """The signature of a song, else the one for all songs, else None.

    Raises
    ------
    CannotRead
        A person's edit left it unreadable.
    """
    places = [place / NAME for place in (song, home()) if place is not None]
    path = next((place for place in places if place.is_file()), None)
    if path is None:
        return None
    try:
        data = json.loads(path.read_text("utf-8"))
        traits = {name: Trait(**trait) for name, trait in data["traits"].items()}
        return Signature(tuple(data["records"]), traits)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise CannotRead(
            f"{path.name} cannot be read: {error}.", todo="Learn it again: `studiohand signature`."
        ) from error


def guarded(outcome: Outcome, material: Material, song: Path | None, job: Job) -> Outcome:
    """The outcome with each move saying whether it leads toward the signature or away from it.

    The change is computed, not guessed: an excerpt is played through the move's own effects and
    measured. Without a signature the outcome is as it was.

    Raises
    ------
    CannotRead, Cancelled
    """
    open_moves = [move for move in outcome.moves if move.tool in GUARDED and move.steps]
    signature = kept_signature(song) if open_moves else None
    total = _total(material)
    if signature is None or total is None:
        return outcome
    whole = measured(total, job.read(total, "Hearing the song against your signature"))
    items = [_Trial(material, move) for move in open_moves]
    traits = job.map(_tried, items, "Trying the moves against your signature")
    leads = {
        move.id: lead(whole, before, after, signature)
        for move, (before, after) in zip(open_moves, traits, strict=True)
    }
    moves = tuple(
        _telling(move, leads[move.id], signature) if move.id in leads else move
        for move in outcome.moves
    )
    return replace(outcome, moves=moves)


@dataclass(frozen=True, slots=True)
class _Trial:
    """A move to try on an excerpt of its material."""

    material: Material
    move: Move


def _tried(trial: _Trial) -> tuple[dict[str, float], dict[str, float]]:
    """Traits of the excerpt without and with the move."""
    tracks = _tracks(trial.material)
    targets = [t for t in tracks if t.name in trial.move.targets] or tracks
    start = _loudest_frame(targets[0].source)
    cut = [replace(track, source=_excerpt(track.source, start)) for track in tracks]
    keys = {track.name: track.source for track in cut}
    alone = trial.material.file is not None
    changed = tuple(
        through(track.source, FILE if alone else track.name, [trial.move], keys) for track in cut
    )
    rate = trial.material.rate
    before = SummedSource(tuple(track.source for track in cut), rate)
    after: Source = SummedSource(changed, rate)
    if on_mix := mix_effects([trial.move]):
        after = ProcessedSource(after, on_mix)
    return measured(before), measured(after)


def _tracks(material: Material) -> list[Track]:
    if material.file is not None:
        return [material.file]
    return [track for track in material.stems if track.source.rate == material.rate]


def _total(material: Material) -> SummedSource | None:
    tracks = _tracks(material)
    return SummedSource(tuple(t.source for t in tracks), material.rate) if tracks else None


def _excerpt(source: Source, start: int) -> Source:
    return Span(source, start, start + round(_EXCERPT_S * source.rate))


def _loudest_frame(source: Source) -> int:
    """Where the loudest excerpt of a source begins."""
    size = round(_EXCERPT_S * source.rate)
    power = [float((block**2).sum()) for block in source.blocks(size)]
    return max(range(len(power)), key=power.__getitem__) * size if power else 0


def _telling(move: Move, found: Lead, signature: Signature) -> Move:
    """The move with what the guard says of it, in words and in numbers."""
    by = found.after - found.before
    told: dict[str, JsonValue] = {
        "direction": found.direction,
        "distance_before": round(found.before, 3),
        "distance_after": round(found.after, 3),
        "by": round(by, 3),
        "unit": "spreads of your own records",
        "most": found.most,
        "tone_db": round(found.tone_db, 2),
        "records": len(signature.records),
        "spread_known": signature.spread_known,
    }
    words = {
        "toward": f"Leads toward your signature by {-by:.2f}, most in {found.most}",
        "away": f"Leads away from your signature by {by:.2f}, most in {found.most}",
        "neutral": "Neither toward your signature nor away from it",
    }[found.direction]
    if not signature.spread_known:
        words += f" (the spread of {len(signature.records)} records is unknown)"
    return replace(
        move, text=f"{move.text} {words}.", predicted={**move.predicted, "signature": told}
    )
