"""What a file says besides its sound: tags, markers, broadcast data; and what a copy has lost."""

from __future__ import annotations

import struct
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

BEXT_TIME_AT = 338
"""Place of the 64-bit TimeReference in a bext chunk (EBU Tech 3285)."""
_BEXT_TEXTS = (
    ("bext_description", 0, 256),
    ("originator", 256, 32),
    ("originator_reference", 288, 32),
    ("origination_date", 320, 10),
    ("origination_time", 330, 8),
)
_BEXT_BYTES = 602
_IN_FRAMES = (b"smpl",)
"""Chunks that count in frames of the old rate and are not rewritten for a new one."""


@dataclass(frozen=True, slots=True)
class Marker:
    """A named place.

    Parameters
    ----------
    frame : int
    name : str
    """

    frame: int
    name: str = ""


@dataclass(frozen=True, slots=True)
class Metadata:
    """Everything in a file that is not sound.

    Parameters
    ----------
    tags : mapping of str to str
        By lower-case name as FFmpeg and Vorbis comments call them: ``title``, ``artist``,
        ``album_artist``, ``isrc``, ``bpm``, ``key``, or the file's own name.
    markers : tuple of Marker
        In order of time.
    chunks : tuple of (bytes, bytes)
        RIFF chunks kept as they are, by name: ``bext``, ``iXML``, ``axml``, ``smpl``...
    pictures : tuple of bytes
        Cover pictures as they are, PNG or JPEG.
    """

    tags: Mapping[str, str] = field(default_factory=dict)
    markers: tuple[Marker, ...] = ()
    chunks: tuple[tuple[bytes, bytes], ...] = ()
    pictures: tuple[bytes, ...] = ()


def at_rate(metadata: Metadata, rate: int, new_rate: int) -> Metadata:
    """The same metadata for a copy at another rate: places in frames are moved along.

    Parameters
    ----------
    rate, new_rate : int
        Hz.
    """
    if rate == new_rate:
        return metadata
    markers = tuple(Marker(round(m.frame * new_rate / rate), m.name) for m in metadata.markers)
    chunks = tuple(
        (name, _moved_bext(content, rate, new_rate) if name == b"bext" else content)
        for name, content in metadata.chunks
        if name not in _IN_FRAMES
    )
    return replace(metadata, markers=markers, chunks=chunks)


def losses(before: Metadata, after: Metadata, ms_to_frames: float) -> list[str]:
    """What a copy no longer says, each by name; empty when nothing is lost.

    Parameters
    ----------
    before, after : Metadata
        Of the original, its places counted at the copy's rate, and of the copy.
    ms_to_frames : float
        Frames a millisecond, the accuracy of chapters.
    """
    lost = [f"tag {name}" for name, value in before.tags.items() if after.tags.get(name) != value]
    lost += _lost_markers(before, after, ms_to_frames)
    held = {name for name, _ in after.chunks}
    for name, content in before.chunks:
        if name not in held and not (name == b"bext" and _bext_in_tags(content, after)):
            lost.append(f"chunk {name.decode('latin-1').strip()}")
    if gone := len(set(before.pictures) - set(after.pictures)):
        lost.append(f"{gone} cover picture(s)")
    return lost


def bext_tags(content: bytes) -> dict[str, str]:
    """The fields of a bext chunk as tags.

    Under the names FFmpeg uses, except for the description, which would become the comment.
    """
    tags = {}
    for name, start, length in _BEXT_TEXTS:
        text = content[start : start + length].split(b"\0")[0].decode("latin-1").strip()
        if text:
            tags[name] = text
    if len(content) >= BEXT_TIME_AT + 8:
        tags["time_reference"] = str(struct.unpack_from("<Q", content, BEXT_TIME_AT)[0])
    history = content[_BEXT_BYTES:].split(b"\0")[0].decode("latin-1").strip()
    return tags | ({"coding_history": history} if history else {})


def bext_from_tags(tags: Mapping[str, str]) -> bytes | None:
    """A bext chunk (version 1) from tags, None where none of them belongs in one."""
    if not ({"time_reference", "originator", "originator_reference"} & set(tags)):
        return None
    raw = bytearray(_BEXT_BYTES)
    for name, start, length in _BEXT_TEXTS:
        text = tags.get(name, "").encode("latin-1", "replace")[:length]
        raw[start : start + len(text)] = text
    time = tags.get("time_reference", "0")
    struct.pack_into("<QH", raw, BEXT_TIME_AT, int(time) if time.isdigit() else 0, 1)
    return bytes(raw) + tags.get("coding_history", "").encode("latin-1", "replace")


def _moved_bext(content: bytes, rate: int, new_rate: int) -> bytes:
    if len(content) < BEXT_TIME_AT + 8:
        return content
    raw = bytearray(content)
    frames = struct.unpack_from("<Q", raw, BEXT_TIME_AT)[0]
    struct.pack_into("<Q", raw, BEXT_TIME_AT, round(frames * new_rate / rate))
    return bytes(raw)


def _bext_in_tags(content: bytes, after: Metadata) -> bool:
    return all(after.tags.get(name) == value for name, value in bext_tags(content).items())


def _lost_markers(before: Metadata, after: Metadata, ms_to_frames: float) -> list[str]:
    if len(after.markers) < len(before.markers):
        return [f"{len(before.markers) - len(after.markers)} marker(s)"]
    pairs = list(zip(before.markers, after.markers, strict=False))
    lost = []
    if any(one.name != other.name for one, other in pairs):
        lost.append("names of markers")
    off = max((abs(one.frame - other.frame) for one, other in pairs), default=0)
    if off > ms_to_frames + 1:
        lost.append("places of markers")
    elif off:
        lost.append("places of markers below a millisecond")
    return lost
