"""A move with a person's own amount and settings."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping

import studiohand.dsp.effects.families
import studiohand.models.voicenoise  # noqa: F401  the same
from studiohand.core.effect import JsonValue, step_from_json, step_to_json
from studiohand.core.errors import BadSetting
from studiohand.core.outcome import Move

LARGEST_AMOUNT_PERCENT = 150.0


def amended(move: Move, amount_percent: float | None, settings: Mapping[str, str]) -> Move:
    """The move with a person's amount and settings.

    Parameters
    ----------
    amount_percent : float or None
        0 to 150; None keeps the proposed amount.
    settings : mapping
        Setting name to text value: ``db`` sets it in every step that has it; a dotted path such
        as ``bands.0.db`` or ``1.bands.0.db`` (step number first, from 0) sets one.

    Raises
    ------
    BadSetting
        The amount is out of range, or a setting does not exist or does not fit.
    """
    amount = move.amount_percent if amount_percent is None else amount_percent
    if not 0.0 <= amount <= LARGEST_AMOUNT_PERCENT:
        raise BadSetting(f"An amount of {amount:g} % is not possible.", todo="Choose 0 to 150 %.")
    steps = [step_to_json(step) for step in move.steps]
    for path, value in settings.items():
        _set(steps, path.split("."), value)
    return dataclasses.replace(
        move,
        amount_percent=amount,
        steps=tuple(step_from_json(step) for step in steps),
        text=_told(move.text, settings),
    )


def _told(text: str, settings: Mapping[str, str]) -> str:
    """The move's sentence, and what a person set against it."""
    changed = ", ".join(f"{name} = {value}" for name, value in settings.items())
    return f"{text} Amended: {changed}." if changed else text


def _set(steps: list[dict[str, JsonValue]], path: list[str], value: str) -> None:
    chosen, way = steps, path
    if path[0].isdigit() and len(path) > 1:
        chosen, way = steps[int(path[0]) : int(path[0]) + 1], path[1:]
    if not [step for step in chosen if _put(step, way, value)]:
        known = sorted({name for step in steps for name in _paths(step)})
        raise BadSetting(
            f"The move has no setting “{'.'.join(path)}”.", todo=f"It has: {', '.join(known)}."
        )


def _paths(holder: JsonValue) -> list[str]:
    """The dotted path of every single value inside JSON."""
    if isinstance(holder, dict):
        inside = [(name, value) for name, value in holder.items() if name != "do"]
    elif isinstance(holder, list):
        inside = [(str(number), value) for number, value in enumerate(holder)]
    else:
        return [""]
    return [f"{name}.{rest}".rstrip(".") for name, value in inside for rest in _paths(value)]


def _put(holder: JsonValue, path: list[str], text: str) -> bool:
    """Set one value inside JSON by its path; False where the path does not lead anywhere."""
    *way, last = path
    for name in way:
        holder = _at(holder, name)
    if isinstance(holder, list) and last.isdigit() and int(last) < len(holder):
        holder[int(last)] = _parsed(text, holder[int(last)])
        return True
    if isinstance(holder, dict) and last in holder and last != "do":
        holder[last] = _parsed(text, holder[last])
        return True
    return False


def _at(holder: JsonValue, name: str) -> JsonValue:
    if isinstance(holder, list) and name.isdigit() and int(name) < len(holder):
        return holder[int(name)]
    if isinstance(holder, dict):
        return holder.get(name)
    return None


def _parsed(text: str, old: JsonValue) -> JsonValue:
    """Text as the type of the value it replaces."""
    try:
        if isinstance(old, bool):
            return {"true": True, "yes": True, "false": False, "no": False}[text.lower()]
        if isinstance(old, int):
            return int(text)
        if isinstance(old, float):
            return float(text)
    except (ValueError, KeyError) as error:
        raise BadSetting(f"“{text}” does not fit where {old!r} stands.") from error
    return text
