"""Evidence of human work: one offline page and one JSON document, made from the ledger alone.

Everything in them comes from ledger lines, so the same ledger gives the same bytes; no audio
and no path is in them.
"""

from __future__ import annotations

import html
import json
from collections import Counter
from collections.abc import Mapping, Sequence

from studiohand.core.effect import JsonValue
from studiohand.rights.account import Account, account
from studiohand.rights.disclosure import Disclosure, disclose
from studiohand.rights.projections import projections
from studiohand.song.decisions import decisions
from studiohand.song.folder import Song
from studiohand.song.ledger import Entry

_STYLE = """
body{font:15px/1.5 system-ui,sans-serif;max-width:62rem;margin:2rem auto;padding:0 1rem;
color:#222;background:#fff}
table{border-collapse:collapse;width:100%;margin:0.5rem 0 1.5rem}
th,td{text-align:left;padding:0.25rem 0.6rem;border-bottom:1px solid #ccc;vertical-align:top}
code{font:13px ui-monospace,monospace;overflow-wrap:anywhere}
@media (prefers-color-scheme:dark){body{color:#ddd;background:#1b1b1b}th,td{border-color:#444}}
"""


def bundle(song: Song) -> dict[str, bytes]:
    """Both documents by their file name: ``evidence.json`` and ``evidence.html``.

    Raises
    ------
    Corrupt
        The ledger was altered.
    """
    entries = song.ledger.entries()
    known = account(song)
    said = disclose(known)
    document = _document(known, said, entries)
    text = json.dumps(document, ensure_ascii=False, indent=1, sort_keys=True, allow_nan=False)
    return {
        "evidence.json": text.encode() + b"\n",
        "evidence.html": _page(document).encode(),
    }


def _document(known: Account, said: Disclosure, entries: Sequence[Entry]) -> dict[str, JsonValue]:
    made = decisions(entries)
    verdicts = Counter("undone" if d.undone else d.verdict for d in made)
    return {
        "title": known.title,
        "artist": known.artist,
        "ledger": {"lines": known.ledger_lines, "sha256": known.ledger_hash},
        "days_worked": sorted({entry.time[:10] for entry in entries}),
        "decisions": dict(sorted(verdicts.items())),
        "originals": [
            {name: e.body[name] for name in ("name", "part", "role", "sha256")}
            for e in entries
            if e.kind == "added"
        ],
        "takes": [
            {"line": e.seq, "time": e.time, "files": e.body["files"],
             "moves": len(e.body["moves"])}
            for e in entries
            if e.kind == "rendered"
        ],
        "parts": [
            {"name": p.name, "role": p.role, "origin": p.origin.value, "basis": p.basis,
             "detail": p.detail, "said_by": p.by, "seconds": p.seconds, "guide": p.guide,
             "lines": list(p.lines)}
            for p in known.parts
        ],
        "credits": [{"name": c.name, "role": c.role, "part": c.part} for c in known.credits],
        "disclosure": said.to_json(),
        "projections": {name: p.to_json() for name, p in projections(known, said).items()},
        "timeline": [_event(entry) for entry in entries],
    }  # fmt: skip


def _event(entry: Entry) -> dict[str, JsonValue]:
    body = entry.body
    words = {
        "created": lambda: f"song made: {body['title']}",
        "added": lambda: f"{body['part']} added: {body['name']}",
        "listened": lambda: f"listened: {len(body['findings'])} findings",
        "proposed": lambda: f"{body['tool']}: {len(body['moves'])} moves proposed",
        "decided": lambda: f"{body['verdict']}: {body['move']['text']}",
        "undone": lambda: f"decision of line {body['decision']} undone",
        "jumped": lambda: f"back to the state after line {body['to']}",
        "intended": lambda: f"intent: {body['words']}",
        "commented": lambda: f"comment at {body['at_s']:.1f} s: {body['words']}",
        "withdrawn": lambda: f"note {body['id']} withdrawn",
        "rendered": lambda: f"take rendered with {len(body['moves'])} moves",
        "delivered": lambda: f"delivered for {', '.join(body['places'])}",
        "alternates": lambda: f"{len(body['versions'])} other versions written",
        "origin": lambda: f"{body['part']}: {body['origin']} ({body['basis']})",
        "declared": lambda: f"{body['by']} declares {body['element']}: {body['answer']}",
        "credited": lambda: f"credit: {body['name']}, {body['role']}",
    }
    what = words.get(entry.kind, lambda: entry.kind)()
    why = str(body.get("why", "")) if entry.kind == "decided" else ""
    return {"line": entry.seq, "time": entry.time, "who": entry.who, "what": what, "why": why,
            "sha256": entry.hash}  # fmt: skip


def _page(document: Mapping[str, JsonValue]) -> str:
    decided = ", ".join(f"{count} {verdict}" for verdict, count in document["decisions"].items())
    parts = [[p["name"], p["role"], p["origin"], p["basis"], p["detail"], f"{p['seconds']:g} s"]
             for p in document["parts"]]  # fmt: skip
    elements = [
        [name, s["share"], s["what"], " ".join(map(str, s["lines"]))]
        for name, statements in document["disclosure"]["elements"].items()
        for s in statements
    ]
    takes = [[str(t["line"]), t["time"], name, sha]
             for t in document["takes"] for name, sha in t["files"].items()]  # fmt: skip
    timeline = [[str(e["line"]), e["time"], e["who"], e["what"], e["why"]]
                for e in document["timeline"]]  # fmt: skip
    return "\n".join(
        [
            '<!doctype html><html lang="en"><head><meta charset="utf-8">',
            f"<title>Evidence of work: {_safe(document['title'])}</title>",
            f"<style>{_STYLE}</style></head><body><main>",
            f"<h1>{_safe(document['title'])}</h1>",
            f"<p>{_safe(document['artist'])} · worked on {len(document['days_worked'])} days · "
            f"decisions: {_safe(decided) or 'none'} · ledger of {document['ledger']['lines']} "
            f"lines, SHA-256 <code>{document['ledger']['sha256']}</code></p>",
            _table("What is in it", ["part", "role", "origin", "basis", "maker", "sounds"], parts),
            _table("Who made what", ["element", "share", "statement", "lines"], elements),
            _table("Takes", ["line", "time", "file", "SHA-256"], takes),
            _table("Every act", ["line", "time", "who", "what", "why"], timeline),
            "</main></body></html>\n",
        ]
    )


def _table(title: str, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    head = "".join(f'<th scope="col">{_safe(c)}</th>' for c in columns)
    body = "".join(
        "<tr>" + "".join(f"<td>{_safe(cell)}</td>" for cell in row) + "</tr>" for row in rows
    )
    return (
        f"<h2>{_safe(title)}</h2><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
    )


def _safe(text: str) -> str:
    return html.escape(str(text))
