"""What accepted moves did, measured on the take and held beside what was predicted."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from studiohand.core.audio import Block, Source, Track
from studiohand.core.effect import JsonValue
from studiohand.core.outcome import Move

_LONGEST_S = 20.0
_GAIN, _REST = "hidden_audibility_gain_db", "largest_other_change_db"


def happened(
    stems: Sequence[Track],
    processed: Sequence[Track],
    moves: Sequence[Move],
    findings: Sequence[JsonValue],
) -> list[JsonValue]:
    """For each accepted move that promised audibility: what it promised, and what came of it.

    Measured over the longest place of the clash, with all accepted moves in.

    Parameters
    ----------
    stems, processed : sequence of Track
        As they are, and through the moves; the same names.
    findings : sequence of dict
        As `Finding.to_json` gives them.
    """
    from studiohand.mir.mix.gained import gained_db

    before, after = ({t.name: t.source for t in tracks} for tracks in (stems, processed))
    changed = {name for move in moves for name in move.targets}
    out: list[JsonValue] = []
    for move, finding in _promises(moves, findings):
        hidden, rate = finding["stems"][0], stems[0].source.rate
        if hidden not in before or any(s.rate != rate for s in before.values()):
            continue
        start, stop = (round(s * rate) for s in _place(finding))
        dry = {name: _stretch(source, start, stop) for name, source in before.items()}
        wet = {
            name: _stretch(source, start, stop) if name in changed else dry[name]
            for name, source in after.items()
        }
        gain, rest = gained_db(dry, wet, rate, hidden, tuple(finding["band_hz"]))
        out.append({
            "move": move.id,
            "predicted": {_GAIN: move.predicted[_GAIN], _REST: move.predicted[_REST]},
            "measured": {_GAIN: round(gain, 1), _REST: round(rest, 1)},
            "start_s": round(start / rate, 3),
            "end_s": round(stop / rate, 3),
        })  # fmt: skip
    return out


def _promises(
    moves: Sequence[Move], findings: Sequence[JsonValue]
) -> Iterator[tuple[Move, Mapping[str, JsonValue]]]:
    """Moves with a predicted gain of audibility, and the finding they answer."""
    known = {finding["id"]: finding for finding in findings}
    for move in moves:
        because = [known[name] for name in move.because if name in known]
        if _GAIN in move.predicted and move.amount_percent > 0.0 and because:
            yield move, because[0]


def _place(finding: Mapping[str, JsonValue]) -> tuple[float, float]:
    """The longest place of a clash in seconds, cut to what is quickly heard."""
    places = finding["evidence"].get("places_s") or [[finding["start_s"], finding["end_s"]]]
    start, stop = max(places, key=lambda place: place[1] - place[0])
    return start, min(stop, start + _LONGEST_S)


def _stretch(source: Source, start: int, stop: int) -> Block:
    """Samples of a span, silence where the source has ended; effects run from the beginning."""
    out = np.zeros((stop - start, source.channels))
    at = 0
    for block in source.blocks():
        first, after = max(at, start), min(at + len(block), stop)
        if first < after:
            out[first - start : after - start] = block[first - at : after - at]
        at += len(block)
        if at >= stop:
            break
    return out
