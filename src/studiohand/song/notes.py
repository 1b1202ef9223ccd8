"""What the producer wrote on the timeline: intents and comments, computed from the ledger.

A note is written by a line ``intended`` or ``commented`` with an `id`; a later line with the same
id changes it, and ``withdrawn`` takes it back.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from studiohand.core.audio import Intent
from studiohand.core.effect import JsonValue
from studiohand.song.ledger import Entry

INTENDED, COMMENTED, WITHDRAWN = "intended", "commented", "withdrawn"


@dataclass(frozen=True, slots=True)
class Comment:
    """Words at a moment of the song.

    Parameters
    ----------
    words : str
    at_s : float
    """

    words: str
    at_s: float


def written_intents(entries: Sequence[Entry]) -> dict[str, Intent]:
    """The intents that stand, by id, in the order first written."""
    return {key: _intent(body) for key, body in _standing(entries, INTENDED).items()}


def comments(entries: Sequence[Entry]) -> dict[str, Comment]:
    """The comments that stand, by id, in the order first written."""
    return {
        key: Comment(body["words"], body["at_s"])
        for key, body in _standing(entries, COMMENTED).items()
    }


def intent_body(note: str, intent: Intent) -> dict[str, JsonValue]:
    """The ledger's body of an intent; an endless one ends at None."""
    return {
        "id": note,
        "words": intent.words,
        "start_s": intent.start_s,
        "end_s": None if math.isinf(intent.end_s) else intent.end_s,
        "stems": list(intent.stems),
        "blend": intent.blend,
        "locked": intent.locked,
    }


def _intent(body: Mapping[str, JsonValue]) -> Intent:
    return Intent(
        words=body["words"],
        start_s=body["start_s"],
        end_s=math.inf if body["end_s"] is None else body["end_s"],
        stems=tuple(body["stems"]),
        blend=body["blend"],
        locked=body["locked"],
    )


def _standing(entries: Sequence[Entry], kind: str) -> dict[str, Mapping[str, JsonValue]]:
    found: dict[str, Mapping[str, JsonValue]] = {}
    for entry in entries:
        if entry.kind == kind:
            found[entry.body["id"]] = entry.body
        elif entry.kind == WITHDRAWN:
            found.pop(entry.body["id"], None)
    return found
