"""Read any file's metadata; name its tags as another container calls them."""

from __future__ import annotations

import itertools
import re
import struct
from collections.abc import Mapping
from pathlib import Path
from typing import Any, BinaryIO

from studiohand.core.errors import MissingPart
from studiohand.io import id3
from studiohand.io.chunks import read_chunks
from studiohand.io.metadata import Marker, Metadata, bext_tags
from studiohand.io.pictures import as_comment, kind_of

_TECHNICAL = {
    "encoder", "major_brand", "minor_version", "compatible_brands", "handler_name", "vendor_id",
    "creation_time", "itunsmpb", "itunnorm", "duration",
}  # fmt: skip
"""Said of the container by whoever wrote it; a copy has its own."""
_READ_AS = {"tsrc": "isrc", "tbpm": "bpm", "tkey": "key", "initialkey": "key", "tmpo": "bpm",
            "tempo": "bpm", "albumartist": "album_artist", "tracknumber": "track",
            "discnumber": "disc", "text": "lyricist"}  # fmt: skip
_MP4_KNOWN = {
    "title", "artist", "album_artist", "album", "composer", "date", "genre", "comment",
    "copyright", "lyrics", "grouping", "track", "disc",
}  # fmt: skip
"""Tags that FFmpeg writes into MP4 by itself; the others become freeform atoms."""
_VORBIS_NAMES = {"album_artist": "ALBUMARTIST", "track": "TRACKNUMBER", "disc": "DISCNUMBER"}
_CHAPTER = re.compile(r"chapter(\d+)(name)?$")
_ATTACHED = 0x400
"""FFmpeg's mark of a stream that is a cover picture."""
_COVER_TYPES = {"jpeg": 13, "png": 14}
_FREEFORM = b"com.apple.iTunes"


def read_metadata(path: Path) -> Metadata:
    """Tags, markers and chunks of any audio file; what is damaged is left out.

    Raises
    ------
    CannotRead
        The file cannot be opened.
    """
    held = read_chunks(path)
    return held if held is not None else _through_ffmpeg(path)


def vorbis_names(metadata: Metadata, rate: int) -> dict[str, str]:
    """Tags, bext fields and markers as Vorbis comments (FLAC, Ogg)."""
    comments = {
        _VORBIS_NAMES.get(name, name.upper()): value for name, value in _with_bext(metadata).items()
    }
    for number, marker in enumerate(metadata.markers, start=1):
        comments[f"CHAPTER{number:03d}"] = _clock(marker.frame / rate)
        comments[f"CHAPTER{number:03d}NAME"] = marker.name
    return comments


def ogg_names(metadata: Metadata, rate: int) -> dict[str, str]:
    """The same for Ogg, where a comment holds the (first) cover picture as well."""
    comments = vorbis_names(metadata, rate)
    if metadata.pictures:
        comments["METADATA_BLOCK_PICTURE"] = as_comment(metadata.pictures[0])
    return comments


def id3_names(metadata: Metadata) -> dict[str, str]:
    """Tags and bext fields as FFmpeg wants them for ID3."""
    own = {name: id3.FRAMES[name] for name in ("isrc", "bpm", "key", "lyricist")}
    return {own.get(name, name): value for name, value in _with_bext(metadata).items()}


def mp4_names(metadata: Metadata) -> dict[str, str]:
    """The tags that FFmpeg writes into MP4; see `add_freeform` for the others."""
    return {name: value for name, value in metadata.tags.items() if name in _MP4_KNOWN}


def add_freeform(file: BinaryIO, metadata: Metadata) -> None:
    """Add the tags MP4 has no atoms for, as freeform atoms in the item list.

    For files whose ``moov`` stands last, as FFmpeg writes them, so that no place of a sample
    moves. Any other order, or no item list, is left as it is.
    """
    others = {n: v for n, v in _with_bext(metadata).items() if n not in _MP4_KNOWN}
    added = b"".join(_freeform(name, value) for name, value in others.items())
    if metadata.pictures:
        added += _box_of(b"covr", b"".join(_cover(picture) for picture in metadata.pictures))
    path = _boxes_to_items(file) if added else []
    if not path:
        return
    end = sum(path[-1])
    file.seek(end)
    rest = file.read()
    file.seek(end)
    file.write(added + rest)
    for at, size in path:
        file.seek(at)
        file.write(struct.pack(">I", size + len(added)))


