"""Charts as inline SVG, for reports that open without a network."""

from __future__ import annotations

import html
import math
from collections.abc import Sequence
from dataclasses import dataclass

WIDTH, HEIGHT = 920.0, 240.0
LEFT, RIGHT, TOP, BOTTOM = 52.0, 12.0, 12.0, 28.0


@dataclass(frozen=True, slots=True)
class Line:
    """One curve.

    Parameters
    ----------
    name : str
    style : str
        CSS class, which gives colour and dash.
    x, y : sequence of float
        Points that are not finite leave a gap.
    """

    name: str
    style: str
    x: Sequence[float]
    y: Sequence[float]


@dataclass(frozen=True, slots=True)
class Axis:
    """A range and its ticks.

    Parameters
    ----------
    low, high : float
    ticks : sequence of (value, label)
    log : bool
    """

    low: float
    high: float
    ticks: Sequence[tuple[float, str]]
    log: bool = False

    def place(self, value: float) -> float:
        """0 at the low end, 1 at the high end."""
        low, high = self.low, self.high
        if self.log:
            low, high, value = math.log(low), math.log(high), math.log(max(value, 1e-9))
        return min(max((value - low) / (high - low), 0.0), 1.0)


def chart(title: str, note: str, x: Axis, y: Axis, lines: Sequence[Line]) -> str:
    """A chart with its title, a note below it and a legend."""
    parts = [
        f"<figure><figcaption>{html.escape(title)}</figcaption>"
        f'<svg viewBox="0 0 {WIDTH:g} {HEIGHT:g}" role="img" aria-label="{html.escape(title)}">'
    ]
    for value, label in y.ticks:
        at = _down(y, value)
        parts.append(
            f'<line class="grid" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{at:.1f}" y2="{at:.1f}"/>'
            f'<text x="{LEFT - 6}" y="{at + 4:.1f}" class="end">{html.escape(label)}</text>'
        )
    for value, label in x.ticks:
        at = _across(x, value)
        parts.append(
            f'<line class="grid" x1="{at:.1f}" x2="{at:.1f}" y1="{TOP}" y2="{HEIGHT - BOTTOM}"/>'
            f'<text x="{at:.1f}" y="{HEIGHT - 8}" class="mid">{html.escape(label)}</text>'
        )
    parts += [_path(x, y, line) for line in lines]
    legend = " ".join(
        f'<span class="key {line.style}">{html.escape(line.name)}</span>' for line in lines
    )
    parts.append(f"</svg><p>{legend} {html.escape(note)}</p></figure>")
    return "".join(parts)


def time_axis(seconds: float) -> Axis:
    """Minutes and seconds, at most a dozen ticks."""
    step = next(
        s
        for s in (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1800, 3600)
        if seconds / s <= 12 or s == 3600
    )
    ticks = [(float(t), f"{t // 60}:{t % 60:02d}") for t in range(0, int(seconds) + 1, step)]
    return Axis(0.0, max(seconds, 1.0), ticks)


def level_axis(low: float, high: float, step: int = 6) -> Axis:
    """Decibels."""
    first = math.ceil(low / step) * step
    ticks = [(float(v), f"{v:g}") for v in range(first, math.floor(high) + 1, step)]
    return Axis(low, high, ticks)


def frequency_axis(low: float, high: float) -> Axis:
    """Hz on a logarithmic scale."""
    named = [20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000, 20_000]
    labels = [(float(hz), f"{hz // 1000}k" if hz >= 1000 else str(hz)) for hz in named]
    return Axis(low, high, [tick for tick in labels if low <= tick[0] <= high], log=True)


def _path(x: Axis, y: Axis, line: Line) -> str:
    """The curve as a path; a gap where it is not finite."""
    words, pen_down = [], False
    for one, other in zip(line.x, line.y, strict=False):
        if not math.isfinite(other):
            pen_down = False
            continue
        words.append(f"{'L' if pen_down else 'M'}{_across(x, one):.1f} {_down(y, other):.1f}")
        pen_down = True
    return f'<path class="{line.style}" d="{"".join(words)}"/>' if words else ""


def _across(x: Axis, value: float) -> float:
    return LEFT + (WIDTH - LEFT - RIGHT) * x.place(value)


def _down(y: Axis, value: float) -> float:
    return HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * y.place(value)
