"""Writing on the timeline: intents and comments, each one line in the ledger."""

from __future__ import annotations

import math
import secrets
from collections.abc import Mapping

from studiohand.core.audio import Intent
from studiohand.core.errors import BadSetting
from studiohand.song.folder import Song
from studiohand.song.notes import (
    COMMENTED,
    INTENDED,
    WITHDRAWN,
    comments,
    intent_body,
    written_intents,
)

LONGEST_WORDS = 500


def write_intent(song: Song, intent: Intent, note: str | None = None) -> str:
    """Write an intent, or change the one of that id.

    Returns
    -------
    str
        Its id.

    Raises
    ------
    BadSetting
        It has no words, ends before it starts, names a stem that is not there, or the id is
        unknown.
    """
    _check_words(intent.words)
    _check_time(intent.start_s)
    if not intent.end_s > intent.start_s:
        raise BadSetting("An intent ends after it starts.", todo="Mark a longer span.")
    known = {asset.name for asset in song.assets("stem")}
    if strangers := [name for name in intent.stems if name not in known]:
        raise BadSetting(f"There is no stem “{strangers[0]}” in this song.")
    with song.ledger.lock():
        note = _known(note, written_intents(song.ledger.entries()))
        song.ledger.append(INTENDED, intent_body(note, intent))
    return note


def write_comment(song: Song, words: str, at_s: float, note: str | None = None) -> str:
    """Write a comment at a moment, or change the one of that id; returns its id.

    Raises
    ------
    BadSetting
        It has no words, or the id is unknown.
    """
    _check_words(words)
    _check_time(at_s)
    with song.ledger.lock():
        note = _known(note, comments(song.ledger.entries()))
        song.ledger.append(COMMENTED, {"id": note, "words": words, "at_s": at_s})
    return note


def withdraw(song: Song, note: str) -> None:
    """Take back an intent or a comment.

    Raises
    ------
    BadSetting
        None of that id stands.
    """
    with song.ledger.lock():
        entries = song.ledger.entries()
        _known(note, {**written_intents(entries), **comments(entries)})
        song.ledger.append(WITHDRAWN, {"id": note})


def _known(note: str | None, standing: Mapping[str, object]) -> str:
    """The id itself if it stands, a new one for None."""
    if note is None:
        return "n" + secrets.token_hex(4)
    if note not in standing:
        raise BadSetting("That note is not there any more.")
    return note


def _check_words(words: str) -> None:
    if not words.strip() or len(words) > LONGEST_WORDS:
        raise BadSetting(f"A note has 1 to {LONGEST_WORDS} characters.")


def _check_time(seconds: float) -> None:
    if not math.isfinite(seconds) or seconds < 0.0:
        raise BadSetting("A note stands at a time of the song, from 0 s on.")
