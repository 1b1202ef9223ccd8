"""What tools work on, made from songs and files."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path

from studiohand.core.audio import Material, Role, Track
from studiohand.core.errors import CannotRead
from studiohand.io.audiofile import open_audio
from studiohand.song.folder import Asset, Song


def song_material(song: Song) -> Material:
    """Stems, mix, references and intents of a song.

    Raises
    ------
    CannotRead
        An original is missing or damaged.
    """
    stems = tuple(_track(song, asset) for asset in song.assets("stem"))
    mixes = [_track(song, asset) for asset in song.assets("mix")]
    return Material(
        rate=song.rate,
        stems=stems,
        mix=mixes[-1] if mixes else None,
        references=tuple(_track(song, asset) for asset in song.assets("reference")),
        intents=song.intents,
    )


def file_material(path: Path, references: Sequence[Path] = ()) -> Material:
    """One file, and references to hold it against."""
    file = file_track(path)
    return Material(
        rate=file.source.rate, file=file, references=tuple(file_track(r) for r in references)
    )


def file_track(path: Path) -> Track:
    """A file outside any song, as a track.

    Its cache key is made of its name, size and time of change.
    """
    source = open_audio(path)
    state = path.stat()
    key = f"{path.resolve()}|{state.st_size}|{state.st_mtime_ns}"
    return Track(
        name=path.stem,
        source=source,
        sha256=hashlib.sha256(key.encode()).hexdigest(),
        facts=source.facts,
    )


def _track(song: Song, asset: Asset) -> Track:
    path = song.path(asset)
    if not path.is_file():
        raise CannotRead(
            f"The original “{asset.file}” of “{song.title}” is missing.",
            todo="Put it back from a backup.",
        )
    source = open_audio(path)
    return Track(asset.name, source, Role(asset.role), asset.sha256, source.facts)
