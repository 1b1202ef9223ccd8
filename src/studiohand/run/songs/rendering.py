"""Rendering: the song's stems through the accepted moves, and their sum."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from studiohand.core.audio import BLOCK_FRAMES, Source, Track
from studiohand.core.effect import Effect, FileStep, JsonValue
from studiohand.core.errors import BadSetting
from studiohand.core.job import Job
from studiohand.core.outcome import Move
from studiohand.dsp.effects.chain import Aligned, Chain, ProcessedSource, Widened, summed
from studiohand.dsp.effects.simple import Pan
from studiohand.io.audiofile import Sink, create_audio
from studiohand.rights.account import parts
from studiohand.rights.marks import mark_chunks, mark_of_part
from studiohand.rights.origin import Mark
from studiohand.rights.policy import record_uses
from studiohand.run.files.folders import make_folder, whole, would_replace
from studiohand.run.songs.deriving import derived
from studiohand.run.songs.happened import happened
from studiohand.run.songs.material import song_material
from studiohand.song.decisions import accepted, proposed
from studiohand.song.folder import Song, sha256_of, unique_name

MIX = "mix"
"""Target name of the mix bus."""


def render(song: Song, job: Job, out: Path | None = None) -> tuple[Path, dict[str, JsonValue]]:
    """Write ``mix.wav`` and ``stems/NAME.wav`` with the accepted moves, as 32-bit float.

    With no move accepted the mix is the sample-exact sum of the originals. A mono stem goes to
    both sides of a wider mix at unity.

    Parameters
    ----------
    out : Path or None
        Folder to write to; by default the song's next take.

    Returns
    -------
    (Path, dict)
        The folder, and the ledger's body: files with hashes, moves.

    Raises
    ------
    BadSetting
        Stems disagree about the rate and no move says what to do, or the files would replace
        those that the song was made from.
    NotAllowed
        A move runs a model that the song's policy does not let run.
    CannotRead, CannotWrite, Cancelled
    """
    moves = accepted(song.ledger.entries())
    material = song_material(song)
    made = derived(song, material.stems or _only_mix(material.mix), moves, job)
    stems = processed_stems(made.tracks, moves)
    check_rates(stems, song.rate)
    folder = out or song.next_take()
    names = _file_names([track.name for track in stems])
    _spare_originals(song, [folder / name for name in ["mix.wav", *names]])
    make_folder(folder / "stems")
    marks = {part.name: mark_of_part(part) for part in parts(song, measured=False)}
    marks |= {name: (*marks.get(name, ()), mark) for name, mark in made.marks.items()}
    files_of = _Files(folder, stems, names, marks)
    with whole(folder) if out is None else nullcontext():
        _write_all(files_of, mix_effects(moves), song.rate, job)
    files = {name: sha256_of(folder / name) for name in ["mix.wav", *names]}
    body: dict[str, JsonValue] = {
        "take": folder.name if out is None else "",
        "files": files,
        "moves": [move.to_json("accepted") for move in moves],
        "rate": song.rate,
    }
    did = happened(made.tracks, stems, moves, proposed(song.ledger.entries())[0])
    if did:
        body["happened"] = did
    if made.separations:
        body["separations"] = list(made.separations)
    song.record("rendered", body)
    record_uses(song, moves)
    return folder, body


def processed_stems(stems: Sequence[Track], moves: Sequence[Move]) -> list[Track]:
    """The stems through every move that targets them."""
    originals = {track.name: track.source for track in stems}
    return [
        Track(t.name, through(t.source, t.name, moves, originals), t.role, t.sha256, t.facts)
        for t in stems
    ]


def through(
    source: Source, target: str, moves: Sequence[Move], keys: Mapping[str, Source]
) -> Source:
    """A source through the moves that target it; a disabled or absent move leaves it itself.

    A lone mix may be called as the mix bus is: its effects run once, on the bus.
    """
    effects: list[Effect] = []
    for step in scaled_steps(target, moves):
        if step.kind == "file":
            source = cast("FileStep", step).apply(source)
        elif step.kind == "process" and target != MIX:
            effects.append(cast("Effect", step))
    if source.channels == 1 and any(isinstance(effect, Pan) for effect in effects):
        source = Widened(source)
    return ProcessedSource(source, tuple(effects), keys) if effects else source


def mix_effects(moves: Sequence[Move]) -> tuple[Effect, ...]:
    """The effects on the mix bus."""
    steps = [step for step in scaled_steps(MIX, moves) if step.kind == "process"]
    return tuple(cast("Effect", step) for step in steps)


def scaled_steps(target: str, moves: Sequence[Move]) -> list[Effect | FileStep]:
    """Steps of the moves on a target at their amounts; a move at 0 % has none."""
    return [
        cast("Effect | FileStep", step.scaled(move.amount_percent / 100.0))
        for move in moves
        if target in move.targets and move.amount_percent > 0.0
        for step in move.steps
    ]


@dataclass(frozen=True, slots=True)
class _Files:
    """What a take is written to: stems with file names, and what must be said in each file."""

    folder: Path
    stems: Sequence[Track]
    names: Sequence[str]
    marks: Mapping[str, tuple[Mark, ...]]

    def stem(self, number: int, rate: int) -> AbstractContextManager[Sink]:
        """Open a stem's file."""
        track = self.stems[number]
        chunks = mark_chunks(self.marks.get(track.name, ()))
        path = self.folder / self.names[number]
        return create_audio(path, rate, track.source.channels, chunks=chunks)

    def mix(self, rate: int, channels: int) -> AbstractContextManager[Sink]:
        """Open the mix, which carries every stem's mark."""
        chunks = mark_chunks(mark for marks in self.marks.values() for mark in marks)
        return create_audio(self.folder / "mix.wav", rate, channels, chunks=chunks)


