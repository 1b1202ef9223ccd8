"""The other versions of a song that a release is asked for: instrumental, a cappella, TV, clean."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from studiohand.core.audio import BLOCK_FRAMES, Role, Track
from studiohand.core.effect import Effect, JsonValue, step_to_json
from studiohand.core.errors import BadSetting
from studiohand.core.job import Job
from studiohand.dsp.effects.chain import ProcessedSource, SummedSource
from studiohand.dsp.effects.eq import Eq
from studiohand.dsp.effects.mute import Mute
from studiohand.dsp.effects.simple import Gain, Pan, Polarity
from studiohand.dsp.effects.width import Width
from studiohand.io.audiofile import create_audio
from studiohand.rights.account import parts
from studiohand.rights.marks import mark_chunks, mark_of_part
from studiohand.rights.origin import Mark
from studiohand.run.files.folders import make_folder
from studiohand.run.release.delivery import Title, wing_name
from studiohand.run.songs.deriving import derived
from studiohand.run.songs.material import song_material
from studiohand.run.songs.rendering import check_rates, mix_effects, processed_stems
from studiohand.song.decisions import accepted
from studiohand.song.folder import Song, sha256_of

_LEAD = frozenset({Role.VOCALS})
_VOICES = frozenset({Role.VOCALS, Role.BACKING_VOCALS})
_LINEAR = (Eq, Gain, Pan, Polarity, Width)
"""Effects that do to a sum what they do to its parts."""


class Alternate(StrEnum):
    """A version of a song."""

    INSTRUMENTAL = "instrumental"
    A_CAPPELLA = "acappella"
    TV = "tv"
    CLEAN = "clean"


_TITLES = {
    Alternate.INSTRUMENTAL: "Instrumental",
    Alternate.A_CAPPELLA: "ACappella",
    Alternate.TV: "TV",
    Alternate.CLEAN: "Clean",
}


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which versions, and which words must not be heard in the clean one.

    Parameters
    ----------
    kinds : tuple of Alternate
    mutes_s : tuple of (float, float)
        Spans in seconds in which all voices are silent in the clean version.
    """

    kinds: tuple[Alternate, ...]
    mutes_s: tuple[tuple[float, float], ...] = ()


def write_alternates(song: Song, wanted: Wanted, out: Path, job: Job) -> dict[str, JsonValue]:
    """Write each version as 32-bit float with the accepted moves; note it in the ledger.

    Side-chains go on listening to stems that are left out, so that the rest sounds as it does in
    the mix. Instrumental and a cappella add up to the mix unless an effect on the mix bus depends
    on level.

    Raises
    ------
    BadSetting
        The song has no stems, none of them a voice, or the clean version no words to mute.
    CannotRead, CannotWrite, Cancelled
    """
    moves = accepted(song.ledger.entries())
    material = song_material(song)
    tracks = material.stems or ((material.mix,) if material.mix else ())
    made = derived(song, tracks, moves, job)
    stems = processed_stems(made.tracks, moves)
    _check(stems, wanted)
    _check_spans(wanted, max(stem.source.frames for stem in stems) / song.rate)
    check_rates(stems, song.rate)
    make_folder(out)
    on_mix = mix_effects(moves)
    marks = {part.name: mark_of_part(part) for part in parts(song, measured=False)}
    marks |= {name: (*marks.get(name, ()), mark) for name, mark in made.marks.items()}
    whole = _Whole(song, stems, on_mix, marks)
    rows = [_write(whole, kind, wanted, out, job) for kind in wanted.kinds]
    body: dict[str, JsonValue] = {
        "files": {row["file"]: row["sha256"] for row in rows},
        "versions": rows,
        "moves": [move.to_json("accepted") for move in moves],
    }
    song.record("alternates", body)
    return {"song": song.title, "out": str(out), "versions": rows, "adds_up": _adds_up(on_mix)}


@dataclass(frozen=True, slots=True)
class _Whole:
    """The song as it is now, from which versions are taken."""

    song: Song
    stems: Sequence[Track]
    on_mix: tuple[Effect, ...]
    marks: Mapping[str, tuple[Mark, ...]]


def _write(
    whole: _Whole, kind: Alternate, wanted: Wanted, out: Path, job: Job
) -> dict[str, JsonValue]:
    """One version; its row of the report."""
    song, on_mix = whole.song, whole.on_mix
    heard = [stem for stem in whole.stems if _is_in(stem.role, kind)]
    mute = Mute(wanted.mutes_s) if kind is Alternate.CLEAN else None
    sources = tuple(
        ProcessedSource(stem.source, (mute,)) if mute and stem.role in _VOICES else stem.source
        for stem in heard
    )
    total = SummedSource(sources, song.rate)
    sound = ProcessedSource(total, on_mix) if on_mix else total
    names = {stem.name for stem in heard}
    marks = [mark for name in sorted(names) for mark in whole.marks.get(name, ())]
    artist = str(song.settings.get("artist", ""))
    title = Title(song.title, artist, version=_TITLES[kind])
    path = out / f"{wing_name(title, song.rate, 32)}.wav"
    with create_audio(path, song.rate, sound.channels, chunks=mark_chunks(marks)) as sink:
        for block in job.read(sound, f"write {kind.value}", BLOCK_FRAMES):
            sink.write(block)
    return {
        "version": kind.value,
        "file": path.name,
        "sha256": sha256_of(path),
        "stems": [stem.name for stem in heard],
        "left_out": [stem.name for stem in whole.stems if stem.name not in names],
        "steps": [step_to_json(mute)] if mute else [],
    }


def _is_in(role: Role, kind: Alternate) -> bool:
    if kind is Alternate.INSTRUMENTAL:
        return role not in _VOICES
    if kind is Alternate.A_CAPPELLA:
        return role in _VOICES
    return role not in _LEAD if kind is Alternate.TV else True


def _check(stems: Sequence[Track], wanted: Wanted) -> None:
    if not any(stem.role in _VOICES for stem in stems):
        raise BadSetting(
            "No stem of the song is a voice, so there are no other versions of it.",
            untouched="Nothing was written.",
            todo="If one is, give it its role: `studiohand listen`, then accept the move that "
            "says so, or name the file after what it is.",
        )
    if Alternate.CLEAN in wanted.kinds and not wanted.mutes_s:
        raise BadSetting(
            "A clean version needs to know what must not be heard.",
            untouched="Nothing was written.",
            todo="Say --mute BEGIN-END in seconds for each word.",
        )


def _check_spans(wanted: Wanted, seconds: float) -> None:
    """A word that is muted after the end would leave a version that is clean by name alone."""
    for begin_s, end_s in wanted.mutes_s:
        if begin_s >= seconds:
            raise BadSetting(
                f"The song ends at {seconds:.1f} s, before {begin_s:g}-{end_s:g}.",
                untouched="Nothing was written.",
                todo="Give --mute in seconds from the song's start.",
            )


def _adds_up(on_mix: Sequence[Effect]) -> bool:
    return all(isinstance(effect, _LINEAR) for effect in on_mix)
