"""Clash: which stem hides which, where, and what makes room."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated

from studiohand.core.audio import Intent, Material, Role, Track
from studiohand.core.effect import Effect, JsonValue
from studiohand.core.job import Job
from studiohand.core.outcome import Finding, Move, Outcome, Severity
from studiohand.core.tool import Needs, Settings, number, tool
from studiohand.tools.clash_words import in_bars, in_words, where, why

if TYPE_CHECKING:
    from studiohand.mir.mix.audibility import Scene
    from studiohand.mir.mix.clashes import Clash
    from studiohand.mir.mix.clearing import Option
    from studiohand.mir.music.bars import Bars

MUST_LOSS_DB = 6.0
SHOULD_LOSS_DB = 3.0
MUST_SHARE = 0.3
"""Share of its playing time that a lead must be hidden for, before it stands in the way."""
SURE_CONFIDENCE = 0.6
MOST_MUSTS = 2
_SHORTEST_FRAMES = 10
_AT_THE_END = 10
"""Frames from either end of the song within which a clash is there from the start or to the end."""
_MOVES_EACH = 5
_PLACES = 8


class ClashSettings(Settings):
    """How much to say."""

    most: Annotated[float, number(1, 50, "findings", "How many clashes to name at most.")] = 6
    least_loss_db: Annotated[
        float, number(0, 30, "dB", "Loss of audibility below which nothing is said.")
    ] = 2.0


@tool("clash", ClashSettings, needs=Needs.SONG, listens=True, music=True)
def clash(job: Job, material: Material, settings: ClashSettings) -> Outcome:
    """Find stems that hide one another, and the smallest changes that make room.

    Loudness of every stem alone and among the others is computed with the partial-loudness model of
    Moore, Glasberg and Baer (1997). What counts as hidden is held against the rough mix where there
    is one that differs from the stems; else against the rest of the song, and by ear against what a
    lead needs.
    """
    from studiohand.dsp.hearing.earbands import ear_bands
    from studiohand.mir.mix.audibility import scene
    from studiohand.mir.mix.clearing import ladder

    stems = [t for t in material.stems if t.role is not Role.GUIDE]
    if len(stems) < 2:
        return Outcome()
    heard = scene(stems, job.analyse(ear_bands, stems, "Hearing every stem"))
    found = [c for c in _clashes(job, material, heard) if c.loss_db >= settings.least_loss_db]
    found, blended = _outside_blends(found, heard, material.intents)
    chosen = found[: int(settings.most)]
    bars = _bars(stems, heard, chosen)
    bare = _few_musts([_finding(heard, c, bars) for c in chosen])
    locked = {n for i in material.intents if i.locked for n in (i.stems or heard.names)}
    findings, moves = list(blended), list[Move]()
    for number_, (item, finding) in enumerate(zip(chosen, bare, strict=True), start=1):
        job.progress("Making room", number_ / len(chosen))
        rungs = ladder(heard, item)
        its_moves = _moves(heard, item, finding, rungs, locked)
        findings.append(_with_ladder(heard, item, finding, rungs, its_moves))
        moves += its_moves
    job.found(*findings)
    return Outcome(tuple(findings), tuple(moves))


def _clashes(job: Job, material: Material, scene: Scene) -> list[Clash]:
    """Clashes by the best evidence there is, the worst first."""
    from studiohand.mir.mix.audibility import heard
    from studiohand.mir.mix.clashes import against_mix
    from studiohand.mir.mix.contrast import placed
    from studiohand.mir.mix.mixbalance import mix_deviation
    from studiohand.mir.mix.unmixed import without_mix

    stems = [t for t in material.stems if t.role is not Role.GUIDE]
    off = mix_deviation(job, stems, material.mix, scene)
    if off is not None and off.differs:
        return [placed(scene, c) for c in against_mix(scene, off)]
    return without_mix(scene, heard(scene.power), agreed=off is not None)


def _bars(stems: Sequence[Track], scene: Scene, chosen: Sequence[Clash]) -> Bars | None:
    """The song's bars, where a clash begins or ends within it."""
    from studiohand.mir.music.bars import find_bars

    within = [c for c in chosen if c.start > _AT_THE_END or c.stop < scene.frames - _AT_THE_END]
    return find_bars(stems) if within else None


