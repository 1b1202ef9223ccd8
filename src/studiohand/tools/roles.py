"""Roles: stems whose name says one thing and whose sound another."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from studiohand.core.audio import Material, Role, Track
from studiohand.core.job import Job
from studiohand.core.outcome import Finding, Move, Outcome, Severity
from studiohand.core.tool import Needs, Settings, number, tool
from studiohand.dsp.effects.filesteps import SetRole
from studiohand.mir.roles.by_name import NameReading, read_name, words_of
from studiohand.mir.roles.by_sound import (
    FAMILY_OF_ROLE,
    ROLE_OF_FAMILY,
    Family,
    SoundReading,
    read_sound,
)
from studiohand.mir.timing.stem_profile import profiles

_TRUSTED_NAME = 0.8
_NO_BOTTOM_DB, _ALL_BOTTOM_DB = -9.0, -2.0
_PLAIN_MARGIN = 4.0
_HELD, _ONE_NOTE = 0.75, 0.5
_BRIGHT = frozenset(("shaker", "shakers", "shk", "tamb", "tambourine", "claps", "clap", "snaps"))
_SWAP_MARGIN = 3.0
_SURE_OF_SOUND = 0.6
_MANY = frozenset(
    ("band", "backing", "other", "others", "rest", "all", "mix", "music", "instrumental", "sum")
)

# Sounds that a name may truly stand for: a synth playing the bass, a kick that is one low note,
# a choir of synthesisers, a voice as an instrument. Only plain contradictions are told, gently.
_NEAR = {
    (Family.INSTRUMENT, Family.BASS),
    (Family.INSTRUMENT, Family.VOCALS),
    (Family.VOCALS, Family.INSTRUMENT),
    (Family.DRUMS, Family.BASS),
}


class RolesSettings(Settings):
    """When a name and a sound contradict each other."""

    least_margin: Annotated[
        float, number(0.5, 6.0, "", "How much more evidence the sound's own family must have.")
    ] = 2.0


@tool("roles", RolesSettings, needs=Needs.SONG, listens=True)
def roles(job: Job, material: Material, settings: RolesSettings) -> Outcome:
    """Find stems whose name says one thing and whose sound another.

    Only names that say something and sounds that contradict it plainly are told; two stems whose
    names fit each other's sound are told as swapped. A name that says nothing is told as one that
    could say more, with what the stem sounds like.
    """
    heard = _heard_stems(job, material.stems)
    read = [
        (stem, name, named, sound)
        for stem, sound in heard
        if (name := read_name(stem.name)).confidence >= _TRUSTED_NAME
        and (named := FAMILY_OF_ROLE.get(name.role)) is not None
    ]
    swapped = _swapped([(named, sound) for _, _, named, sound in read])
    findings = []
    for i, (stem, name, named, sound) in enumerate(read):
        margin = sound.evidence[sound.family] - sound.evidence[named]
        contradicts = _contradicts(named, sound, margin, settings) or _wrong_drum(name, sound)
        if i in swapped or contradicts:
            findings.append((_finding(stem, name, sound, margin), sound.family))
    findings += [
        (_unnamed(stem, sound), sound.family)
        for stem, sound in heard
        if _says_nothing(stem.name)
        and sound.confidence >= _SURE_OF_SOUND
        and ROLE_OF_FAMILY[sound.family] is not Role.OTHER
    ]
    job.found(*(finding for finding, _ in findings))
    moves = tuple(_move(finding, ROLE_OF_FAMILY[family]) for finding, family in findings)
    return Outcome(tuple(finding for finding, _ in findings), moves)


def _heard_stems(job: Job, stems: Sequence[Track]) -> list[tuple[Track, SoundReading]]:
    """What each stem sounds like; the network hears those whose name and sound do not agree."""
    from studiohand.models.families import VERSION as SHARES_VERSION
    from studiohand.models.families import family_shares

    known = profiles(job, stems)
    first = [
        (stem, profile, read_sound(profile)) for stem, profile in zip(stems, known, strict=True)
    ]
    open_ = [stem for stem, _, sound in first if sound is not None and not _agree(stem, sound)]
    shares = job.analyse(family_shares, open_, "listening to what is what", SHARES_VERSION)
    share_of = {
        stem.name: arrays["shares"].tolist() for stem, arrays in zip(open_, shares, strict=True)
    }
    return [
        (stem, sound)
        for stem, profile, heard in first
        if heard is not None
        and (sound := read_sound(profile, share_of.get(stem.name, ()))) is not None
    ]


def _agree(stem: Track, sound: SoundReading) -> bool:
    return FAMILY_OF_ROLE.get(read_name(stem.name).role) is sound.family


def _contradicts(
    named: Family, sound: SoundReading, margin: float, settings: RolesSettings
) -> bool:
    if sound.family is named or margin < settings.least_margin:
        return False
    return margin >= _PLAIN_MARGIN or not _may_be(named, sound)


def _may_be(named: Family, sound: SoundReading) -> bool:
    """Whether a name may truly stand for such a sound: a bass without bottom, a choir of synths."""
    thin_bass = named is Family.BASS and sound.low_db > _NO_BOTTOM_DB
    return thin_bass or (named, sound.family) in _NEAR


def _wrong_drum(name: NameReading, sound: SoundReading) -> bool:
    """A kick that holds many low notes, or a snare, hi-hat or shaker that is all bottom."""
    if name.role is Role.KICK:
        held = sound.low_duty > _HELD and sound.one_note < _ONE_NOTE
        return sound.family is Family.BASS and held
    bright = name.role in (Role.HATS, Role.SNARE) or name.words in _BRIGHT
    return bright and sound.low_db > _ALL_BOTTOM_DB


def _swapped(read: list[tuple[Family, SoundReading]]) -> set[int]:
    """Stems that come in pairs, each sounding like the other's name."""
    found: set[int] = set()
    for i, (own, sound) in enumerate(read):
        for j, (other, second) in enumerate(read[:i]):
            if own is other or sound.family is not other or second.family is not own:
                continue
            gained = sound.evidence[other] - sound.evidence[own]
            gained += second.evidence[own] - second.evidence[other]
            if gained >= _SWAP_MARGIN:
                found |= {i, j}
    return found


