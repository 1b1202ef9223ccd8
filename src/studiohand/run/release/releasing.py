"""A release, put together from songs and their delivered files."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date as calendar_date
from pathlib import Path

from studiohand.core.errors import BadSetting
from studiohand.io.audiofile import open_audio
from studiohand.rights.account import account
from studiohand.rights.disclosure import disclose
from studiohand.rights.ern import Recording, Release
from studiohand.rights.identifiers import gtin
from studiohand.rights.projections import UNANSWERED, ddex
from studiohand.song.folder import open_song, sha256_of


def release_of(
    songs: Sequence[Path],
    masters: Sequence[Path],
    title: str,
    label: str,
    date: str,
    genre: str,
    upc: str,
) -> Release:
    """A release of these songs with these delivered files, in order.

    Raises
    ------
    BadSetting
        The date or a code is wrong, or the disclosure still waits for an answer.
    CannotRead
        A song or a file cannot be read.
    """
    try:
        calendar_date.fromisoformat(date)
    except ValueError as error:
        raise BadSetting(f"“{date}” is not a date.", todo="Write it as 2026-12-01.") from error
    recordings, artworks = [], []
    for song, master in zip(songs, masters, strict=True):
        recording, artwork = _recording(song, master)
        recordings.append(recording)
        artworks.append(artwork)
    return Release(
        title=title or recordings[0].title,
        artist=recordings[0].artist,
        label=label,
        upc=gtin(upc),
        genre=genre,
        date=date,
        created=f"{date}T00:00:00Z",
        recordings=tuple(recordings),
        artwork_contains_ai=artworks[0],
    )


def _recording(song_path: Path, master: Path) -> tuple[Recording, str]:
    song = open_song(song_path)
    known = account(song)
    answers = ddex(known, disclose(known)).fields
    _all_answered(song.title, answers)
    isrc = dict(known.codes).get("isrc")
    if isrc is None:
        raise BadSetting(
            f"“{song.title}” has no ISRC.", todo="Add it with `studiohand credit SONG --isrc …`."
        )
    source = open_audio(master)
    recording = Recording(
        title=known.title,
        artist=known.artist or "Unknown artist",
        isrc=isrc,
        seconds=source.frames / source.rate,
        file=f"resources/{master.name}",
        sha256=sha256_of(master),
        bytes=master.stat().st_size,
        rate=source.rate,
        bits=source.facts.bits or 16,
        channels=source.channels,
        contains_ai=answers["ContainsAI"],
        generated_roles=tuple(c["role"] for c in answers["special_contributors"]),
        contributors=tuple(dict.fromkeys((c.name, c.role) for c in known.credits)),
    )
    return recording, answers["artwork_ContainsAI"]


def _all_answered(title: str, answers: dict[str, object]) -> None:
    waiting = [name for name, value in answers.items() if value == UNANSWERED]
    if waiting:
        raise BadSetting(
            f"The disclosure of “{title}” still waits for an answer ({', '.join(waiting)}).",
            untouched="No message was written.",
            todo="See `studiohand disclose SONG`, then `studiohand declare`.",
        )
