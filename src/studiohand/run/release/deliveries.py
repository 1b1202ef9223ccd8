"""The song as it is now, written for the places it goes to, inside the song's own folder."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from studiohand.core.audio import Material, Source
from studiohand.core.effect import JsonValue
from studiohand.core.errors import NotAllowed
from studiohand.core.job import Job
from studiohand.io.metadata import Metadata
from studiohand.rights.account import account, parts
from studiohand.rights.marks import mark_of_part
from studiohand.rights.origin import mark_text
from studiohand.run.files.folders import make_folder, whole
from studiohand.run.release.delivery import Title, deliver, write_checksums
from studiohand.run.release.tagging import song_tags
from studiohand.run.report.write import Contents, write_report
from studiohand.run.songs.material import song_material
from studiohand.run.songs.proposing import mix_now
from studiohand.song.decisions import accepted
from studiohand.song.folder import Song, sha256_of

DELIVERIES = "deliveries"
REPORT = "report.html"


def deliver_song(
    song: Song, places: Sequence[str], job: Job, *, with_guide: bool = False
) -> dict[str, JsonValue]:
    """Write the mix with the accepted moves for places, with a report and checksums.

    Parameters
    ----------
    places : sequence of str
        Of `services.places`.
    with_guide : bool
        True: a guide may go out.

    Returns
    -------
    dict
        ``folder`` (inside the song), ``places`` as `delivery.deliver` tells them, ``files``.

    Raises
    ------
    BadSetting
        A place is unknown, or the song has nothing to mix.
    NotAllowed
        A guide is in it, and nobody has said that it may go out.
    CannotRead, CannotWrite, Cancelled
    """
    held = parts(song, measured=False)
    guides = sorted(part.name for part in held if part.guide)
    if guides and not with_guide:
        raise NotAllowed(
            f"“{song.title}” holds a guide ({', '.join(guides)}): a stand-in for a player.",
            untouched="Nothing was delivered.",
            todo="Record the part (`studiohand brief` helps to ask for it), or allow it.",
        )
    material = song_material(song)
    moves = accepted(song.ledger.entries())
    mixed, _ = mix_now(song, material, job)
    title = Title(song.title, str(song.settings.get("artist", "")))
    marks = [mark for part in held for mark in mark_of_part(part)]
    tags = {**song_tags(account(song)), **({"comment": mark_text(marks)} if marks else {})}
    folder = _next_folder(song)
    make_folder(folder)
    with whole(folder):
        rows = deliver(job, mixed, folder, places, title, Metadata(tags))
        contents = Contents(song.title, [move.text for move in moves], (), rows)
        write_report(job, folder / REPORT, mixed, _before(song, material, job), contents)
        write_checksums(folder)
    files = {
        path.relative_to(folder).as_posix(): sha256_of(path)
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }
    body: dict[str, JsonValue] = {
        "folder": f"{DELIVERIES}/{folder.name}",
        "places": [row["place"] for row in rows],
        "files": files,
        "moves": [move.to_json("accepted") for move in moves],
    }
    song.record("delivered", body)
    return {"folder": body["folder"], "places": rows, "files": sorted(files)}


def _before(song: Song, material: Material, job: Job) -> Source:
    return mix_now(song, material, job, ())[0]


def _next_folder(song: Song) -> Path:
    root = song.root / DELIVERIES
    taken = [int(path.name) for path in root.glob("*") if path.name.isdigit()]
    return root / f"{max(taken, default=0) + 1:04d}"
