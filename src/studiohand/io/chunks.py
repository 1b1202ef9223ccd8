"""The chunks of WAV and AIFF files that hold no sound: read into metadata, built from it.

Microsoft RIFF (LIST INFO, cue, adtl), EBU Tech 3285 (bext), Apple AIFF 1.3 (MARK, NAME...).
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from studiohand.io import id3
from studiohand.io.inspect import cannot_open
from studiohand.io.metadata import Marker, Metadata, bext_from_tags

Chunk = tuple[bytes, bytes]

LONGEST = 1 << 24
"""Bytes; longer chunks are not carried."""
_INFO = {
    "title": b"INAM",
    "artist": b"IART",
    "album": b"IPRD",
    "date": b"ICRD",
    "genre": b"IGNR",
    "comment": b"ICMT",
    "copyright": b"ICOP",
    "track": b"ITRK",
    "engineer": b"IENG",
    "language": b"ILNG",
    "software": b"ISFT",
}
_INFO_NAMES = {chunk: name for name, chunk in _INFO.items()} | {b"IPRT": "track"}
_SOUND = {b"fmt ", b"data", b"ds64", b"fact", b"PEAK", b"JUNK", b"junk", b"PAD ", b"FLLR",
          b"COMM", b"SSND", b"FVER", b"levl", b"LGWV"}  # fmt: skip
_AIFF_TEXTS = {b"NAME": "title", b"AUTH": "artist", b"(c) ": "copyright", b"ANNO": "comment"}
_ID3 = (b"id3 ", b"ID3 ")


def read_chunks(path: Path) -> Metadata | None:
    """Metadata of a WAV or AIFF file, None for any other.

    Raises
    ------
    CannotRead
        The file cannot be opened.
    """
    try:
        with path.open("rb") as file:
            head = file.read(12)
            if head[:4] in (b"RIFF", b"RF64", b"BW64") and head[8:] == b"WAVE":
                return _from_riff(list(_walk(file, "<")))
            if head[:4] == b"FORM" and head[8:] in (b"AIFF", b"AIFC"):
                return _from_aiff(list(_walk(file, ">")))
    except OSError as error:
        raise cannot_open(path, error) from error
    return None


def wav_chunks(metadata: Metadata) -> list[Chunk]:
    """Chunks to write before a WAV file's sound."""
    chunks = list(metadata.chunks)
    bext = bext_from_tags(metadata.tags)
    if bext and not any(name == b"bext" for name, _ in chunks):
        chunks.append((b"bext", bext))
    info = {name: value for name, value in metadata.tags.items() if name in _INFO}
    if info:
        chunks.append((b"LIST", b"INFO" + b"".join(_text(_INFO[n], v) for n, v in info.items())))
    if len(info) < len(metadata.tags) or metadata.pictures:
        chunks.append((b"id3 ", id3.build(metadata.tags, metadata.pictures)))
    return chunks + _cue_chunks(metadata.markers)


def aiff_chunks(metadata: Metadata) -> list[Chunk]:
    """Chunks to write before an AIFF file's sound."""
    chunks = []
    if metadata.markers:
        chunks.append((b"MARK", _mark(metadata.markers)))
    if metadata.tags or metadata.pictures:
        chunks.append((b"ID3 ", id3.build(metadata.tags, metadata.pictures)))
    return chunks


def _walk(file: BinaryIO, order: str) -> Iterator[Chunk]:
    """Every chunk that is not sound."""
    file.seek(0, 2)
    size, at, long_data = file.tell(), 12, 0
    while at + 8 <= size:
        file.seek(at)
        name, length = struct.unpack(f"{order}4sI", file.read(8))
        if name == b"ds64":
            long_data = struct.unpack("<QQ", file.read(16).ljust(16, b"\0"))[1]
        if name == b"data" and length == 0xFFFFFFFF:
            length = long_data or size
        if name not in _SOUND and length <= LONGEST:
            yield name, file.read(length)
        at += 8 + length + length % 2


