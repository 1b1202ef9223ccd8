"""`studiohand separate`: a finished mix into stems."""

from __future__ import annotations

from pathlib import Path

import click

from studiohand.cli import show
from studiohand.cli.from_tool import AS_JSON, FILE_PATH, CommaList


@click.command()
@click.argument("file", type=FILE_PATH)
@click.option("--out", type=FILE_PATH, required=True, help="Folder to write the stems to.")
@click.option("--model", default="", help="See `studiohand models`; the shipped one by default.")
@click.option("--stems", type=CommaList(), default=(), help="Only these, for example vocals,drums.")
def separate(file: Path, out: Path, model: str, stems: tuple[str, ...], as_json: bool) -> None:
    """Take a mix apart: vocals, drums, bass, other, and what is left.

    Stems and residual.wav add up to the file, sample for sample; rate, length, layout and level
    stay. Nothing leaves this computer.
    """
    from studiohand.io.audiofile import open_audio
    from studiohand.models.store import DEFAULT
    from studiohand.run.separating import separate as separate_file

    source = open_audio(file)
    with show.progress(quiet=as_json) as job:
        made = separate_file(source, out, model or DEFAULT, stems, job)
    if as_json:
        show.json_document({"file": str(file), **made})
        return
    rows = [
        [row["stem"], f"{row['level_against_mix_db']:.1f} dB", "" if row["found"] else "not found"]
        for row in made["stems"]
    ]
    show.table(["stem", "against the mix", ""], rows, f"{made['model']} ({made['consent']})")
    show.line(f"Written to {out}; stems + residual = mix within {made['null_dbfs']:.0f} dBFS.")


separate.params.append(AS_JSON)
COMMAND = separate
