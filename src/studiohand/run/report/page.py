"""The page around a report: style, tables, and the two clips to switch between."""

from __future__ import annotations

import html
import json
from collections.abc import Sequence
from importlib.resources import files

from studiohand import __version__


def page(title: str, body: str, clips: dict[str, str], gains_db: tuple[float, float]) -> str:
    """The whole file.

    Parameters
    ----------
    title : str
    body : str
        HTML.
    clips : dict of str to str
        ``before`` and ``after`` as MP3 in base64; empty for none.
    gains_db : (float, float)
        By which they were matched.
    """
    name = html.escape(title)
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{name}</title>'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<style>{_data('report.css')}</style></head><body><main><h1>{name}</h1>"
        f"{_player(gains_db) if clips else ''}{body}"
        f"<p><small>Made by studiohand {__version__}. It needs nothing but itself.</small></p>"
        f"</main>{_script(clips) if clips else ''}</body></html>\n"
    )


def table(columns: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """An HTML table; the first cell of a row names it."""
    head = "".join(f'<th scope="col">{html.escape(column)}</th>' for column in columns)
    lines = []
    for first, *rest in rows:
        cells = "".join(f"<td>{html.escape(str(cell))}</td>" for cell in rest)
        lines.append(f'<tr><th scope="row">{html.escape(str(first))}</th>{cells}</tr>')
    return f"<table><thead><tr>{head}</tr></thead><tbody>{''.join(lines)}</tbody></table>"


def _player(gains_db: tuple[float, float]) -> str:
    before, after = gains_db
    return (
        '<h2>Hear it</h2><p><button id="play">Play</button>'
        '<button data-hear="before" aria-pressed="false">Before (A)</button>'
        '<button data-hear="after" aria-pressed="true">After (B)</button></p>'
        "<p>The loudest seconds, level-matched: "
        f"before {before:+.1f} dB, after {after:+.1f} dB.</p>"
    )


def _script(clips: dict[str, str]) -> str:
    inside = json.dumps(clips)
    return (
        f'<script type="application/json" id="clips">{inside}</script>'
        f'<script type="module">{_data("report.js")}</script>'
    )


def _data(name: str) -> str:
    return files("studiohand.run").joinpath(f"data/{name}").read_text("utf-8")
