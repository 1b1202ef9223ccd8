"""Settings of effects held against their range."""

from __future__ import annotations

import math

from studiohand.core.errors import BadSetting


def within(effect: str, name: str, value: float, lowest: float, highest: float) -> None:
    """Refuse a setting that is not a number from `lowest` to `highest`.

    Raises
    ------
    BadSetting
    """
    number = isinstance(value, int | float) and math.isfinite(value)
    if not (number and lowest <= value <= highest):
        raise BadSetting(
            f"“{name}” of the {effect} is {value}.",
            todo=f"Give a number from {lowest:g} to {highest:g}.",
        )


def one_of(effect: str, name: str, value: object, choices: tuple[object, ...]) -> None:
    """Refuse a setting that is not one of the choices.

    Raises
    ------
    BadSetting
    """
    if value not in choices:
        raise BadSetting(
            f"“{name}” of the {effect} is {value}.",
            todo=f"Choose from {', '.join(str(choice) for choice in choices)}.",
        )


def band(effect: str, band_hz: tuple[float, float] | None) -> None:
    """Refuse a band whose edges are out of hearing or the wrong way round.

    Raises
    ------
    BadSetting
    """
    if band_hz is None:
        return
    if len(band_hz) != 2 or not 0.0 <= band_hz[0] < band_hz[1] <= 200_000.0:
        raise BadSetting(
            f"“band_hz” of the {effect} is {list(band_hz)}.",
            todo="Give a lower and a higher frequency in Hz.",
        )
