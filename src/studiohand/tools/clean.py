"""Clean: hum, noise, clicks, clipping, rooms and sibilants of one file, each by itself."""

from __future__ import annotations

from typing import Annotated, Literal

from studiohand.core.audio import Material, Track
from studiohand.core.errors import BadSetting
from studiohand.core.job import Job
from studiohand.core.outcome import Move, Outcome
from studiohand.core.tool import Needs, Settings, text, tool

Fault = Literal["hum", "noise", "clicks", "clip", "room", "sibilance"]
_ORDER = ("dc", "clip", "clicks", "hum", "noise", "room", "sibilance")
_BY_ITSELF = frozenset({"dc", "clip", "clicks", "hum", "noise"})
"""Rooms and sibilants are a matter of taste: they are cleaned only when asked for by name."""
_FAULT_OF_KIND = {"clipped": "clip"}


class CleanSettings(Settings):
    """What to clean."""

    only: Annotated[
        tuple[Fault, ...],
        text(
            "Only these, separated by commas: hum, noise, clicks, clip, room, sibilance. "
            "Without it all but room and sibilance."
        ),
    ] = ()


@tool("clean", CleanSettings, needs=Needs.FILE)
def clean(job: Job, material: Material, settings: CleanSettings) -> Outcome:
    """Take hum, noise, clicks, clipping, rooms and sibilants out of a file.

    Only what is found is cleaned, room and sibilants only when asked for by name: where nothing
    is wrong, the output is the input. What is removed can be heard by itself as the difference
    of the two.
    """
    from studiohand.mir.faultfindings import faults_of
    from studiohand.mir.faults import FAULTS_VERSION, analyse_faults

    track = _track(material)
    (measured,) = job.analyse(analyse_faults, [track], "faults", FAULTS_VERSION)
    found = [
        (fault, _ORDER.index(name))
        for fault in faults_of("clean", track, measured, frozenset(settings.only))
        if (name := _FAULT_OF_KIND.get(fault.finding.kind, fault.finding.kind)) in _ORDER
        and name in (settings.only or _BY_ITSELF)
    ]
    found.sort(key=lambda item: item[1])
    moves: list[Move] = [move for fault, _ in found if (move := fault.move("file")) is not None]
    return Outcome(tuple(fault.finding for fault, _ in found), tuple(moves))


def _track(material: Material) -> Track:
    if material.file is None:
        raise BadSetting("There is no file to clean.")
    return material.file


TOOL = clean