def _with_bext(metadata: Metadata) -> dict[str, str]:
    tags = dict(metadata.tags)
    for name, content in metadata.chunks:
        if name == b"bext":
            tags = bext_tags(content) | tags
    return tags


def _through_ffmpeg(path: Path) -> Metadata:
    try:
        import av
    except ImportError as error:
        raise MissingPart(
            "Tags of this file need PyAV, which is not installed.",
            todo="Install it with: pip install av",
        ) from error
    try:
        with av.open(str(path), "r", metadata_errors="replace") as container:
            streams = [s for s in container.streams if s.type == "audio"]
            said = {**dict(container.metadata), **(dict(streams[0].metadata) if streams else {})}
            rate = int(getattr(streams[0], "rate", 0) or 0) if streams else 0
            return _sorted_out(said, container.chapters(), rate, _pictures(container))
    except (av.FFmpegError, OSError, ValueError):
        return Metadata()


def _sorted_out(
    said: Mapping[str, str], chapters: list[Any], rate: int, pictures: tuple[bytes, ...]
) -> Metadata:
    tags: dict[str, str] = {}
    starts: dict[str, float] = {}
    names: dict[str, str] = {}
    for key, value in said.items():
        name = _READ_AS.get(key.lower(), key.lower())
        chapter = _CHAPTER.match(name)
        if chapter and chapter[2]:
            names[chapter[1]] = value
        elif chapter:
            starts[chapter[1]] = _seconds(value)
        elif name not in _TECHNICAL and value and (name, value) != ("language", "und"):
            tags[name] = value
    markers = [Marker(round(at * rate), names.get(key, "")) for key, at in starts.items()]
    for chapter in chapters:
        start = float(chapter["start"] * chapter["time_base"])
        markers.append(Marker(round(start * rate), chapter["metadata"].get("title", "")))
    markers.sort(key=lambda marker: marker.frame)
    return Metadata(tags, tuple(markers), (), pictures)


def _pictures(container: Any) -> tuple[bytes, ...]:
    """Attached pictures that other containers take too."""
    found = []
    for stream in container.streams:
        if stream.type == "video" and int(stream.disposition) & _ATTACHED:
            found += [bytes(p) for p in itertools.islice(container.demux(stream), 1) if p.size]
    return tuple(picture for picture in found if kind_of(picture))


def _clock(seconds: float) -> str:
    ms = round(seconds * 1000)
    return f"{ms // 3_600_000:02d}:{ms // 60_000 % 60:02d}:{ms // 1000 % 60:02d}.{ms % 1000:03d}"


def _seconds(clock: str) -> float:
    try:
        hours, minutes, seconds = clock.split(":")
        return int(hours) * 3600 + int(minutes) * 60 + float(seconds)
    except ValueError:
        return 0.0


def _boxes_to_items(file: BinaryIO) -> list[tuple[int, int]]:
    """Place and size of moov, udta, meta and ilst, each inside the one before; or none."""
    file.seek(0, 2)
    start, end = 0, file.tell()
    found: list[tuple[int, int]] = []
    for wanted in (b"moov", b"udta", b"meta", b"ilst"):
        box = _box(file, wanted, start, end)
        if box is None or (wanted == b"moov" and sum(box) != end):
            return []
        found.append(box)
        start, end = box[0] + (12 if wanted == b"meta" else 8), sum(box)
    return found


def _box(file: BinaryIO, wanted: bytes, at: int, end: int) -> tuple[int, int] | None:
    """Place and size of a box between two places."""
    while at + 8 <= end:
        file.seek(at)
        size, name = struct.unpack(">I4s", file.read(8))
        if size == 1:
            size = struct.unpack(">Q", file.read(8))[0]
        if name == wanted:
            return at, size
        at += max(size, 8)
    return None


def _freeform(name: str, value: str) -> bytes:
    mean = _box_of(b"mean", bytes(4) + _FREEFORM)
    label = _box_of(b"name", bytes(4) + name.upper().encode())
    return _box_of(b"----", mean + label + _data(1, value.encode()))


def _cover(picture: bytes) -> bytes:
    return _data(_COVER_TYPES[kind_of(picture)], picture)


def _data(kind: int, content: bytes) -> bytes:
    return _box_of(b"data", struct.pack(">II", kind, 0) + content)


def _box_of(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I4s", len(content) + 8, kind) + content
