"""Clean: what is wrong with one recording, each fault by itself."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Annotated, Literal, cast

from studiohand.core.audio import VOICES, Material, Role, Span, Track, read_all
from studiohand.core.effect import step_to_json
from studiohand.core.errors import BadSetting, MissingPart, NotAllowed
from studiohand.core.job import Job
from studiohand.core.outcome import Finding, Move, Outcome
from studiohand.core.tool import Needs, Settings, number, text, tool

if TYPE_CHECKING:
    from studiohand.core.effect import Effect
    from studiohand.mir.recording.faultfindings import Fault

FaultName = Literal["hum", "noise", "clicks", "clip", "dc", "room", "sibilance", "plosives"]
_ORDER = ("dc", "clip", "clicks", "hum", "noise", "room", "plosives", "sibilance")
_BY_ITSELF = frozenset({"clip", "clicks", "hum", "noise"})
"""Rooms, plosives and sibilants are a matter of taste, and an offset from zero is not heard: they
are cleaned only when asked for by name."""
_MEASURED = frozenset({"dehum", "denoise", "denoise_voice"})
_FAULT_OF_KIND = {"clipped": "clip"}
_TRUSTED_NAME, _PLAIN_SOUND = 0.8, 0.95
_NO_OPINION = (
    " Found without a learned model; for a second opinion on voices read "
    "`studiohand models show deepfilternet3`, then `models get` and `models allow` it."
)
_TWO_OPINIONS = " DeepFilterNet3 gives a second opinion on what is voice."


class CleanSettings(Settings):
    """What to clean."""

    only: Annotated[
        tuple[FaultName, ...],
        text(
            "Only these, separated by commas: hum, noise, clicks, clip, dc, room, sibilance, "
            "plosives. Without it hum, noise, clicks and clip."
        ),
    ] = ()
    noise_from: Annotated[
        str,
        text("Where the noise is heard alone, in seconds, for example 1.2-2.0; else it is found."),
    ] = ""
    span: Annotated[
        str, text("Clean only this part, in seconds, for example 10-20; the rest stays.")
    ] = ""
    most_harm_percent: Annotated[
        float,
        number(
            1, 100, "percent", "Share of what hum and noise cleaning removes that may be music."
        ),
    ] = 40.0


@tool("clean", CleanSettings, needs=Needs.FILE)
def clean(job: Job, material: Material, settings: CleanSettings) -> Outcome:
    """Take hum, noise, clicks, clipping, rooms, sibilants and plosives out of a file.

    Only what is found is cleaned, an offset from zero, room, sibilants and plosives only when
    asked for by name: where nothing is wrong, the output is the input. What is removed can be
    heard by itself as the difference of the two (`--delta`). For hum and noise the harm meter
    says how much of that was music, and the amount is held where it would be more than the
    ceiling.
    """
    from studiohand.mir.recording.harmless import held

    whole = _track(job, material)
    span_s = _seconds("span", settings.span)
    track = _part(whole, span_s)
    faults = _found(job, whole, track, settings)
    moves = []
    for fault, heard in faults:
        if (move := fault.move("file")) is not None:
            move = _heard_by_two(job, heard, move)
            if move.steps[0].do in _MEASURED:
                tick = lambda: job.progress("harm", 0.0)  # noqa: E731
                move = held(move, heard.source, settings.most_harm_percent, tick)
            moves.append(_selected(move, span_s))
    return Outcome(tuple(fault.finding for fault, _ in faults), tuple(moves))


def _found(
    job: Job, whole: Track, track: Track, settings: CleanSettings
) -> list[tuple[Fault, Track]]:
    """Faults to clean, in the order in which they are cleaned, and what each is heard in.

    Noise is heard in what is left without the hum: to take its lines away as noise counts as harm.
    """
    from studiohand.mir.recording.faultfindings import faults_of
    from studiohand.mir.recording.faults import FAULTS_VERSION, analyse_faults

    (measured,) = job.analyse(analyse_faults, [track], "faults", FAULTS_VERSION)
    from_s, _ = _seconds("span", settings.span) or (0.0, 0.0)
    faults = faults_of("clean", track, measured, frozenset(settings.only), from_s)
    hum = next((fault for fault in faults if fault.finding.kind == "hum"), None)
    wanted = frozenset(settings.only or _BY_ITSELF)
    if settings.noise_from and "noise" in wanted:
        faults = [fault for fault in faults if fault.finding.kind != "noise"]
        faults.append(_pointed_at(_without(whole, hum), settings.noise_from))
    calm = _without(track, hum)
    return sorted(
        (
            (fault, calm if fault.finding.kind == "noise" else track)
            for fault in faults
            if _name(fault.finding) in wanted
        ),
        key=lambda pair: _ORDER.index(_name(pair[0].finding)),
    )


def _without(track: Track, fault: Fault | None) -> Track:
    """The track as it is once a fault is mended."""
    from studiohand.dsp.effects.chain import ProcessedSource

    if fault is None:
        return track
    effect = cast("Effect", fault.step)
    return replace(track, source=ProcessedSource(track.source, (effect,)), sha256="")


def _name(finding: Finding) -> str:
    return _FAULT_OF_KIND.get(finding.kind, finding.kind)


def _pointed_at(whole: Track, noise_from: str) -> Fault:
    """The noise of the span the producer chose."""
    from studiohand.dsp.cleaning.profile import noise_profile
    from studiohand.mir.recording.faultfindings import chosen_noise

    source = whole.source
    start_s, end_s = _seconds("noise_from", noise_from) or (0.0, 0.0)
    alone = read_all(source, round(start_s * source.rate), round(end_s * source.rate))
    noise = noise_profile(alone, source.rate)
    return chosen_noise("clean", whole, source.frames / source.rate, noise, (start_s, end_s))


def _heard_by_two(job: Job, track: Track, move: Move) -> Move:
    """Noise under a voice gets a learned second opinion, where that may run and is here."""
    from studiohand.dsp.cleaning.denoise import Denoise
    from studiohand.mir.recording.harmless import middle
    from studiohand.models.voicenoise import MODEL, DenoiseVoice, is_voice, open_network

    noise = move.steps[0]
    if not isinstance(noise, Denoise) or track.role not in (*VOICES, Role.OTHER):
        return move
    if not job.may_run(MODEL):
        return move
    job.progress("voice", 0.0)
    try:
        network = open_network()
    except (NotAllowed, MissingPart):
        return replace(move, text=move.text + _NO_OPINION) if track.role in VOICES else move
    if not is_voice(network, middle(track.source), track.source.rate, noise):
        return move
    return replace(move, steps=(DenoiseVoice(noise),), text=move.text + _TWO_OPINIONS)


def _track(job: Job, material: Material) -> Track:
    """The file, with the role its name or its sound tells where nobody has said one."""
    from studiohand.mir.roles.by_name import read_name

    if material.file is None:
        raise BadSetting("There is no file to clean.")
    if material.file.role is not Role.OTHER:
        return material.file
    named = read_name(material.file.name)
    role = named.role if named.confidence >= _TRUSTED_NAME else _heard_role(job, material.file)
    return replace(material.file, role=role)


def _heard_role(job: Job, track: Track) -> Role:
    """Voice or drums where the sound is plainly that, else anything."""
    from studiohand.mir.roles.by_sound import ROLE_OF_FAMILY, Family, read_sound
    from studiohand.mir.timing.stem_profile import profiles

    (profile,) = profiles(job, [track])
    sound = read_sound(profile)
    if sound is None or sound.confidence < _PLAIN_SOUND:
        return Role.OTHER
    plain = sound.family in (Family.VOCALS, Family.DRUMS)
    return ROLE_OF_FAMILY[sound.family] if plain else Role.OTHER


def _seconds(name: str, words: str) -> tuple[float, float] | None:
    """A span such as ``1.2-2.0``; None where there is none.

    Raises
    ------
    BadSetting
    """
    if not words:
        return None
    try:
        start_s, end_s = (float(part) for part in words.split("-"))
    except ValueError:
        start_s = end_s = 0.0
    if not 0.0 <= start_s < end_s:
        raise BadSetting(
            f"“{words}” is no span of time for {name.replace('_', ' ')}.",
            todo="Give its start and end in seconds, for example 1.2-2.0.",
        )
    return start_s, end_s


def _part(track: Track, span_s: tuple[float, float] | None) -> Track:
    """The part of the file that is cleaned, as a track of its own."""
    if span_s is None:
        return track
    rate = track.source.rate
    part = Span(track.source, round(span_s[0] * rate), round(span_s[1] * rate))
    if not part.frames:
        raise BadSetting("The part to clean begins after the end of the file.")
    key = f"{track.sha256}-{part.start_frame}-{part.stop_frame}" if track.sha256 else ""
    return replace(track, source=part, sha256=key)


def _selected(move: Move, span_s: tuple[float, float] | None) -> Move:
    """The move on the selection only."""
    from studiohand.dsp.effects.selection import Selection

    if span_s is None:
        return move
    steps = tuple(Selection(*span_s, step_to_json(step)) for step in move.steps)
    return replace(move, steps=steps, text=f"{move.text} Only {span_s[0]:g} to {span_s[1]:g} s.")


TOOL = clean
