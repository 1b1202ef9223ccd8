"""`studiohand convert`: another kind of file, with a certificate of what happened to the sound."""

from __future__ import annotations

from pathlib import Path

import click

from studiohand.cli import show
from studiohand.cli.from_tool import FILE_PATH

_COULD_NOT = 3


@click.command()
@click.argument("files", type=FILE_PATH, nargs=-1, required=True)
@click.option("--out", type=FILE_PATH, required=True, help="Folder to write to.")
@click.option(
    "--to",
    "target",
    required=True,
    metavar="KIND",
    help="wav, wav16, wav24, wav32, wav32f, wav64f, aiff, aiff16, aiff24, flac, flac16, flac24, "
    "alac, mp3, aac, opus or vorbis; bare24 and bare16 are WAV without any tag or chunk; "
    "lossy ones also with a bit rate: mp3-192.",
)
@click.option(
    "--rate",
    type=click.IntRange(1_000, 768_000),
    metavar="HZ",
    help="Resample to this rate; without it nothing is resampled.",
)
@click.option(
    "--name",
    default="{name}",
    show_default=True,
    help="Pattern for names, of {name}, {number}, {target}, {rate} and {folder}.",
)
@click.option(
    "--dither",
    type=click.Choice(["tpdf", "shaped", "none"]),
    default="tpdf",
    show_default=True,
    help="For fewer bits. shaped: quieter to the ear, for a final 16-bit master only.",
)
@click.option("--overwrite", is_flag=True, help="Replace files that are in the way.")
@click.option("--dry-run", is_flag=True, help="Say what would be done and write nothing.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
def convert(
    files: tuple[Path, ...],
    out: Path,
    target: str,
    rate: int | None,
    name: str,
    dither: str,
    overwrite: bool,
    dry_run: bool,
    as_json: bool,
) -> int:
    """Convert files and folders; say for each whether the samples are the same, and what was lost.

    A change of container keeps every sample bit for bit. Fewer bits get TPDF dither, once and
    last, and only where the samples do not fit already. Files that are done are skipped, so the
    same command goes on where it was stopped.
    """
    from studiohand.io.formats import target_named
    from studiohand.run.files.certificates import sentence
    from studiohand.run.files.converting import Batch, convert_all

    batch = Batch(files, out, target_named(target), rate, name, overwrite, dry_run, dither)
    with show.progress(quiet=as_json) as job:
        certificates = convert_all(job, batch)
    failed = [c for c in certificates if c["state"] == "failed"]
    if as_json:
        for certificate in failed:
            show.complain(certificate["error"])
        counts = {
            state: sum(c["state"] == state for c in certificates)
            for state in ("converted", "skipped", "failed")
        }
        show.json_document({"out": str(out), **counts, "files": certificates})
    else:
        rows = [
            [Path(c["file"]).name, Path(c["out"] or "-").name, c["state"], sentence(c)]
            for c in certificates
        ]
        show.table(["file", "became", "state", "what happened to it"], rows)
    return _COULD_NOT if failed else 0


COMMAND = convert