def _outside_blends(
    found: Sequence[Clash], scene: Scene, intents: Sequence[Intent]
) -> tuple[list[Clash], list[Finding]]:
    """Clashes outside declared blends, and one informative finding for each blend that has some."""
    from studiohand.dsp.hearing.earbands import FRAME_RATE

    left = list(found)
    said: list[Finding] = []
    for intent in (i for i in intents if i.blend):
        inside: list[Clash] = []
        outside: list[Clash] = []
        for item in left:
            names = {scene.names[item.hidden], scene.names[item.hider]}
            if intent.stems and not names <= set(intent.stems):
                outside.append(item)
                continue
            first, last = intent.start_s * FRAME_RATE, intent.end_s * FRAME_RATE
            spans = tuple(p for s in item.spans for p in _without(s, first, last))
            if spans != item.spans:
                inside.append(item)
            if spans:
                outside.append(replace(item, spans=spans))
        left = outside
        if inside:
            said.append(_blend(scene, intent, inside))
    return left, said


def _without(span: tuple[int, int], first: float, last: float) -> list[tuple[int, int]]:
    """Parts of a span of frames outside first to last, long enough to hear."""
    parts = [(span[0], int(min(span[1], first))), (int(max(span[0], min(last, span[1]))), span[1])]
    if span[1] <= first or span[0] >= last:
        return [span]
    return [(a, b) for a, b in parts if b - a >= _SHORTEST_FRAMES]


def _blend(scene: Scene, intent: Intent, inside: Sequence[Clash]) -> Finding:
    from studiohand.dsp.hearing.earbands import FRAME_RATE

    names = sorted({scene.names[i] for c in inside for i in (c.hidden, c.hider)})
    return Finding(
        tool="clash",
        kind="masked_by_design",
        stems=tuple(names),
        start_s=intent.start_s,
        end_s=min(intent.end_s, scene.frames / FRAME_RATE),
        value=float(len(inside)),
        unit="pairs",
        severity=Severity.COULD,
        text=f"In “{intent.words}” stems hide one another, as you asked; nothing to do.",
    )


def _few_musts(findings: Sequence[Finding]) -> list[Finding]:
    """No more musts than a person can take: the rest become shoulds."""
    out, musts = [], 0
    for finding in findings:
        musts += finding.severity is Severity.MUST
        over = finding.severity is Severity.MUST and musts > MOST_MUSTS
        out.append(replace(finding, severity=Severity.SHOULD) if over else finding)
    return out


def _finding(scene: Scene, item: Clash, bars: Bars | None) -> Finding:
    from studiohand.dsp.hearing.earbands import FRAME_RATE, band_edges_hz

    hidden, hider = scene.names[item.hidden], scene.names[item.hider]
    low, high = band_edges_hz(*item.bands)
    start_s, end_s = item.start / FRAME_RATE, item.stop / FRAME_RATE
    numbers = None
    if bars is not None:
        start_s = bars.snapped(start_s) if item.start > _AT_THE_END else start_s
        end_s = bars.snapped(end_s) if item.stop < scene.frames - _AT_THE_END else end_s
        numbers = bars.numbers(start_s, end_s)
    places = sorted(item.spans, key=lambda s: s[0] - s[1])[:_PLACES]
    return Finding(
        tool="clash",
        kind="clash",
        stems=(hidden, hider),
        start_s=start_s,
        end_s=end_s,
        band_hz=(round(low, 1), round(high, 1)),
        value=round(item.loss_db, 1),
        unit="dB",
        limit=SHOULD_LOSS_DB,
        severity=_severity(scene.roles[item.hidden], item),
        confidence=item.confidence,
        text=f"{hider} hides {hidden} {where(low, high)}{in_bars(numbers)}: {why(scene, item)}.",
        evidence={
            "solo": [hidden, hider],
            "held_against": item.evidence,
            "hidden_percent_of_playing": round(100.0 * item.share_of_time),
            "bars": list(numbers) if numbers else None,
            "places_s": sorted([a / FRAME_RATE, b / FRAME_RATE] for a, b in places),
        },
    )


