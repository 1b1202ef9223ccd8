"""What a file is before a decoder sees it, and the one sentence when it is not audio."""

from __future__ import annotations

import errno
import stat
import struct
from pathlib import Path
from typing import BinaryIO

from studiohand.core.errors import CannotRead

LOWEST_RATE, HIGHEST_RATE = 1_000, 1_536_000
"""Hz; outside of this a header is damaged rather than unusual."""
MOST_CHANNELS = 128

_UNKNOWN_SIZE = (0xFFFFFFFF, 0x7FFFFFFF, 0x7FFFF000, 0xFFFFF000)
"""Sizes that programs write when they stream and cannot go back."""

_W64_HEAD = b"riff\x2e\x91\xcf\x11\xa5\xd6\x28\xdb"

_NOT_AUDIO = {
    b"%PDF": "a PDF document",
    b"PK\x03\x04": "a zip archive or an office document",
    b"\x89PNG": "a picture",
    b"\xff\xd8\xff": "a picture",
    b"GIF8": "a picture",
    b"Rar!": "a RAR archive",
    b"7z\xbc\xaf": "a 7z archive",
    b"MThd": "a MIDI file, which holds notes and no sound",
    b"<!DO": "a web page",
    b"<htm": "a web page",
    b"{\\rt": "a text document",
    b"\xd0\xcf\x11\xe0": "an office document",
}


def shown(path: Path) -> str:
    """The file's name in quotes, as any terminal can print it."""
    return f"“{as_text(Path(path.name))}”"


def as_text(path: Path) -> str:
    """A path as text that can be stored; bytes that are not text become question marks."""
    return str(path).encode(errors="replace").decode()


def check_file(path: Path) -> int:
    """Size in bytes of a regular, readable file that may be audio.

    Raises
    ------
    CannotRead
        It is missing, a folder, a link to itself, unreadable, empty, or plainly something else.
    """
    try:
        found = path.stat()
        if stat.S_ISDIR(found.st_mode):
            raise CannotRead(
                f"{shown(path)} is a folder, not an audio file.", todo="Name the files inside it."
            )
        if not stat.S_ISREG(found.st_mode):
            raise CannotRead(
                f"{shown(path)} is a device or a pipe, not a file.", todo="Save it as a file first."
            )
        with path.open("rb") as file:
            head = file.read(16)
    except OSError as error:
        raise cannot_open(path, error) from error
    except ValueError as error:
        raise CannotRead(
            f"{shown(path)} is not a possible file name.", todo="Check the name."
        ) from error
    if not head:
        raise CannotRead(
            f"{shown(path)} is empty (0 bytes).", todo="Export it again, or leave it out."
        )
    for magic, name in _NOT_AUDIO.items():
        if head.startswith(magic):
            raise CannotRead(
                f"{shown(path)} is {name}, not audio, whatever its name says.",
                todo="Choose the audio file, or leave this one out.",
            )
    return found.st_size


def cannot_open(path: Path, error: OSError) -> CannotRead:
    """The sentence for an error of the file system."""
    if error.errno == errno.ELOOP:
        return CannotRead(
            f"{shown(path)} is a link that leads back to itself.",
            todo="Point the link at a real file, or leave it out.",
        )
    if error.errno in (errno.EACCES, errno.EPERM):
        return CannotRead(
            f"{shown(path)} may not be read by you.",
            todo="Change the file's permissions, or copy it to a folder of your own.",
        )
    if error.errno in (errno.ENOENT, errno.ENOTDIR):
        return CannotRead(f"{shown(path)} is not there.", todo="Check the name and the folder.")
    if error.errno == errno.ENAMETOOLONG:
        return CannotRead("That name is longer than the system allows.", todo="Use a shorter name.")
    return CannotRead(
        f"{shown(path)} cannot be opened: {error.strerror or error}.",
        todo="Check the disk, or copy the file somewhere else.",
    )


def not_audio(path: Path) -> CannotRead:
    """The sentence for a file that no decoder understands."""
    return CannotRead(
        f"{shown(path)} cannot be read as audio: it is damaged or of an unknown format.",
        todo="Export it again as WAV or FLAC, or leave it out.",
    )


def no_sound(path: Path) -> CannotRead:
    """The sentence for a header with nothing behind it."""
    return CannotRead(
        f"{shown(path)} holds no sound: there is a header and nothing behind it.",
        todo="Export it again, or leave it out.",
    )


def cut_off(path: Path, promised_s: float, held_s: float) -> CannotRead:
    """The sentence for a file that ends before it should."""
    return CannotRead(
        f"{shown(path)} is cut off: it promises {promised_s:.2f} s and holds {held_s:.2f} s.",
        todo="Export or copy it again; the copy or the export was not finished.",
    )


