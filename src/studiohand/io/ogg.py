"""Give an Ogg Vorbis file its comments: only the comment header and page numbers change.

RFC 3533 (Ogg pages), Vorbis I specification section 5 (comment header). The sound packets are
copied as they are; the random serial number becomes a fixed one, so that the same sound gives the
same bytes.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator, Mapping
from typing import BinaryIO

_SERIAL = 1
_HEADER = struct.Struct("<4sBBqIIIB")
_CONTINUED = 1
_MOST_SEGMENTS = 255
_NO_PACKET_ENDS = -1
_REVERSED = bytes(int(f"{byte:08b}"[::-1], 2) for byte in range(256))

_Page = tuple[int, int, bytes, bytes]
"""Flags, granule position, lacing values, content."""


def retag(source: BinaryIO, out: BinaryIO, comments: Mapping[str, str]) -> None:
    """Copy a Vorbis file as libsndfile writes it, with other comments.

    Parameters
    ----------
    source, out : binary files
        `out` is written from where it stands.

    Raises
    ------
    ValueError
        The source is not such a file.
    """
    pages = _pages(source)
    number = 0
    flags, granule, lacing, content = next(pages)
    number = _write(out, number, (flags, granule, lacing, content))
    comment, setup = _two_packets(pages)
    for page in _paged([_comment_packet(comment, comments), setup]):
        number = _write(out, number, page)
    for page in pages:
        number = _write(out, number, page)


def crc(raw: bytes) -> int:
    """Checksum of a page: polynomial 0x04C11DB7, most significant bit first, starting at 0.

    The same as zlib's with every byte and the result mirrored.
    """
    mirrored = zlib.crc32(raw.translate(_REVERSED), 0xFFFFFFFF) ^ 0xFFFFFFFF
    return int(f"{mirrored:032b}"[::-1], 2)


def _pages(file: BinaryIO) -> Iterator[_Page]:
    while head := file.read(_HEADER.size):
        if len(head) < _HEADER.size:
            raise ValueError("an Ogg page is cut off")
        magic, _, flags, granule, _, _, _, segments = _HEADER.unpack(head)
        if magic != b"OggS":
            raise ValueError("not an Ogg page")
        lacing = file.read(segments)
        yield flags, granule, lacing, file.read(sum(lacing))


def _write(out: BinaryIO, number: int, page: _Page) -> int:
    """Write a page; returns the number of the next."""
    flags, granule, lacing, content = page
    rest = lacing + content

    def head(check: int) -> bytes:
        return _HEADER.pack(b"OggS", 0, flags, granule, _SERIAL, number, check, len(lacing))

    out.write(head(crc(head(0) + rest)) + rest)
    return number + 1


def _two_packets(pages: Iterator[_Page]) -> tuple[bytes, bytes]:
    """The comment and setup packets; sound begins on a fresh page behind them."""
    packets: list[bytes] = []
    part = b""
    while len(packets) < 2:
        _, _, lacing, content = next(pages)
        at = 0
        for length in lacing:
            part += content[at : at + length]
            at += length
            if length < _MOST_SEGMENTS:
                packets.append(part)
                part = b""
    if len(packets) != 2 or part:
        raise ValueError("the sound does not begin on a page of its own")
    return packets[0], packets[1]


def _comment_packet(old: bytes, comments: Mapping[str, str]) -> bytes:
    """A comment header with the encoder's name from the old one."""
    length = struct.unpack_from("<I", old, 7)[0]
    vendor = old[11 : 11 + length]
    lines = [f"{name}={value}".encode() for name, value in comments.items()]
    body = b"".join(struct.pack("<I", len(line)) + line for line in lines)
    count = struct.pack("<I", len(lines))
    return b"\x03vorbis" + struct.pack("<I", len(vendor)) + vendor + count + body + b"\x01"


def _paged(packets: list[bytes]) -> Iterator[_Page]:
    """Header packets as pages."""
    lacing = b"".join(
        b"\xff" * (len(packet) // 255) + bytes([len(packet) % 255]) for packet in packets
    )
    content, at, continued = b"".join(packets), 0, False
    for start in range(0, len(lacing), _MOST_SEGMENTS):
        part = lacing[start : start + _MOST_SEGMENTS]
        length = sum(part)
        ends = any(value < 255 for value in part)
        flags = _CONTINUED if continued else 0
        yield flags, 0 if ends else _NO_PACKET_ENDS, part, content[at : at + length]
        at += length
        continued = part[-1] == 255
