"""Marks in files: read from whatever comes in, written into whatever goes out."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from studiohand.core.errors import CannotRead, MissingPart, NotAllowed
from studiohand.io.atomic import beside, write_bytes
from studiohand.io.chunks import wav_chunks
from studiohand.io.metadata import Metadata
from studiohand.io.tags import read_metadata
from studiohand.rights import credentials
from studiohand.rights.account import Part
from studiohand.rights.origin import Mark, Origin, mark_text, read_marks, without_marks
from studiohand.song.folder import Song

_C2PA = b"c2pa"
_LOOKED_AT = 2**18
_TOLD = (Origin.GENERATED, Origin.SEPARATED)


def marks_in(path: Path) -> tuple[Mark, ...]:
    """What a file says of its parts: our mark in it or beside it, and its Content Credentials.

    Raises
    ------
    CannotRead
        The file cannot be opened.
    """
    comment = read_metadata(path).tags.get("comment", "")
    sidecar = _sidecar(path)
    said = sidecar.read_text("utf-8") if sidecar.exists() else ""
    found = (*read_marks(comment), *read_marks(said), *_credentials(path))
    return tuple(dict.fromkeys(found))


def write_beside(path: Path, metadata: Metadata) -> None:
    """Put marks into ``FILE.origin.txt`` for a file that must stay bare; nothing without marks.

    Raises
    ------
    CannotWrite
    """
    text = mark_text(read_marks(metadata.tags.get("comment", "")))
    if text:
        write_bytes(_sidecar(path), f"{text}\n".encode())


def carried(path: Path) -> Metadata:
    """A file's metadata for what is made of it, with every mark it bears in its comment.

    Raises
    ------
    CannotRead
    """
    held = read_metadata(path)
    text = mark_text(marks_in(path))
    if not text:
        return held
    words = without_marks(held.tags.get("comment", ""))
    return replace(held, tags={**held.tags, "comment": f"{words} {text}".strip()})


def check_guides(path: Path, allowed: bool) -> None:
    """Raise when a file holds a guide and nobody has said that it may go out.

    Raises
    ------
    NotAllowed
    """
    guides = sorted(mark.part for mark in marks_in(path) if mark.guide)
    if guides and not allowed:
        raise NotAllowed(
            f"“{path.name}” holds a guide ({', '.join(guides)}): a stand-in for a player.",
            untouched="Nothing was delivered.",
            todo="Record the part (`studiohand brief` helps to ask for it), or say --with-guide.",
        )


def mark_chunks(marks: Iterable[Mark]) -> list[tuple[bytes, bytes]]:
    """Chunks for a WAV file that carry marks; none where nothing must be said."""
    text = mark_text(marks)
    return wav_chunks(Metadata(tags={"comment": text})) if text else []


def mark_of_part(part: Part) -> tuple[Mark, ...]:
    """What must be said of a stem wherever it goes."""
    if part.origin in _TOLD or part.guide:
        return (Mark(part.name, part.origin, part.role, part.detail, part.guide),)
    return ()


def record_marks(song: Song, name: str, marks: Iterable[Mark]) -> None:
    """Write to the ledger what an added stem's file says of itself."""
    found = list(marks)
    if not found:
        return
    worst = next((o for o in _TOLD if any(m.origin is o for m in found)), Origin.UNKNOWN)
    makers = [f"{m.part}: {m.detail}" if m.detail else m.part for m in found]
    song.record(
        "origin",
        {
            "part": name,
            "origin": worst.value,
            "basis": "mark",
            "detail": ", ".join(makers),
            "by": "the file itself",
            "guide": any(mark.guide for mark in found),
        },
    )


def _sidecar(path: Path) -> Path:
    return beside(path, ".origin.txt")


def _credentials(path: Path) -> tuple[Mark, ...]:
    """A mark for a file whose Content Credentials name a generative source."""
    apart = beside(path, credentials.SIDECAR_SUFFIX).exists()
    if not apart and not _mentions_c2pa(path):
        return ()
    try:
        found = credentials.read(path)
    except MissingPart:
        return (Mark(path.stem, Origin.UNKNOWN, detail="has Content Credentials, not read"),)
    except CannotRead:
        return (Mark(path.stem, Origin.UNKNOWN, detail="has damaged Content Credentials"),)
    if found is None or not found.generated:
        return ()
    return (Mark(path.stem, Origin.GENERATED, detail=found.maker),)


def _mentions_c2pa(path: Path) -> bool:
    """Whether a file may hold a manifest: they stand near its begin or its end."""
    with path.open("rb") as file:
        head = file.read(_LOOKED_AT)
        file.seek(max(path.stat().st_size - _LOOKED_AT, 0))
        return _C2PA in head.lower() or _C2PA in file.read().lower()
