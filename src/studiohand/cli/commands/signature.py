"""`studiohand signature`: what your own finished records have in common."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import click

from studiohand.cli import show
from studiohand.cli.from_tool import FILE_PATH


@click.command()
@click.argument("records", type=FILE_PATH, nargs=-1, required=True)
@click.option("--song", type=FILE_PATH, help="Keep it in this song; by default it is for all.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
def signature(records: tuple[Path, ...], song: Path | None, as_json: bool) -> None:
    """Learn your signature from finished records, a folder or files.

    It holds tone, dynamics, width and low end, each with the spread between the records. Moves of
    `listen`, `match`, `master` and `rough` then say whether they lead toward it or away from it.
    It is kept on this machine as plain JSON; remove the file and it is forgotten.
    """
    from studiohand.run.songs.guarding import learn
    from studiohand.song.folder import open_song

    root = open_song(song).root if song is not None else None
    with show.progress(quiet=as_json) as job:
        found, path = learn(records, root, job)
    if as_json:
        show.json_document({"file": str(path), "spread_known": found.spread_known, **asdict(found)})
        return
    rows = [
        [name, f"{trait.median:+.1f}", f"{trait.q1:+.1f}", f"{trait.q3:+.1f}"]
        for name, trait in found.traits.items()
    ]
    show.table(["trait", "median", "a quarter below", "a quarter above"], rows)
    if not found.spread_known:
        count = len(found.records)
        show.line(f"The spread of {count} records is unknown; three or more show it.")
    show.line(f"Kept in {path}; nothing leaves this machine.")


COMMAND = signature
