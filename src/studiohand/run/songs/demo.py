"""The demo: make its song folder once, listen to it, and judge what was heard."""

from __future__ import annotations

import json
import tempfile
from dataclasses import replace
from pathlib import Path

from studiohand.compose import demo
from studiohand.compose.verdict import Planted, Verdict, error_of, judge
from studiohand.core.effect import JsonValue
from studiohand.core.job import Job
from studiohand.io.atomic import write_bytes
from studiohand.run.jobs.cache import FolderCache
from studiohand.run.songs.collect import new_song
from studiohand.run.songs.listening import listen
from studiohand.song.folder import CACHE, Song, open_song

MANIFEST = "planted.json"


def demo_song(folder: Path, job: Job) -> Song:
    """The demo's song folder: opened where it is one already, made where it is not.

    Raises
    ------
    BadSetting
        The folder holds something else.
    CannotWrite, Cancelled
    """
    if (folder / MANIFEST).is_file():
        return open_song(folder)
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".demo-", dir=folder.parent) as aside:
        session = demo.make(Path(aside), job)
        job.progress("making the song", 0.0)
        song = new_song(folder, session.stems, session.mix, title=demo.TITLE, artist="studiohand")
    manifest = [fault.to_json() for fault in session.planted]
    write_bytes(folder / MANIFEST, json.dumps(manifest, ensure_ascii=False, indent=1).encode())
    return song


def judged(song: Song, job: Job) -> tuple[Verdict, dict[str, JsonValue]]:
    """Listen to the demo's song and hold the findings against what was planted.

    Returns
    -------
    Verdict, dict
        And the same as one JSON document.
    """
    rows = json.loads((song.root / MANIFEST).read_text("utf-8"))
    planted = [Planted.from_json(row) for row in rows]
    heard = listen(song, replace(job, cache=FolderCache(song.root / CACHE)))
    document = heard.to_json(song.title)
    verdict = judge(planted, document["findings"])
    by = dict(verdict.found)
    document["planted"] = [
        {
            **fault.to_json(),
            "found_by": by[fault]["id"] if fault in by else None,
            "error": error_of(fault, by[fault]) if fault in by else None,
        }
        for fault in planted
    ]
    document["invented"] = [finding["id"] for finding in verdict.invented]
    return verdict, {"folder": str(song.root), **document}