def _finding(stem: Track, name: NameReading, sound: SoundReading, margin: float) -> Finding:
    named = FAMILY_OF_ROLE[name.role]
    gently = named is not sound.family and _may_be(named, sound)
    return Finding(
        "roles", "mislabelled", (stem.name,),
        f"“{stem.name}” is named as {_called(name.role)} but {_heard(name, sound)}.",
        value=round(margin, 2), unit="", limit=None,
        end_s=stem.source.frames / stem.source.rate,
        severity=Severity.COULD if gently else Severity.SHOULD,
        confidence=min(sound.confidence, 0.95),
        evidence={
            "solo": [stem.name],
            "name_says": name.role.value,
            "words": name.words,
            "sound_says": sound.family.value,
        },
    )  # fmt: skip


def _says_nothing(name: str) -> bool:
    """Whether a name tells neither a role nor that it is many things at once."""
    return read_name(name).confidence == 0.0 and not _MANY.intersection(words_of(name))


def _unnamed(stem: Track, sound: SoundReading) -> Finding:
    return Finding(
        "roles", "mislabelled", (stem.name,),
        f"The name “{stem.name}” does not say what it is; it sounds like "
        f"{_called(ROLE_OF_FAMILY[sound.family])}.",
        value=round(sound.confidence, 2), unit="", limit=None,
        end_s=stem.source.frames / stem.source.rate, severity=Severity.COULD,
        confidence=min(sound.confidence, 0.95),
        evidence={"solo": [stem.name], "name_says": "", "sound_says": sound.family.value},
    )  # fmt: skip


def _heard(name: NameReading, sound: SoundReading) -> str:
    if FAMILY_OF_ROLE[name.role] is sound.family:
        return "is nearly all below 160 Hz"
    return f"sounds like {_called(ROLE_OF_FAMILY[sound.family])}"


def _called(role: Role) -> str:
    return "an instrument" if role is Role.OTHER else role.value.replace("_", " ")


def _move(finding: Finding, role: Role) -> Move:
    stem = finding.stems[0]
    text = f"Treat “{stem}” as {_called(role)}."
    return Move("roles", (finding.id,), (stem,), (SetRole(role.value),), text)


TOOL = roles
