"""`studiohand credentials`: what the Content Credentials of any file say."""

from __future__ import annotations

from pathlib import Path

import click

from studiohand.cli import show
from studiohand.cli.from_tool import FILE_PATH


@click.command()
@click.argument("file", type=FILE_PATH)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
@click.pass_context
def credentials(context: click.Context, file: Path, as_json: bool) -> None:
    """Read and check the C2PA manifest in a file or in its sidecar."""
    from studiohand.rights.credentials import read

    found = read(file)
    if as_json:
        show.json_document(
            None
            if found is None
            else {
                "state": found.state,
                "problems": list(found.problems),
                "maker": found.maker,
                "generated": found.generated,
                "manifest": dict(found.manifest),
            }
        )
    elif found is None:
        show.line(f"“{file.name}” has no Content Credentials.")
    else:
        made = "names a generative source" if found.generated else "names no generative source"
        show.line(f"“{file.name}”: {found.state}; made with {found.maker}; {made}.")
        for problem in found.problems:
            show.line(f"Fault: {problem}")
    if found is not None and found.state == "invalid":
        context.exit(1)


COMMAND = credentials
