"""Derive steps at work: an original taken apart once, its stems kept beside the song.

What a separation writes lies in the song's ``.cache``; it may be deleted at any time and is then
made again, with the same bytes.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import cast

from studiohand.core.audio import BLOCK_FRAMES, Block, Material, Role, Source, SourceOf, Track
from studiohand.core.cards import ModelCard
from studiohand.core.effect import JsonValue
from studiohand.core.errors import BadSetting, Corrupt
from studiohand.core.job import Job
from studiohand.core.outcome import Move
from studiohand.dsp.effects.chain import Aligned
from studiohand.dsp.effects.derivesteps import REST, DeriveStep, Separate, factors
from studiohand.io.atomic import write_bytes
from studiohand.io.audiofile import open_audio
from studiohand.models.store import card, fingerprint
from studiohand.rights.origin import Mark, Origin
from studiohand.rights.policy import require, require_for
from studiohand.run.files.separating import mark_detail, separate
from studiohand.song.folder import CACHE, Song, unique_name

_REPORT = "report.json"


@dataclass(frozen=True, slots=True)
class Derived:
    """Tracks after the derive steps, and what must be said of those a model made.

    Parameters
    ----------
    tracks : tuple of Track
    marks : mapping of str to Mark
        By track name.
    separations : tuple of dict
        One for each original that was taken apart: model, checksums, null, trust.
    """

    tracks: tuple[Track, ...]
    marks: Mapping[str, Mark]
    separations: tuple[JsonValue, ...] = ()


@dataclass(frozen=True, slots=True)
class Weighted(SourceOf):
    """A source plus others of its length, each times a factor.

    Parameters
    ----------
    factor : float
        Of the source itself.
    added : tuple of (Source, float)
    """

    factor: float
    added: tuple[tuple[Source, float], ...]

    def blocks(
        self, size: int = BLOCK_FRAMES, start_frame: int = 0, stop_frame: int | None = None
    ) -> Iterator[Block]:
        """Blocks of the sum."""
        readers = [(Aligned(s, size, start_frame), factor) for s, factor in self.added]
        for block in self.source.blocks(size, start_frame, stop_frame):
            out = block * self.factor
            for reader, factor in readers:
                out += factor * reader.next(len(block))
            yield out


def derived(song: Song, tracks: Sequence[Track], moves: Sequence[Move], job: Job) -> Derived:
    """The tracks with every derive step of the moves carried out.

    Raises
    ------
    BadSetting
        Moves ask for two models on one track.
    NotAllowed, MissingPart
        A model that the moves run may not run here, or is not here.
    Corrupt
        The model's weights are not those the move was made with.
    CannotRead, CannotWrite, Cancelled
    """
    require_for(song, moves)
    out: list[Track] = []
    marks: dict[str, Mark] = {}
    told: list[JsonValue] = []
    names = [track.name for track in tracks]
    for track in tracks:
        steps = derive_steps(track.name, moves)
        if not steps:
            out.append(track)
            continue
        chosen = _model_of(steps)
        folder, report = separation(song, track, chosen, job)
        made = _put_together(track, chosen, folder, steps, names)
        out += made
        detail = mark_detail(chosen)
        marks |= {t.name: Mark(t.name, Origin.SEPARATED, t.role.value, detail) for t in made}
        told.append({"track": track.name, **report})
    return Derived(tuple(out), marks, tuple(told))


def as_heard(song: Song, material: Material, moves: Sequence[Move]) -> Material:
    """The material with the derive steps of the moves carried out, for listening to them."""
    tracks = material.stems or ((material.mix,) if material.mix else ())
    if not any(derive_steps(track.name, moves) for track in tracks):
        return material
    return replace(material, stems=derived(song, tracks, moves, Job()).tracks)


def derive_steps(target: str, moves: Sequence[Move]) -> list[DeriveStep]:
    """Derive steps of the moves on a target at their amounts; a move at 0 % has none."""
    return [
        cast("DeriveStep", step.scaled(move.amount_percent / 100.0))
        for move in moves
        if target in move.targets and move.amount_percent > 0.0
        for step in move.steps
        if step.kind == "derive"
    ]


def separation(
    song: Song, track: Track, chosen: ModelCard, job: Job
) -> tuple[Path, dict[str, JsonValue]]:
    """Folder of a track's stems and residual, made if it is not there yet, and its report.

    Raises
    ------
    NotAllowed, MissingPart, Corrupt, CannotRead, CannotWrite, Cancelled
    """
    require(song, chosen)
    key = hashlib.sha256(f"{track.sha256}|{fingerprint(chosen)}".encode()).hexdigest()[:16]
    folder = song.root / CACHE / "separated" / key
    if (folder / _REPORT).is_file():
        return folder, json.loads((folder / _REPORT).read_text("utf-8"))
    made = separate(track.source, folder, chosen.name, (), job)
    report = {k: made[k] for k in ("model", "model_version", "model_sha256", "null_dbfs", "trust")}
    report["levels_against_mix_db"] = {
        row["stem"]: row["level_against_mix_db"] for row in made["stems"]
    }
    write_bytes(folder / _REPORT, json.dumps(report).encode())
    return folder, report


def _model_of(steps: Sequence[DeriveStep]) -> ModelCard:
    """The one model that all steps name, with the weights they were made with."""
    if len({item.model for item in steps}) > 1:
        raise BadSetting(
            "Accepted moves take this file apart with two different models.",
            todo="Undo the moves of one of them.",
        )
    chosen = card(steps[0].model)
    if any(item.fingerprint != fingerprint(chosen) for item in steps):
        raise Corrupt(
            f"“{chosen.name}” is not the version these moves were made with.",
            untouched="Nothing was rendered.",
            todo="Undo them and run `studiohand split` again, or go back to that version.",
        )
    return chosen


def _put_together(
    track: Track,
    chosen: ModelCard,
    folder: Path,
    steps: Sequence[DeriveStep],
    names: Sequence[str],
) -> list[Track]:
    """The track recombined; or its stems and residual, where a step takes it apart."""
    parts = (*chosen.stems, REST)
    share = factors(steps, parts)
    files = {part: open_audio(folder / f"{part}.wav") for part in parts}
    if not any(isinstance(item, Separate) for item in steps):
        rest = share[REST]
        added = tuple((files[s], share[s] - rest) for s in chosen.stems if share[s] != rest)
        return [Track(track.name, Weighted(track.source, rest, added), track.role)]
    taken = [name for name in names if name != track.name]
    return [
        Track(
            unique_name(part, taken),
            files[part] if share[part] == 1.0 else Weighted(files[part], share[part], ()),
            _role(part),
        )
        for part in parts
    ]


def _role(part: str) -> Role:
    return Role(part) if part in list(Role) else Role.OTHER
