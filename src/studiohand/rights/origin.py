"""Where a sound comes from: one vocabulary, and the mark that carries it inside files.

The mark is one line in the file's ordinary comment tag, so that it survives tools that know
nothing of it. It is only written for what must be said: generated, separated or guide parts.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class Origin(StrEnum):
    """How a sound came to be."""

    RECORDED = "recorded"
    PROGRAMMED = "programmed"
    GENERATED = "generated"
    SEPARATED = "separated"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, order=True)
class Mark:
    """What must be said of a part wherever it goes.

    Parameters
    ----------
    part : str
        The stem's name.
    origin : Origin
        ``generated`` or ``separated``; ``unknown`` for a guide whose origin is not known.
    role : str
        The stem's role.
    detail : str
        The model or service that made it, as declared or read.
    guide : bool
        A stand-in for a player who is still to come.
    """

    part: str
    origin: Origin
    role: str = "other"
    detail: str = ""
    guide: bool = False


_PREFIX = "studiohand-origin:"


def mark_text(marks: Iterable[Mark]) -> str:
    """The comment line of marks; empty where there is nothing that must be said."""
    rows = [
        {"part": m.part, "origin": m.origin.value, "role": m.role, "detail": m.detail,
         "guide": m.guide}
        for m in sorted(set(marks))
    ]  # fmt: skip
    return _PREFIX + json.dumps(rows, separators=(",", ":"), sort_keys=True) if rows else ""


def read_marks(comment: str) -> tuple[Mark, ...]:
    """Marks in a comment, wherever they stand in it; a damaged mark counts as unknown origin."""
    at = comment.find(_PREFIX)
    if at < 0:
        return ()
    try:
        rows, _ = json.JSONDecoder().raw_decode(comment[at + len(_PREFIX) :])
        return tuple(Mark(**{**row, "origin": Origin(row["origin"])}) for row in rows)
    except (ValueError, TypeError, KeyError):
        return (Mark("unreadable mark", Origin.UNKNOWN),)


def without_marks(comment: str) -> str:
    """The comment without our line."""
    at = comment.find(_PREFIX)
    if at < 0:
        return comment
    try:
        _, end = json.JSONDecoder().raw_decode(comment[at + len(_PREFIX) :])
    except ValueError:
        return comment[:at].rstrip()
    return (comment[:at] + comment[at + len(_PREFIX) + end :]).strip()
