"""`studiohand evidence`: what a person can hand to a reviewer."""

from __future__ import annotations

from pathlib import Path

import click

from studiohand.cli import show
from studiohand.cli.from_tool import FILE_PATH


@click.command()
@click.argument("song", type=FILE_PATH)
@click.option("--out", type=FILE_PATH, required=True, help="Folder to write to.")
def evidence(song: Path, out: Path) -> None:
    """Write evidence.html and evidence.json: takes, times, decisions, hashes; no audio."""
    from studiohand.io.atomic import write_bytes
    from studiohand.rights.evidence import bundle
    from studiohand.run.files.folders import make_folder
    from studiohand.song.folder import open_song

    documents = bundle(open_song(song))
    make_folder(out)
    for name, content in documents.items():
        write_bytes(out / name, content)
    show.line(f"{' and '.join(documents)} are in {out}")


COMMAND = evidence
