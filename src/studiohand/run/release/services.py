"""What the places where music is heard do to a track: facts with source and date, never orders."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from studiohand.core.effect import JsonValue
from studiohand.core.errors import BadSetting


@dataclass(frozen=True, slots=True)
class Service:
    """A place where music is heard.

    Parameters
    ----------
    name, title : str
    told : str
        ``"service"``, ``"measured"`` or ``"reported"``: how well it is known.
    source, date, note : str
    lufs : float or None
        Loudness a track is brought to; None where none is known.
    raises : bool
        Whether quieter tracks are turned up.
    headroom_db : float
        What a raise leaves below full scale.
    codecs : tuple of str
        What listeners get, as kinds of file of this program.
    """

    name: str
    title: str
    told: str
    source: str
    date: str
    note: str = ""
    lufs: float | None = None
    raises: bool = False
    headroom_db: float = 0.0
    codecs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Place:
    """Where a master is delivered to, and as what.

    Parameters
    ----------
    name, title, source : str
    files : tuple of str
        Kinds of file; ``"bare24"`` and ``"bare16"`` are WAV files without any tag or chunk.
    rate : int or None
        Hz it is converted to; None keeps the master's own.
    highest_rate : int or None
        Hz; a higher master is converted down inside its own family of rates.
    """

    name: str
    title: str
    source: str
    files: tuple[str, ...]
    rate: int | None = None
    highest_rate: int | None = None


@cache
def services() -> Mapping[str, Service]:
    """Every service that is known, by name."""
    return {entry["name"]: Service(**_tuples(entry)) for entry in _read("services")["service"]}


@cache
def places() -> Mapping[str, Place]:
    """Every delivery preset, by name."""
    return {entry["name"]: Place(**_tuples(entry)) for entry in _read("places")["place"]}


def places_named(names: Sequence[str]) -> list[Place]:
    """The presets of names, each once.

    Raises
    ------
    BadSetting
    """
    known = places()
    for name in names:
        if name.lower() not in known:
            raise BadSetting(
                f"“{name}” is not a place that is known.", todo=f"Choose of: {', '.join(known)}."
            )
    return [known[name] for name in dict.fromkeys(name.lower() for name in names)]


def playback(
    service: Service, integrated_lufs: float | None, true_peak_dbtp: float | None
) -> dict[str, JsonValue]:
    """What a service does to the level of a track, as a fact.

    Parameters
    ----------
    integrated_lufs, true_peak_dbtp : float or None
        Of the track; None for silence.

    Returns
    -------
    dict
        ``gain_db`` is None where the service is not known to change the level.
    """
    gain = _gain_db(service, integrated_lufs, true_peak_dbtp)
    return {
        "service": service.name,
        "title": service.title,
        "plays_at_lufs": service.lufs,
        "gain_db": gain,
        "text": _text(service, gain),
        "told": service.told,
        "source": service.source,
        "date": service.date,
        "note": service.note,
    }


def _gain_db(service: Service, lufs: float | None, peak: float | None) -> float | None:
    if service.lufs is None or lufs is None:
        return None
    gain = service.lufs - lufs
    if gain > 0.0:
        room = -service.headroom_db - (peak if peak is not None else 0.0)
        gain = min(gain, max(room, 0.0)) if service.raises else 0.0
    return round(gain, 2)


def _text(service: Service, gain: float | None) -> str:
    if gain is None:
        return f"{service.title}: no change of level is known"
    if gain <= -0.05:
        return f"{service.title}: turned down by {-gain:.1f} dB"
    if gain >= 0.05:
        return f"{service.title}: turned up by {gain:.1f} dB"
    return f"{service.title}: played as it is"


def _read(name: str) -> dict[str, Any]:
    return tomllib.loads(files("studiohand.run").joinpath(f"data/{name}.toml").read_text("utf-8"))


def _tuples(entry: dict[str, Any]) -> dict[str, Any]:
    return {key: tuple(v) if isinstance(v, list) else v for key, v in entry.items()}
