"""Where records go: what each place takes, what it plays, and what its codec does.

Playback levels are facts with a source and a date, never orders: a master is not changed for them.
"""

from __future__ import annotations

from dataclasses import dataclass

from studiohand.core.errors import BadSetting


@dataclass(frozen=True, slots=True)
class Place:
    """A place a record is delivered to.

    Parameters
    ----------
    name : str
        As typed after ``--for``.
    target : str
        Kind of file, as `convert` names it.
    codecs : tuple of str
        What listeners get: the codecs tried on the master, as `convert` names them.
    rate : int or None
        Hz it must have; None: the source's own.
    bare : bool
        True: nothing but sound in the file.
    plays_at_lufs : float or None
        Loudness that playback turns records to; None where it leaves them alone.
    turns_up : bool
        Whether quieter records are turned up too.
    source : str
        Where the facts are from, with the date.
    """

    name: str
    target: str
    codecs: tuple[str, ...] = ()
    rate: int | None = None
    bare: bool = False
    plays_at_lufs: float | None = None
    turns_up: bool = False
    source: str = ""


PLACES = {
    place.name: place
    for place in (
        Place(
            "spotify", "flac24", ("vorbis-160", "vorbis-320", "aac-128"), bare=True,
            plays_at_lufs=-14.0, turns_up=True,
            source="Spotify for Artists, loudness normalisation and audio file formats, 2026",
        ),
        Place(
            "apple", "wav24", ("aac-256",), bare=True, plays_at_lufs=-16.0, turns_up=True,
            source="Apple Digital Masters brief; Sound Check level as commonly measured, 2026",
        ),
        Place(
            "youtube", "wav24", ("opus-160", "aac-128"), bare=True, plays_at_lufs=-14.0,
            source="YouTube Help 6039860 and 1722171; level as commonly measured, 2026",
        ),
        Place(
            "tidal", "flac24", ("aac-320",), bare=True, plays_at_lufs=-14.0,
            source="TIDAL as quoted by MeterPlugs, 2016",
        ),
        Place(
            "amazon", "flac24", (), bare=True, plays_at_lufs=-14.0,
            source="commonly reported, sources disagree, 2026",
        ),
        Place(
            "deezer", "flac24", ("mp3-320", "mp3-128"), bare=True, plays_at_lufs=-15.0,
            source="commonly reported, sources disagree, 2026",
        ),
        Place("soundcloud", "wav24", ("aac-160", "mp3-128"), bare=True,
              source="SoundCloud Help 360051779033, 2026"),
        Place("bandcamp", "flac24", ("mp3-128", "vorbis-160"), source="no normalisation reported"),
        Place("qobuz", "flac24", (), source="no normalisation reported"),
        Place("cd", "wav16", (), 44_100, bare=True, source="Red Book, IEC 60908"),
        Place("wav", "wav24", (), bare=True),
        Place("flac", "flac24", ()),
        Place("mp3", "mp3-320", ("mp3-320",)),
        Place("aac", "aac-256", ("aac-256",)),
    )
}  # fmt: skip


def place_named(name: str) -> Place:
    """The place of a name.

    Raises
    ------
    BadSetting
    """
    place = PLACES.get(name.strip().lower())
    if place is None:
        raise BadSetting(
            f"“{name}” is not a place known here.", todo=f"Choose from {', '.join(PLACES)}."
        )
    return place


def turned_by_db(place: Place, lufs: float | None) -> float | None:
    """How much a place turns a record of a loudness; None where it leaves it alone."""
    if place.plays_at_lufs is None or lufs is None:
        return None
    change = place.plays_at_lufs - lufs
    return round(change if place.turns_up else min(change, 0.0), 2) + 0.0