def _from_riff(chunks: list[Chunk]) -> Metadata:
    tags: dict[str, str] = {}
    kept: list[Chunk] = []
    frames: dict[int, int] = {}
    names: dict[int, str] = {}
    pictures: tuple[bytes, ...] = ()
    for name, content in chunks:
        if name in _ID3:
            found, pictures = id3.parse(content)
            tags |= found
        elif name == b"cue ":
            frames = _cue(content)
        elif name == b"LIST" and content[:4] == b"INFO":
            tags = _info(content) | tags
        elif name == b"LIST" and content[:4] == b"adtl":
            names = _labels(content)
        elif name != b"LIST":
            kept.append((name, content))
    markers = sorted((Marker(at, names.get(key, "")) for key, at in frames.items()), key=_place)
    return Metadata(tags, tuple(markers), tuple(kept), pictures)


def _from_aiff(chunks: list[Chunk]) -> Metadata:
    tags: dict[str, str] = {}
    kept: list[Chunk] = []
    markers: list[Marker] = []
    pictures: tuple[bytes, ...] = ()
    for name, content in chunks:
        if name in _ID3:
            found, pictures = id3.parse(content)
            tags |= found
        elif name == b"MARK":
            markers = sorted(_marks(content), key=_place)
        elif name in _AIFF_TEXTS:
            tags.setdefault(_AIFF_TEXTS[name], _decoded(content))
        else:
            kept.append((name, content))
    return Metadata(tags, tuple(markers), tuple(kept), pictures)


def _place(marker: Marker) -> int:
    return marker.frame


def _info(content: bytes) -> dict[str, str]:
    return {
        _INFO_NAMES.get(name, name.decode("latin-1").strip().lower()): _decoded(text)
        for name, text in _inner(content)
        if text.strip(b"\0")
    }


def _labels(content: bytes) -> dict[int, str]:
    """Names of cue points by their number."""
    return {
        struct.unpack_from("<I", text)[0]: _decoded(text[4:])
        for name, text in _inner(content)
        if name == b"labl" and len(text) >= 4
    }


def _inner(content: bytes) -> Iterator[Chunk]:
    at = 4
    while at + 8 <= len(content):
        name, length = struct.unpack_from("<4sI", content, at)
        yield name, content[at + 8 : at + 8 + length]
        at += 8 + length + length % 2


def _cue(content: bytes) -> dict[int, int]:
    """Frames of cue points by their number."""
    found = {}
    for at in range(4, len(content) - 23, 24):
        number, _, _, _, _, frame = struct.unpack_from("<II4sIII", content, at)
        found[number] = frame
    return found


def _cue_chunks(markers: tuple[Marker, ...]) -> list[Chunk]:
    if not markers:
        return []
    points, labels = [struct.pack("<I", len(markers))], [b"adtl"]
    for number, marker in enumerate(markers, start=1):
        points.append(struct.pack("<II4sIII", number, marker.frame, b"data", 0, 0, marker.frame))
        if marker.name:
            labels.append(_text(b"labl", marker.name, struct.pack("<I", number)))
    chunks = [(b"cue ", b"".join(points))]
    return chunks + ([(b"LIST", b"".join(labels))] if len(labels) > 1 else [])


def _marks(content: bytes) -> Iterator[Marker]:
    at = 2
    while at + 7 <= len(content):
        _, frame, length = struct.unpack_from(">hIB", content, at)
        yield Marker(frame, _decoded(content[at + 7 : at + 7 + length]))
        at += 7 + length + (length + 1) % 2


def _mark(markers: tuple[Marker, ...]) -> bytes:
    parts = [struct.pack(">H", len(markers))]
    for number, marker in enumerate(markers, start=1):
        name = marker.name.encode()[:254]
        pad = b"\0" * ((len(name) + 1) % 2)
        parts.append(struct.pack(">hIB", number, marker.frame, len(name)) + name + pad)
    return b"".join(parts)


def _text(name: bytes, text: str, before: bytes = b"") -> bytes:
    content = before + text.encode() + b"\0"
    return name + struct.pack("<I", len(content)) + content + b"\0" * (len(content) % 2)


def _decoded(raw: bytes) -> str:
    raw = raw.split(b"\0")[0]
    try:
        return raw.decode().strip()
    except UnicodeDecodeError:
        return raw.decode("latin-1").strip()
