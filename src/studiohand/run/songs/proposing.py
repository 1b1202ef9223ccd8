"""A tool asked for by name works on a song; what it proposes waits for decisions like all moves."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import replace

from studiohand import __version__
from studiohand.core.audio import Material, Source, Track
from studiohand.core.errors import BadSetting
from studiohand.core.job import Job
from studiohand.core.outcome import Move, Outcome
from studiohand.core.tool import Needs, Settings
from studiohand.dsp.effects.chain import ProcessedSource, SummedSource
from studiohand.io.audiofile import FileSource, create_audio, open_audio
from studiohand.models.store import card
from studiohand.rights.policy import lets_run
from studiohand.run.files.single import FILE
from studiohand.run.songs.deriving import derived
from studiohand.run.songs.guarding import guarded
from studiohand.run.songs.material import song_material
from studiohand.run.songs.rendering import MIX, check_rates, mix_effects, processed_stems
from studiohand.song.decisions import accepted
from studiohand.song.folder import CACHE, Song
from studiohand.tools import AnyTool

_KEPT_MIXES = 4


def propose(song: Song, tool: AnyTool, settings: Settings, job: Job) -> Outcome:
    """Run one tool on a song and write its findings and moves to the ledger.

    A tool for single files hears the song's mix as it is now, with the accepted moves, and its
    moves become moves on the mix bus. What the same tool proposed before gives way.

    Raises
    ------
    BadSetting, CannotRead, CannotWrite, Cancelled
    """
    material = song_material(song)
    job = replace(job, may_run=lambda name: lets_run(song, card(name)))
    if tool.needs is not Needs.SONG:
        material = mix_material(song, material, job)
    elif tool.music:
        material = as_decided(song, material, tool.name)
    outcome = guarded(tool.run(job, material, settings), material, song.root, job)
    outcome = _on_the_mix_bus(outcome)
    song.record(
        "proposed",
        {
            "tool": tool.name,
            "settings": settings.model_dump(mode="json"),
            "findings": [finding.to_json() for finding in outcome.findings],
            "moves": [move.to_json() for move in outcome.moves],
        },
    )
    return outcome


def as_decided(song: Song, material: Material, tool: str) -> Material:
    """The stems through the accepted moves of all other tools: repaired files are heard repaired.

    Raises
    ------
    BadSetting
        Stems of different rates.
    """
    moves = [move for move in accepted(song.ledger.entries()) if move.tool != tool]
    told = json.dumps([move.to_json() for move in moves], sort_keys=True)
    stems = []
    for before, after in zip(material.stems, processed_stems(material.stems, moves), strict=True):
        changed = after.source is not before.source
        key = hashlib.sha256((before.sha256 + told).encode()).hexdigest()
        stems.append(replace(after, sha256=key) if changed and before.sha256 else after)
    check_rates(stems, song.rate)
    return replace(material, stems=tuple(stems))


def mix_material(song: Song, material: Material, job: Job) -> Material:
    """The song's mix as it is now as one file, beside the song's references."""
    source, key = mix_now(song, material, job)
    return Material(
        rate=source.rate,
        file=Track(MIX, source, sha256=key, facts=source.facts),
        references=material.references,
    )


def mix_now(
    song: Song, material: Material, job: Job, moves: Sequence[Move] | None = None
) -> tuple[FileSource, str]:
    """The mix with the accepted moves, rendered once into the cache, and the key it lies under.

    Parameters
    ----------
    moves : sequence of Move or None
        Others than the accepted ones.

    Raises
    ------
    BadSetting
        The song has nothing to mix, or stems of different rates.
    CannotRead, CannotWrite, Cancelled
    """
    moves = accepted(song.ledger.entries()) if moves is None else moves
    tracks = material.stems or ((material.mix,) if material.mix else ())
    if not tracks:
        raise BadSetting("The song has neither stems nor a mix.", todo="Add some first.")
    told = __version__, [[t.name, t.sha256] for t in tracks], [move.to_json() for move in moves]
    key = hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()
    folder = song.root / CACHE
    path = folder / f"mix-{key[:20]}.wav"
    if not path.exists():
        folder.mkdir(exist_ok=True)
        mixed = _mixed(derived(song, tracks, moves, job).tracks, moves, song.rate)
        with create_audio(path, mixed.rate, mixed.channels) as sink:
            for block in job.read(mixed, "mix"):
                sink.write(block)
        kept = sorted(folder.glob("mix-*.wav"), key=lambda p: p.stat().st_mtime_ns)
        for old in kept[:-_KEPT_MIXES]:
            old.unlink(missing_ok=True)
    return open_audio(path), key


def _mixed(tracks: Sequence[Track], moves: Sequence[Move], rate: int) -> Source:
    stems = processed_stems(tracks, moves)
    check_rates(stems, rate)
    total = SummedSource(tuple(stem.source for stem in stems), rate)
    effects = mix_effects(moves)
    return ProcessedSource(total, effects) if effects else total


def _on_the_mix_bus(outcome: Outcome) -> Outcome:
    """Moves on "the file" of a single-file tool are moves on the mix bus of a song."""
    moves = tuple(
        replace(move, targets=tuple(MIX if t == FILE else t for t in move.targets))
        for move in outcome.moves
    )
    return replace(outcome, moves=moves)
