"""What was proposed and decided, computed from the ledger."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import studiohand.dsp.effects.families
import studiohand.models.voicenoise  # noqa: F401  the same
from studiohand.core.effect import JsonValue
from studiohand.core.errors import BadSetting
from studiohand.core.outcome import Move
from studiohand.song.ledger import Entry

JUMPED = "jumped"


@dataclass(frozen=True, slots=True)
class Decision:
    """What a person decided about a move.

    Parameters
    ----------
    number : int
        1 for the first decision of the song; what `undo` takes.
    seq : int
        Its line in the ledger.
    verdict : str
        ``"accepted"``, ``"amended"`` or ``"refused"``.
    move_id : str
        Id of the move as it was proposed.
    move : Move
        The move as decided, amount and amended settings included.
    why : str
    undone : bool
    """

    number: int
    seq: int
    verdict: str
    move_id: str
    move: Move
    why: str
    undone: bool


def decisions(entries: Sequence[Entry]) -> list[Decision]:
    """Every decision, oldest first, undone ones included."""
    undone = state_after(entries, len(entries))
    made = [e for e in entries if e.kind == "decided"]
    return [
        Decision(
            number=number,
            seq=entry.seq,
            verdict=entry.body["verdict"],
            move_id=entry.body["move_id"],
            move=Move.from_json(entry.body["move"]),
            why=entry.body["why"],
            undone=entry.seq in undone,
        )
        for number, entry in enumerate(made, start=1)
    ]


def state_after(entries: Sequence[Entry], line: int) -> frozenset[int]:
    """Ledger lines of the decisions that do not stand: undone by hand, or left behind by a jump.

    A jump goes to the state after an earlier line; every later decision is undone by it.

    Parameters
    ----------
    line : int
        The state after this line, 0 for the beginning; decisions after it count as undone.
    """
    states: list[frozenset[int]] = [frozenset()]
    made: list[int] = []
    for entry in entries:
        state = states[-1]
        if entry.kind == "decided":
            made.append(entry.seq)
        elif entry.kind == "undone":
            state = state | {entry.body["decision"]}
        elif entry.kind == JUMPED:
            target = entry.body["to"]
            state = states[target] | {seq for seq in made if seq > target}
        states.append(state)
    return states[line] | {seq for seq in made if seq > line}


def standing(entries: Sequence[Entry]) -> dict[str, Decision]:
    """For each decided move id the decision that counts now, in the order decided."""
    latest: dict[str, Decision] = {}
    for decision in decisions(entries):
        if not decision.undone:
            latest.pop(decision.move_id, None)
            latest[decision.move_id] = decision
    return latest


def accepted(entries: Sequence[Entry]) -> list[Move]:
    """The moves a render applies, in the order they were accepted."""
    return [d.move for d in standing(entries).values() if d.verdict != "refused"]


def heard(entries: Sequence[Entry]) -> tuple[list[JsonValue], list[Move]]:
    """Findings (as JSON) and moves of the latest listening."""
    listened = [entry for entry in entries if entry.kind == "listened"]
    return _said(listened[-1:])


def proposed(entries: Sequence[Entry]) -> tuple[list[JsonValue], list[Move]]:
    """Findings (as JSON) and moves that are open to decide.

    Those of the latest listening, and those of each tool that was asked for by name.
    """
    latest = {entry.body["tool"]: entry for entry in entries if entry.kind == "proposed"}
    listened = [entry for entry in entries if entry.kind == "listened"]
    return _said([*listened[-1:], *latest.values()])


def _said(entries: Sequence[Entry]) -> tuple[list[JsonValue], list[Move]]:
    """Findings and moves of lines of the ledger, each once."""
    findings = {f["id"]: f for entry in entries for f in entry.body["findings"]}
    moves = {m["id"]: m for entry in entries for m in entry.body["moves"]}
    return list(findings.values()), [Move.from_json(move) for move in moves.values()]


def moves_with_state(entries: Sequence[Entry]) -> list[dict[str, JsonValue]]:
    """Moves that are open to decide and all decided ones, as the doors print them.

    A move whose promise the latest take was measured for says what `happened`.
    """
    decided = standing(entries)
    moves = proposed(entries)[1]
    place = {move.id: number for number, move in enumerate(moves)}
    rows = [move.to_json() for move in moves if move.id not in decided]
    rows += [{**d.move.to_json(d.verdict), "id": move_id} for move_id, d in decided.items()]
    takes = [entry for entry in entries if entry.kind == "rendered"]
    did = {d["move"]: d["measured"] for entry in takes[-1:] for d in entry.body.get("happened", ())}
    rows = [{**row, "happened": did[row["id"]]} if row["id"] in did else row for row in rows]
    return sorted(rows, key=lambda row: place.get(row["id"], len(place)))


def moves_named(entries: Sequence[Entry], names: Sequence[str]) -> list[str]:
    """Ids of moves: each name is an id, or a choice that stands for its moves, latest proposed."""
    out: list[str] = []
    moves = proposed(entries)[1]
    for name in names:
        out += [move.id for move in moves if name and move.choice == name] or [name]
    return out


def find_move(entries: Sequence[Entry], move_id: str) -> Move:
    """The move of that id, as proposed.

    Raises
    ------
    BadSetting
        Nothing proposed it.
    """
    for entry in reversed(entries):
        if entry.kind in ("listened", "proposed"):
            for data in entry.body["moves"]:
                if data["id"] == move_id:
                    return Move.from_json(data)
    raise BadSetting(
        f"There is no move “{move_id}” in this song.",
        todo="`studiohand moves SONG` lists them; `studiohand listen SONG` looks for new ones.",
    )
