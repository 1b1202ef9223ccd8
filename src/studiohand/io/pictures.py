"""Cover pictures: what they are, and how FLAC's picture block holds them for Ogg."""

from __future__ import annotations

import base64
import struct

_FRONT_COVER = 3
_FRAME_MARKERS = {*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC}
"""JPEG segments that tell the size (ISO 10918-1 table B.1)."""


def kind_of(picture: bytes) -> str:
    """``"png"``, ``"jpeg"`` or nothing for a picture no container takes."""
    if picture.startswith(b"\x89PNG\r\n\x1a\n"):
        return "png"
    return "jpeg" if picture.startswith(b"\xff\xd8\xff") else ""


def size_of(picture: bytes) -> tuple[int, int]:
    """Width and height in pixels; (0, 0) where they cannot be found."""
    if kind_of(picture) == "png" and len(picture) >= 24:
        width, height = struct.unpack_from(">II", picture, 16)
        return width, height
    at = 2
    while kind_of(picture) == "jpeg" and at + 9 <= len(picture) and picture[at] == 0xFF:
        if picture[at + 1] in _FRAME_MARKERS:
            height, width = struct.unpack_from(">HH", picture, at + 5)
            return width, height
        at += 2 + struct.unpack_from(">H", picture, at + 2)[0]
    return 0, 0


def as_comment(picture: bytes) -> str:
    """The value of a METADATA_BLOCK_PICTURE comment (FLAC format, PICTURE block, in base64)."""
    mime = f"image/{kind_of(picture)}".encode()
    width, height = size_of(picture)
    block = struct.pack(">II", _FRONT_COVER, len(mime)) + mime + struct.pack(">I", 0)
    block += struct.pack(">IIIII", width, height, 24, 0, len(picture)) + picture
    return base64.b64encode(block).decode()
