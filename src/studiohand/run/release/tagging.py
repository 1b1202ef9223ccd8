"""A song's credits and codes as tags of a delivered file, by the common mapping.

Names follow the MusicBrainz Picard mapping (appendix "Tag mapping"); the container's own spelling
(ID3, Vorbis comments, MP4) is the writer's.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from studiohand.core.effect import JsonValue
from studiohand.io.formats import target_named
from studiohand.io.tags import read_metadata
from studiohand.rights.account import Account, account
from studiohand.run.files.conversion import Order, convert
from studiohand.run.files.folders import make_folder
from studiohand.song.folder import Song

TAG_OF_ROLE = {
    "Composer": "composer",
    "Lyricist": "lyricist",
    "Mixer": "mixer",
    "MixingEngineer": "mixer",
    "MasteringEngineer": "engineer",
    "StudioProducer": "producer",
    "Producer": "producer",
    "Vocalist": "performer",
    "AssociatedPerformer": "performer",
}
"""DDEX roles and the tag that names them; other roles have no common tag."""
_TAG_OF_CODE = {"isrc": "isrc", "upc": "barcode", "iswc": "iswc"}


def song_tags(known: Account) -> dict[str, str]:
    """Tags of a song by lower-case name; several people in one role are separated by semicolons."""
    tags = {"title": known.title, "artist": known.artist}
    people: dict[str, list[str]] = {}
    for credit in known.credits:
        if credit.role in TAG_OF_ROLE:
            people.setdefault(TAG_OF_ROLE[credit.role], []).append(credit.name)
    tags |= {tag: "; ".join(dict.fromkeys(names)) for tag, names in people.items()}
    tags |= {_TAG_OF_CODE[kind]: code for kind, code in known.codes if kind in _TAG_OF_CODE}
    return {name: value for name, value in tags.items() if value}


def write_tagged(song: Song, file: Path, out: Path, kind: str) -> Mapping[str, JsonValue]:
    """Make a tagged copy of a delivered file; what it said before and is not replaced stays.

    Returns
    -------
    mapping
        The conversion's certificate.

    Raises
    ------
    BadSetting, CannotRead, CannotWrite, MissingPart
    """
    before = read_metadata(file)
    metadata = replace(before, tags={**before.tags, **song_tags(account(song))})
    target = target_named(kind)
    make_folder(out)
    path = out / f"{file.stem}{target.suffix}"
    return convert(Order(file, path, path.with_suffix(".json"), target, metadata=metadata))
