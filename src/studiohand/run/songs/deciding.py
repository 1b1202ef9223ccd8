"""Decisions: accept, amend, refuse, undo; each one line in the ledger."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from studiohand.core.errors import BadSetting, NotAllowed
from studiohand.core.outcome import Move
from studiohand.song.amend import amended
from studiohand.song.decisions import (
    JUMPED,
    Decision,
    accepted,
    decisions,
    find_move,
    moves_named,
    standing,
    state_after,
)
from studiohand.song.folder import Song


def accept(
    song: Song,
    move_ids: Sequence[str],
    amount_percent: float | None = None,
    settings: Mapping[str, str] | None = None,
) -> list[tuple[str, Move]]:
    """Accept moves, as proposed or with a person's own amount and settings.

    The name of a choice stands for all of its moves. All or none: where one cannot be accepted,
    none is.

    Returns
    -------
    list of (str, Move)
        Id of each move as proposed, and the move as accepted.

    Raises
    ------
    BadSetting
        A move is unknown, or an amount or setting does not fit.
    NotAllowed
        A locked intent stands in the way, or a move of another choice that does the same.
    """
    with song.ledger.lock():
        entries = song.ledger.entries()
        taken = accepted(entries)
        decided = []
        for move_id in moves_named(entries, move_ids):
            proposed = find_move(entries, move_id)
            _respect_intents(song, proposed)
            _respect_choices(taken, proposed)
            taken.append(proposed)
            decided.append((move_id, proposed, amended(proposed, amount_percent, settings or {})))
        for move_id, proposed, chosen in decided:
            verdict = "accepted" if chosen == proposed else "amended"
            song.ledger.append("decided", _body(verdict, move_id, chosen, ""))
    return [(move_id, chosen) for move_id, _, chosen in decided]


def refuse(song: Song, move_ids: Sequence[str], why: str = "") -> None:
    """Refuse moves, with a reason if there is one; a choice's name stands for its moves.

    Raises
    ------
    BadSetting
        A move is unknown.
    """
    with song.ledger.lock():
        entries = song.ledger.entries()
        named = moves_named(entries, move_ids)
        found = [(move_id, find_move(entries, move_id)) for move_id in named]
        for move_id, move in found:
            song.ledger.append("decided", _body("refused", move_id, move, why))


def undo(song: Song, number: int | None = None) -> Decision:
    """Take back a decision: the latest, or the one of that number.

    Raises
    ------
    BadSetting
        There is none, or it is undone already.
    """
    with song.ledger.lock():
        return _undo(song, number)


def _undo(song: Song, number: int | None) -> Decision:
    made = decisions(song.ledger.entries())
    open_ones = [d for d in made if not d.undone and number in (None, d.number)]
    if not open_ones:
        what = "decision" if number is None else f"decision {number}"
        raise BadSetting(
            f"There is no {what} to undo.", todo="`studiohand moves SONG` numbers them."
        )
    song.ledger.append("undone", {"decision": open_ones[-1].seq})
    return open_ones[-1]


def undo_choice(song: Song, name: str) -> list[Decision]:
    """Take back every standing decision about the moves of a choice.

    Raises
    ------
    BadSetting
        Nothing of that name is decided.
    """
    with song.ledger.lock():
        found = [d for d in standing(song.ledger.entries()).values() if d.move.choice == name]
        if not found:
            raise BadSetting(
                f"Nothing of “{name}” is decided.", todo="`studiohand moves SONG` lists decisions."
            )
        for decision in found:
            song.ledger.append("undone", {"decision": decision.seq})
        return found


def jump(song: Song, number: int) -> None:
    """Go to the state after a decision: later ones are undone, and earlier ones as they were then.

    Parameters
    ----------
    number : int
        Of the decision; 0 is before the first.

    Raises
    ------
    BadSetting
        There is no decision of that number, or the song is in that state.
    """
    with song.ledger.lock():
        entries = song.ledger.entries()
        made = decisions(entries)
        if not 0 <= number <= len(made):
            raise BadSetting(f"There is no decision {number}.")
        line = made[number - 1].seq if number else 0
        if state_after(entries, line) == state_after(entries, len(entries)):
            raise BadSetting("That is where the song is.")
        song.ledger.append(JUMPED, {"to": line, "number": number, "takes_back": None})


def undo_latest(song: Song) -> str:
    """Take back the latest act, a jump or a decision; returns what was taken back.

    Raises
    ------
    BadSetting
        There is nothing to take back.
    """
    with song.ledger.lock():
        entries = song.ledger.entries()
        acts = [e for e in entries if e.kind in ("decided", "undone", JUMPED)]
        latest = acts[-1] if acts else None
        if latest is None or latest.kind != JUMPED or latest.body["takes_back"] is not None:
            return f"Decision {_undo(song, None).number} is undone."
        body = {"to": latest.seq - 1, "number": None, "takes_back": latest.seq}
        song.ledger.append(JUMPED, body)
    return "The jump is taken back."


def _respect_intents(song: Song, move: Move) -> None:
    for intent in song.intents:
        if intent.locked and (not intent.stems or set(intent.stems) & set(move.targets)):
            raise NotAllowed(
                f"The move {move.id} touches what you locked: “{intent.words}”.",
                todo="Unlock that intent first, if you mean it: in the desk, or in song.toml.",
            )


def _respect_choices(taken: Sequence[Move], move: Move) -> None:
    """A level of one rough mix is not laid on top of the level of another."""
    for other in taken:
        rivals = move.tool == other.tool and "" != move.choice != other.choice != ""
        alike = {step.do for step in move.steps} & {step.do for step in other.steps}
        if rivals and alike and set(move.targets) & set(other.targets):
            raise NotAllowed(
                f"The move {move.id} of “{move.choice}” does what {other.id} of "
                f"“{other.choice}” does already.",
                todo=f"Undo “{other.choice}” first: `studiohand undo SONG {other.choice}`.",
            )


def _body(verdict: str, move_id: str, move: Move, why: str) -> dict[str, object]:
    return {"verdict": verdict, "move_id": move_id, "move": move.to_json(verdict), "why": why}