def _write_all(files: _Files, on_mix: Sequence[Effect], rate: int, job: Job) -> None:
    stems = files.stems
    channels = max(track.source.channels for track in stems)
    frames = max(track.source.frames for track in stems)
    chain = Chain(on_mix, rate, channels)
    with ExitStack() as stack:
        mix = stack.enter_context(files.mix(rate, channels))
        sinks = [stack.enter_context(files.stem(n, rate)) for n in range(len(stems))]
        readers = [Aligned(track.source) for track in stems]
        for at in range(0, frames, BLOCK_FRAMES):
            job.progress("render", at / frames)
            blocks = [reader.next(min(BLOCK_FRAMES, frames - at)) for reader in readers]
            for sink, track, block in zip(sinks, stems, blocks, strict=True):
                kept = block[: max(track.source.frames - at, 0)]
                if len(kept):
                    sink.write(kept)
            mixed = chain.process(summed(blocks, channels))
            if len(mixed):
                mix.write(mixed)
        rest = chain.flush()
        if len(rest):
            mix.write(rest)
    job.progress("render", 1.0)


def _spare_originals(song: Song, written: Sequence[Path]) -> None:
    """Refuse to write over files that hold what an original holds: a session's own stems folder."""
    originals = {asset.sha256 for asset in song.assets()}
    for path in written:
        if path.is_file() and sha256_of(path) in originals:
            raise would_replace(path)


def _only_mix(mix: Track | None) -> tuple[Track, ...]:
    return (mix,) if mix else ()


def check_rates(stems: Sequence[Track], rate: int) -> None:
    """Raise when a stem is not at the song's rate and no move says what to do.

    Raises
    ------
    BadSetting
    """
    wrong = [track for track in stems if track.source.rate != rate]
    if wrong:
        raise BadSetting(
            f"“{wrong[0].name}” is at {wrong[0].source.rate} Hz and the song at {rate} Hz.",
            untouched="Nothing was rendered.",
            todo="Run `studiohand listen`, then accept the move that resamples it.",
        )


def _file_names(names: Sequence[str]) -> list[str]:
    """File names of the stems inside a take, cut to what a file system takes."""
    cut: list[str] = []
    for name in names:
        cut.append(unique_name(name.encode()[:200].decode(errors="ignore"), cut))
    return [f"stems/{name}.wav" for name in cut]
