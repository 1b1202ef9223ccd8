"""ID3v2 tags for the chunks of WAV and AIFF: text frames and comments (id3.org, version 2.4)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from studiohand.io.pictures import kind_of

FRAMES = {
    "title": "TIT2",
    "artist": "TPE1",
    "album_artist": "TPE2",
    "performer": "TPE3",
    "album": "TALB",
    "composer": "TCOM",
    "lyricist": "TEXT",
    "genre": "TCON",
    "date": "TDRC",
    "track": "TRCK",
    "disc": "TPOS",
    "copyright": "TCOP",
    "publisher": "TPUB",
    "encoded_by": "TENC",
    "language": "TLAN",
    "isrc": "TSRC",
    "bpm": "TBPM",
    "key": "TKEY",
}
"""Tag names and their ID3v2.4 frames."""
_NAMES = {frame: name for name, frame in FRAMES.items()} | {"TYER": "date"}
_ENCODINGS = {0: "latin-1", 1: "utf-16", 2: "utf-16-be", 3: "utf-8"}
_UTF_8 = b"\x03"


def build(tags: Mapping[str, str], pictures: Sequence[bytes] = ()) -> bytes:
    """An ID3v2.4 tag; what has no frame of its own goes into TXXX."""
    body = b"".join(_frame(name, value) for name, value in tags.items())
    body += b"".join(_picture(picture) for picture in pictures)
    return b"ID3\x04\x00\x00" + _syncsafe(len(body)) + body


def parse(raw: bytes) -> tuple[dict[str, str], tuple[bytes, ...]]:
    """Tags and pictures of an ID3v2.3 or 2.4 tag; what is damaged is left out."""
    if raw[:3] != b"ID3" or len(raw) < 10 or raw[3] not in (3, 4):
        return {}, ()
    tags: dict[str, str] = {}
    pictures: list[bytes] = []
    at = 10
    end = min(10 + _whole(raw[6:10]), len(raw))
    while at + 10 <= end and raw[at] != 0:
        name = raw[at : at + 4].decode("latin-1")
        size = _whole(raw[at + 4 : at + 8]) if raw[3] == 4 else int.from_bytes(raw[at + 4 : at + 8])
        content = raw[at + 10 : at + 10 + size]
        at += 10 + size
        if name == "APIC":
            pictures += _read_picture(content)
        elif content:
            tags.update(_read_frame(name, content))
    return tags, tuple(pictures)


def _frame(name: str, value: str) -> bytes:
    if name == "comment":
        frame, content = "COMM", _UTF_8 + b"und\0" + value.encode()
    elif name in FRAMES:
        frame, content = FRAMES[name], _UTF_8 + value.encode()
    else:
        frame, content = "TXXX", _UTF_8 + name.encode() + b"\0" + value.encode()
    return frame.encode() + _syncsafe(len(content)) + b"\0\0" + content


def _read_frame(frame: str, content: bytes) -> dict[str, str]:
    encoding = _ENCODINGS.get(content[0], "latin-1")
    if frame == "COMM":
        return {"comment": _texts(content[4:], encoding)[-1]}
    if frame == "TXXX":
        texts = _texts(content[1:], encoding)
        return {texts[0].lower(): texts[-1]} if len(texts) > 1 else {}
    if frame.startswith("T"):
        return {_NAMES.get(frame, frame.lower()): _texts(content[1:], encoding)[0]}
    return {}


def _picture(picture: bytes) -> bytes:
    mime = f"image/{kind_of(picture)}".encode()
    content = b"\0" + mime + b"\0\x03\0" + picture
    return b"APIC" + _syncsafe(len(content)) + b"\0\0" + content


def _read_picture(content: bytes) -> list[bytes]:
    """The picture of an APIC frame, found by how pictures begin."""
    starts = [content.find(magic) for magic in (b"\x89PNG\r\n", b"\xff\xd8\xff")]
    found = [at for at in starts if at >= 0]
    return [content[min(found) :]] if found else []


def _texts(raw: bytes, encoding: str) -> list[str]:
    return raw.decode(encoding, "replace").rstrip("\0").replace("\ufeff", "").split("\0")


def _syncsafe(number: int) -> bytes:
    return bytes(number >> shift & 127 for shift in (21, 14, 7, 0))


def _whole(raw: bytes) -> int:
    return sum((byte & 127) << shift for byte, shift in zip(raw, (21, 14, 7, 0), strict=False))
