"""`studiohand separate`: finished mixes into stems."""

from __future__ import annotations

from pathlib import Path

import click

from studiohand.cli import show
from studiohand.cli.from_tool import AS_JSON, FILE_PATH, CommaList, StemLevels
from studiohand.core.effect import JsonValue

_COULD_NOT = 3


@click.command()
@click.argument("files", type=FILE_PATH, nargs=-1, required=True, metavar="FILE...")
@click.option("--out", type=FILE_PATH, required=True, help="Folder to write the stems to.")
@click.option("--model", default="", help="See `studiohand models`; the shipped one by default.")
@click.option(
    "--remix",
    type=StemLevels(),
    default="",
    metavar="STEM=DB,...",
    help="Also write remix.wav with these level changes, for example vocals=1.5,drums=-1.",
)
@click.option("--stems", type=CommaList(), default=(), help="Only these, for example vocals,drums.")
@click.option("--song", type=FILE_PATH, help="Keep to this song's model policy; tell its ledger.")
def separate(
    files: tuple[Path, ...],
    out: Path,
    model: str,
    remix: dict[str, float],
    stems: tuple[str, ...],
    song: Path | None,
    as_json: bool,
) -> int:
    """Take a mix apart: vocals, drums, bass, other, and what is left.

    Stems and residual.wav add up to the file, sample for sample; rate, length, layout and level
    stay. Several files get a folder each; what an earlier run finished is kept. Nothing leaves
    this computer.
    """
    from studiohand.io.audiofile import open_audio
    from studiohand.models.store import DEFAULT, card
    from studiohand.rights.policy import record_use, require, use_is_recorded
    from studiohand.run.files.separating import separate as separate_file
    from studiohand.run.files.separating_many import separate_many
    from studiohand.song.folder import open_song

    chosen = card(model or DEFAULT)
    opened = open_song(song) if song else None
    if opened is not None:
        require(opened, chosen)
    with show.progress(quiet=as_json) as job:
        if len(files) == 1:
            made = separate_file(open_audio(files[0]), out, chosen.name, stems, job, remix)
            reports = [{"file": str(files[0]), **made}]
        else:
            reports = separate_many(files, out, chosen.name, stems, job, remix)
    for file, report in zip(files, reports, strict=True):
        if "error" in report:
            continue
        what = f"separated {file.name}"
        if opened is None or (report.get("kept") and use_is_recorded(opened, chosen, what)):
            continue
        record_use(opened, chosen, what, [row["stem"] for row in report["stems"]])
    failed = [report["error"] for report in reports if "error" in report]
    for sentence in failed:
        show.complain(sentence)
    if as_json:
        show.json_document(reports[0] if len(files) == 1 else {"files": reports})
    else:
        for report in reports:
            if "error" not in report:
                _show(report)
    return _COULD_NOT if failed else 0


def _show(made: dict[str, JsonValue]) -> None:
    rows = [
        [
            row["stem"],
            f"{row['level_against_mix_db']:.1f} dB",
            _trust(made["trust"].get(row["stem"], [])) if row["found"] else "not found",
        ]
        for row in made["stems"]
    ]
    columns = ["stem", "against the mix", "expected SDR: median, weakest second"]
    show.table(columns, rows, f"{made['model']} ({made['consent']})")
    folder = Path(made["residual"]).parent
    kept = "Already there: " if made.get("kept") else "Written to "
    show.line(f"{kept}{folder}; stems + residual = mix within {made['null_dbfs']:.0f} dBFS.")


def _trust(seconds: list[JsonValue]) -> str:
    """Median of a stem's trust map, and where it is weakest."""
    from statistics import median

    sounding = [s for s in seconds if s["expected_sdr_db"] is not None]
    if not sounding:
        return ""
    weakest = min(sounding, key=lambda s: float(s["expected_sdr_db"]))
    middle = median(float(s["expected_sdr_db"]) for s in sounding)
    return (
        f"{middle:.1f} dB, {weakest['expected_sdr_db']:.1f} dB at {show.clock(weakest['start_s'])}"
    )


separate.params.append(AS_JSON)
COMMAND = separate