def broken(path: Path, promised_s: float, read_s: float) -> CannotRead:
    """The sentence for a file that a decoder could not read to its end."""
    return CannotRead(
        f"{shown(path)} is cut off or damaged: it promises {promised_s:.2f} s, and only the first "
        f"{read_s:.2f} s can be read.",
        todo="Export or copy it again, or leave it out.",
    )


def check_shape(path: Path, rate: int, channels: int) -> None:
    """Refuse what only a damaged header claims."""
    if not LOWEST_RATE <= rate <= HIGHEST_RATE or not 1 <= channels <= MOST_CHANNELS:
        raise CannotRead(
            f"{shown(path)} claims {channels} channels at {rate} Hz; its header is damaged.",
            todo="Export it again, or leave it out.",
        )


def check_complete(path: Path, size: int) -> None:
    """Refuse a WAV or AIFF file whose sound chunk promises more bytes than the file has.

    Raises
    ------
    CannotRead
    """
    try:
        with path.open("rb") as file:
            promised = _promised_bytes(file, size)
    except OSError as error:
        raise cannot_open(path, error) from error
    if promised is None:
        return
    per_second, start, length = promised
    held = max(size - start, 0)
    if length > held + 1 and per_second:  # one byte: a pad byte that was counted
        raise cut_off(path, length / per_second, held / per_second)


def _promised_bytes(file: BinaryIO, size: int) -> tuple[int, int, int] | None:
    """(bytes per second, start, length) of the sound chunk, None where nothing is promised."""
    head = file.read(12)
    if head[:4] in (b"RIFF", b"RF64", b"BW64") and head[8:] == b"WAVE":
        return _wav_promise(file, size)
    if head[:4] == b"FORM" and head[8:] in (b"AIFF", b"AIFC"):
        return _aiff_promise(file, size)
    if head[:4] == b"caff":
        return _caf_promise(file, size)
    if head == _W64_HEAD:
        return _w64_promise(file, size)
    return None


def _wav_promise(file: BinaryIO, size: int) -> tuple[int, int, int] | None:
    per_second, long_length = 0, 0
    at = 12
    while at + 8 <= size:
        file.seek(at)
        name, length = struct.unpack("<4sI", file.read(8))
        if name == b"ds64":
            long_length = struct.unpack("<QQ", file.read(16).ljust(16, b"\0"))[1]
        elif name == b"fmt ":
            per_second = struct.unpack("<I", file.read(12).ljust(12, b"\0")[8:])[0]
        elif name == b"data":
            if length in _UNKNOWN_SIZE:
                length = long_length
            return per_second, at + 8, length
        at += 8 + length + length % 2
    return None


def _caf_promise(file: BinaryIO, size: int) -> tuple[int, int, int] | None:
    """Apple Core Audio Format: big-endian chunks with 64-bit lengths, -1 for “to the end”."""
    per_second, at = 0, 8
    while at + 12 <= size:
        file.seek(at)
        name, length = struct.unpack(">4sq", file.read(12))
        if name == b"desc":
            rate, _, _, packet, frames = struct.unpack(">d4sIII", file.read(24).ljust(24, b"\0"))
            per_second = int(min(max(rate, 0.0), 1e7) * packet / frames) if frames else 0
        elif name == b"data" or length < 0:
            return per_second, at + 12, max(length, 0)
        at += 12 + length
    return None


def _w64_promise(file: BinaryIO, size: int) -> tuple[int, int, int] | None:
    """Sony Wave64: GUIDs whose first four bytes are RIFF names, lengths with their header."""
    per_second, at = 0, 40
    while at + 24 <= size:
        file.seek(at)
        name, length = struct.unpack("<4s12xQ", file.read(24))
        if name == b"fmt ":
            per_second = struct.unpack("<8xI", file.read(12).ljust(12, b"\0"))[0]
        elif name == b"data":
            return per_second, at + 24, max(length - 24, 0)
        at += max(length + -length % 8, 24)
    return None


def _aiff_promise(file: BinaryIO, size: int) -> tuple[int, int, int] | None:
    at = 12
    per_second = 0
    while at + 8 <= size:
        file.seek(at)
        name, length = struct.unpack(">4sI", file.read(8))
        if name == b"COMM":
            channels, _, bits, exponent, mantissa = struct.unpack(
                ">HIHHI", file.read(14).ljust(14, b"\0")
            )
            # the rate is an 80-bit extended float; its upper 32 bits hold any real rate
            rate = mantissa * 2.0 ** (min(exponent, 16_500) - 16_383 - 31)
            per_second = int(rate * channels * ((bits + 7) // 8))
        elif name == b"SSND":
            return per_second, at + 16, max(length - 8, 0)
        at += 8 + length + length % 2
    return None
