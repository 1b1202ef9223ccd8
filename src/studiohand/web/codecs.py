"""What codecs made of the mix, kept so that it can be heard."""

from __future__ import annotations

from pathlib import Path

from studiohand.core.errors import BadSetting
from studiohand.run.release.services import services
from studiohand.song.folder import CACHE, Song

CODEC_SOUNDS = {"codec": "", "artefacts": " artefacts"}
"""What of a codec can be heard, and how its file's name ends."""


def codec_names() -> frozenset[str]:
    """Every codec of every service."""
    return frozenset(codec for service in services().values() for codec in service.codecs)


def codec_file(song: Song, key: str, codec: str, sound: str) -> Path:
    """The sound that a codec made of a mix, kept when it was tried.

    Parameters
    ----------
    key : str
        Of the mix, as the result says.
    sound : str
        ``"codec"``: decoded; ``"artefacts"``: what it changed, alone.

    Raises
    ------
    BadSetting
    """
    path = codecs_folder(song, key) / f"{codec}{CODEC_SOUNDS.get(sound, '')}.wav"
    if (
        sound not in CODEC_SOUNDS
        or codec not in codec_names()
        or not key.isalnum()
        or not path.is_file()
    ):
        raise BadSetting("That codec has not been run for this mix.", todo="Run it again.")
    return path


def codecs_folder(song: Song, key: str) -> Path:
    """Where the sounds of codecs lie for the mix of a key."""
    return song.root / CACHE / f"codecs-{key[:20]}"
