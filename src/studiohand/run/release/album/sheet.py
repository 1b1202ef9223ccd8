"""The album sheet: which songs, in which order, with which gaps, fades and trims (TOML)."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import tomli_w
from pydantic import ValidationError, field_validator

from studiohand.core.errors import BadSetting, CannotRead
from studiohand.core.tool import Settings, number, text
from studiohand.io.atomic import write_bytes
from studiohand.io.tags import read_metadata
from studiohand.rights.identifiers import gtin, isrc

SHEET = "album.toml"
GAP_S = 2.0
"""The pause that the Red Book puts between two tracks unless told otherwise."""
LONGEST_OVERLAP_S = 30.0
_HEAD = "# Times in seconds, trims in dB. A gap below 0 lets the next song begin before the end.\n"


class SheetSong(Settings):
    """One song of the album.

    Parameters
    ----------
    gap_s : float
        Pause before the next song; below 0 the next one begins before this one's end.
    trim_db : float
        The producer's own correction of this song against the others.
    side : str
        Side of a record, ``"A"``, ``"B"``...; empty: divided by playing time.
    """

    file: Annotated[Path, text("The finished song.")]
    title: Annotated[str, text("What it is called.")] = ""
    artist: Annotated[str, text("Where it is not the album's.")] = ""
    isrc: Annotated[str, text("Its recording code.")] = ""
    gap_s: Annotated[
        float, number(-LONGEST_OVERLAP_S, 60.0, "s", "Pause before the next song.")
    ] = GAP_S
    fade_in_s: Annotated[float, number(0.0, 60.0, "s", "Fade from silence at its begin.")] = 0.0
    fade_out_s: Annotated[float, number(0.0, 60.0, "s", "Fade to silence at its end.")] = 0.0
    trim_db: Annotated[float, number(-12.0, 12.0, "dB", "Against the other songs.")] = 0.0
    side: Annotated[str, text("Side of a record.")] = ""

    @field_validator("isrc")
    @classmethod
    def _isrc(cls, value: str) -> str:
        return isrc(value) if value else ""


class Sheet(Settings):
    """An album: what it is called, and its songs in order."""

    title: Annotated[str, text("What the album is called.")] = ""
    artist: Annotated[str, text("Who made it.")] = ""
    upc: Annotated[str, text("Its product code (UPC or EAN).")] = ""
    song: Annotated[tuple[SheetSong, ...], text("The songs in order.")] = ()

    @field_validator("upc")
    @classmethod
    def _upc(cls, value: str) -> str:
        return gtin(value) if value else ""


def sheet_of(files: Sequence[Path], title: str, artist: str, gap_s: float) -> Sheet:
    """A sheet of files in the order given; titles and codes from their tags.

    Raises
    ------
    CannotRead, BadSetting
    """
    songs = []
    for file in files:
        tags = read_metadata(file).tags
        said = tags.get("artist", "")
        songs.append(
            SheetSong(
                file=file,
                title=tags.get("title", "") or file.stem,
                artist="" if said == artist else said,
                isrc=_if_right(tags.get("isrc", "")),
                gap_s=gap_s,
            )
        )
    return Sheet(title=title, artist=artist, song=tuple(songs))


def read_sheet(path: Path) -> Sheet:
    """An album sheet; files in it are looked for from the folder it lies in.

    Raises
    ------
    CannotRead
        It is not there or not TOML.
    BadSetting
        A name or a value in it does not fit.
    """
    try:
        said = tomllib.loads(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise CannotRead(
            f"The album sheet “{path.name}” cannot be read: {error}.",
            todo="Mend it, or leave --sheet out to have one written.",
        ) from error
    try:
        sheet = Sheet(**said)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        raise BadSetting(f"{place} in “{path.name}”: {first['msg']}.") from error
    songs = [song.model_copy(update={"file": path.parent / song.file}) for song in sheet.song]
    return sheet.model_copy(update={"song": tuple(songs)})


def write_sheet(path: Path, sheet: Sheet) -> None:
    """Write a sheet that `read_sheet` reads; file names in full.

    Raises
    ------
    CannotWrite
    """
    write_bytes(path, (_HEAD + as_written(sheet)).encode())


def as_written(sheet: Sheet) -> str:
    """A sheet as TOML with file names in full: the same for sheets that mean the same."""
    said = sheet.model_dump()
    said["song"] = [song | {"file": str(song["file"].resolve())} for song in said["song"]]
    return tomli_w.dumps(said)


def _if_right(code: str) -> str:
    """A file's recording code; what is no code is left out rather than written on."""
    try:
        return isrc(code) if code else ""
    except BadSetting:
        return ""
