"""Faults: hum, noise, clicks, clipping, offset, codec walls, rooms and sibilants of the stems."""

from __future__ import annotations

from studiohand.core.audio import Material, Track
from studiohand.core.job import Arrays, Job
from studiohand.core.outcome import Finding, Move, Outcome
from studiohand.core.tool import Needs, Settings, tool


class FaultsSettings(Settings):
    """Nothing to set: what is reported stands clear of music."""


@tool("faults", FaultsSettings, needs=Needs.SONG, listens=True)
def faults(job: Job, material: Material, settings: FaultsSettings) -> Outcome:
    """Find what is wrong with the recordings themselves.

    Hum (value: mains frequency), steady noise, clicks, clipped tops, an offset from zero, the
    walls lossy codecs leave, and for voices the room and the sibilants. Where there are no stems
    the mix is heard.
    """
    from studiohand.mir.recording.faultfindings import faults_of
    from studiohand.mir.recording.faults import FAULTS_VERSION, analyse_faults

    tracks = material.stems or ((material.mix,) if material.mix else ())

    def tell(track: Track, arrays: Arrays) -> None:
        job.found(*(fault.finding for fault in faults_of("faults", track, arrays)))

    measured = job.analyse(analyse_faults, tracks, "faults of the recordings", FAULTS_VERSION, tell)
    findings: list[Finding] = []
    moves: list[Move] = []
    for track, arrays in zip(tracks, measured, strict=True):
        target = track.name if material.stems else "mix"
        for fault in faults_of("faults", track, arrays):
            findings.append(fault.finding)
            if (move := fault.move(target)) is not None:
                moves.append(move)
    return Outcome(tuple(findings), tuple(moves))


TOOL = faults
