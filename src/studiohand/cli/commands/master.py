"""`studiohand master`: from a mix to the record."""

from __future__ import annotations

from typing import Any

import click

from studiohand.cli import show
from studiohand.cli.from_tool import AS_JSON, FILE_PATH, REFERENCE, setting_options, settings_from
from studiohand.core.outcome import Severity
from studiohand.run.release.services import places
from studiohand.tools.master import TOOL, MasterSettings

_OVER_A_LIMIT = 1


def _master(**values: Any) -> int:
    from studiohand.rights.marks import check_guides
    from studiohand.run.release.mastering import master_file

    if values["places"]:
        check_guides(values["file"], values["with_guide"])
    settings = settings_from(TOOL, values)
    if not isinstance(settings, MasterSettings):
        raise TypeError("the settings of the master are of another kind")
    as_json = values["as_json"]
    with show.progress(quiet=as_json) as job:
        made = master_file(
            values["file"], values["references"], settings, values["places"], values["out"], job
        )
    missed = any(
        finding["severity"] == Severity.MUST and finding["kind"] in ("loudness", "codec_peak")
        for finding in made["findings"]
    )
    if as_json:
        show.json_document(made)
    else:
        show.findings(made["findings"])
        if made["moves"]:
            show.moves(made["moves"])
        _show_places(made["places"])
        show.line(f"Written: {made['out']}")
    return _OVER_A_LIMIT if missed else 0


def _show_places(made: list[dict[str, Any]]) -> None:
    if not made:
        return
    rows = [
        [
            place["title"],
            place["playback"]["text"] if place["playback"] else "-",
            ", ".join(f"{name} {db:+.2f}" for name, db in place["codec_peaks_dbtp"].items()) or "-",
            ", ".join(file["file"] for file in place["files"]),
        ]
        for place in made
    ]
    show.table(["place", "what it plays", "true peak after the codec, dBTP", "files"], rows)


COMMAND = click.Command(
    "master",
    callback=_master,
    params=[
        click.Argument(["file"], type=FILE_PATH, required=True),
        REFERENCE,
        *setting_options(TOOL),
        click.Option(
            ["--for", "places"],
            multiple=True,
            metavar="NAME",
            help="Also make the files of a place, in a folder of its name; may be given again: "
            f"{', '.join(places())}.",
        ),
        click.Option(["--with-guide"], is_flag=True, help="Deliver although a guide is in it."),
        click.Option(["--out"], type=FILE_PATH, required=True, help="Folder to write to."),
        AS_JSON,
    ],
    help=TOOL.run.__doc__,
    short_help=TOOL.summary,
)
