"""How `clash` says what it found and what would make room."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from studiohand.mir.mix.audibility import Scene
    from studiohand.mir.mix.clashes import Clash
    from studiohand.mir.mix.clearing import Option


def where(low: float, high: float) -> str:
    """A band in words."""
    return f"from {_hz(low)} to {_hz(high)}"


def _hz(hz: float) -> str:
    return f"{hz / 1000.0:.1f} kHz" if hz >= 1000.0 else f"{round(hz, -1):.0f} Hz"


def why(scene: Scene, item: Clash) -> str:
    """What speaks for a clash."""
    hidden, hider = scene.names[item.hidden], scene.names[item.hider]
    lost = f"{hidden} loses {item.loss_db:.1f} dB of audibility"
    if item.evidence == "mix" and item.cause_db < 0.0:
        return f"{lost}, because it is {-item.cause_db:.1f} dB softer than in your mix"
    if item.evidence == "mix":
        return f"{lost}, because {hider} is {item.cause_db:.1f} dB louder there than in your mix"
    if item.evidence == "song":
        return f"{lost} where {hider} has {item.cause_db:.1f} dB more in this band than elsewhere"
    if not item.curve_db and item.cause_db == 0.0:
        return f"{hidden} hardly comes through while it plays, and {hider} takes most from it"
    return f"{hidden} would gain {item.loss_db:.1f} dB of audibility if {hider} left it room"


def in_bars(numbers: tuple[int, int] | None) -> str:
    """Bars in words, with a space before; empty where they are not known."""
    if numbers is None:
        return ""
    first, last = numbers
    return f" in bar {first}" if first == last else f" in bars {first} to {last}"


def in_words(scene: Scene, item: Clash, option: Option) -> str:
    """A change that makes room, with its settings."""
    stem, hidden = scene.names[option.stem], scene.names[item.hidden]
    bell = f"bell {_hz(option.hz)}, {option.db:+.1f} dB, Q {option.q:.1f}"
    said = {
        "leave": f"Let {stem} rest {_when(item)} while {hidden} plays",
        "octave": f"Play {stem} an octave {'higher' if option.db > 0.0 else 'lower'} {_when(item)}",
        "pan": f"{stem} panned to {option.db:+.1f}",
        "level": f"{stem} {option.db:+.1f} dB",
        "lower": f"{stem} {option.db:+.1f} dB",
        "dynamic": f"{stem}: dynamic {bell}, while {hidden} sounds",
        "duck": f"{stem}: ducked by up to {-option.db:.1f} dB, {option.ratio:.1f}:1, "
        f"while {hidden} sounds",
    }
    return said.get(option.do, f"{stem}: {bell}")


def _when(item: Clash) -> str:
    """The longest place of a clash."""
    from studiohand.dsp.hearing.earbands import FRAME_RATE

    start, stop = max(item.spans, key=lambda span: span[1] - span[0])
    return f"from {_clock(start / FRAME_RATE)} to {_clock(stop / FRAME_RATE)}"


def _clock(seconds: float) -> str:
    return f"{int(seconds // 60)}:{seconds % 60:04.1f}"
