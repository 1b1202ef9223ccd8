"""Decisions: accept, amend, refuse, undo; each one line in the ledger."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from studiohand.core.errors import BadSetting, NotAllowed
from studiohand.core.outcome import Move
from studiohand.song.amend import amended
from studiohand.song.decisions import JUMPED, Decision, decisions, find_move, state_after
from studiohand.song.folder import Song


def accept(
    song: Song,
    move_ids: Sequence[str],
    amount_percent: float | None = None,
    settings: Mapping[str, str] | None = None,
) -> list[Move]:
    """Accept moves, as proposed or with a person's own amount and settings.

    All or none: where one cannot be accepted, none is.

    Raises
    ------
    BadSetting
        A move is unknown, or an amount or setting does not fit.
    NotAllowed
        A locked intent stands in the way.
    """
    with song.ledger.lock():
        entries = song.ledger.entries()
        decided = []
        for move_id in move_ids:
            proposed = find_move(entries, move_id)
            _respect_intents(song, proposed)
            decided.append((move_id, proposed, amended(proposed, amount_percent, settings or {})))
        for move_id, proposed, chosen in decided:
            verdict = "accepted" if chosen == proposed else "amended"
            song.ledger.append("decided", _body(verdict, move_id, chosen, ""))
    return [chosen for _, _, chosen in decided]


def refuse(song: Song, move_ids: Sequence[str], why: str = "") -> None:
    """Refuse moves, with a reason if there is one.

    Raises
    ------
    BadSetting
        A move is unknown.
    """
    with song.ledger.lock():
        entries = song.ledger.entries()
        found = [(move_id, find_move(entries, move_id)) for move_id in move_ids]
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


def _body(verdict: str, move_id: str, move: Move, why: str) -> dict[str, object]:
    return {"verdict": verdict, "move_id": move_id, "move": move.to_json(verdict), "why": why}