def _severity(role: Role, item: Clash) -> Severity:
    """Must: a lead that is lost for long, surely. A pad or an effect never matters much."""
    from studiohand.mir.mix.clashes import role_weight

    sure = item.confidence >= SURE_CONFIDENCE
    lasting = item.share_of_time >= MUST_SHARE and sure
    if role is Role.VOCALS and item.loss_db >= MUST_LOSS_DB and lasting:
        return Severity.MUST
    matters = role_weight(role) >= 0.7 and item.loss_db >= SHOULD_LOSS_DB and sure
    return Severity.SHOULD if matters else Severity.COULD


def _moves(
    scene: Scene, item: Clash, finding: Finding, rungs: Sequence[Option], locked: set[str]
) -> list[Move]:
    """The proposed move first, then the others that work."""
    from studiohand.mir.mix.clearing import options

    free = [o for o in options(rungs) if scene.names[o.stem] not in locked]
    return [_move(scene, item, finding, option) for option in free[:_MOVES_EACH]]


def _move(scene: Scene, item: Clash, finding: Finding, option: Option) -> Move:
    gain, rest = round(option.gain_db, 1), round(option.rest_db, 1)
    return Move(
        tool="clash",
        because=(finding.id,),
        targets=(scene.names[option.stem],),
        steps=(_step(scene, item, option),),
        text=f"{in_words(scene, item, option)}: {scene.names[item.hidden]} gains {gain:+.1f} dB of "
        f"audibility there, everything else changes by {rest:.1f} dB at most.",
        predicted={"hidden_audibility_gain_db": gain, "largest_other_change_db": rest},
    )


def _step(scene: Scene, item: Clash, option: Option) -> Effect:
    """The step of an option."""
    from studiohand.dsp.effects.compressor import Compressor
    from studiohand.dsp.effects.dynamic_eq import DynamicEq
    from studiohand.dsp.effects.eq import Band, Eq
    from studiohand.dsp.effects.simple import Gain, Pan

    key, db = scene.names[item.hidden], round(option.db, 1)
    hz, q = round(option.hz, 1), round(option.q, 2)
    if option.do == "pan":
        return Pan(option.db)
    if option.do in ("level", "lower"):
        return Gain(db)
    if option.do == "duck":
        ratio = round(option.ratio, 2)
        return Compressor(threshold_db=option.threshold_db, ratio=ratio, knee_db=0.0, key=key)
    if option.do == "dynamic":
        return DynamicEq(hz=hz, db=db, threshold_db=option.threshold_db, q=q, knee_db=6.0, key=key)
    return Eq(bands=(Band("bell", hz, db, q),))


def _with_ladder(
    scene: Scene, item: Clash, finding: Finding, rungs: Sequence[Option], moves: Sequence[Move]
) -> Finding:
    """The finding with what each rung would give and cost, and with what to listen to."""
    by_step = {(m.targets[0], m.steps[0]): m.id for m in moves}
    rows: list[JsonValue] = []
    for option in rungs:
        move = None
        if option.rendered:
            move = by_step.get((scene.names[option.stem], _step(scene, item, option)))
        rows.append({
            "do": option.do,
            "text": in_words(scene, item, option),
            "hidden_audibility_gain_db": round(option.gain_db, 1),
            "largest_other_change_db": round(option.rest_db, 1),
            "move": move,
        })  # fmt: skip
    pair: list[JsonValue] = list(finding.stems)
    auditions: list[JsonValue] = [
        {"name": "hidden alone", "solo": pair[:1], "move": None},
        {"name": "the pair", "solo": pair, "move": None},
    ]
    if moves:
        auditions.append({"name": "the pair after the move", "solo": pair, "move": moves[0].id})
    return replace(finding, evidence={**finding.evidence, "ladder": rows, "auditions": auditions})


TOOL = clash
