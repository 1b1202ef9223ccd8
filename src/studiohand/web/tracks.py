"""One source of a song by what the page calls it: a stem, the mix, a reference, a take."""

from __future__ import annotations

from studiohand.core.audio import Material, Role, Track
from studiohand.core.errors import BadSetting
from studiohand.io.audiofile import open_audio
from studiohand.song.folder import TAKES, Song
from studiohand.song.ledger import Entry
from studiohand.web.codecs import CODEC_SOUNDS, codec_file

MIX_FILE = "mix.wav"
SOURCES = ("stem", "mix", "reference", "take", *CODEC_SOUNDS)
"""How the name of a single source begins."""


def find_track(song: Song, material: Material, entries: list[Entry], name: str) -> Track:
    """A source by what the page calls it.

    ``stem:NAME``, ``mix``, ``reference:NAME``, ``take:NUMBER``; ``codec:KEY:NAME`` is what a codec
    made of the mix of that key, ``artefacts:KEY:NAME`` what it changed.

    Raises
    ------
    BadSetting
        There is none of that name.
    """
    kind, _, rest = name.partition(":")
    if name == "mix" and material.mix is not None:
        return material.mix
    among = {"stem": material.stems, "reference": material.references}.get(kind, ())
    for track in among:
        if track.name == rest:
            return track
    if kind == "take" and rest in takes(song, entries):
        path = song.root / TAKES / rest / MIX_FILE
        return Track(rest, open_audio(path), Role.OTHER, takes(song, entries)[rest])
    if kind in CODEC_SOUNDS:
        key, _, codec = rest.partition(":")
        return Track(codec, open_audio(codec_file(song, key, codec, kind)))
    raise BadSetting(f"There is no {kind or 'source'} of that name.")


def takes(song: Song, entries: list[Entry]) -> dict[str, str]:
    """Takes whose mix lies in the song, by number, with the hash of the mix."""
    rendered = {
        str(entry.body["take"]): str(entry.body["files"].get(MIX_FILE, ""))
        for entry in entries
        if entry.kind == "rendered" and entry.body["take"]
    }
    folder = song.root / TAKES
    return {name: sha for name, sha in rendered.items() if (folder / name / MIX_FILE).exists()}
