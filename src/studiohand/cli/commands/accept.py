"""`studiohand accept`: accept moves, as proposed or amended."""

from __future__ import annotations

from pathlib import Path

import click

from studiohand.cli import show
from studiohand.cli.from_tool import FILE_PATH


@click.command()
@click.argument("song", type=FILE_PATH)
@click.argument("move_ids", metavar="MOVE...", nargs=-1, required=True)
@click.option("--amount", type=float, metavar="PERCENT", help="How much of it, 0 to 150.")
@click.option(
    "--set",
    "settings",
    multiple=True,
    metavar="NAME=VALUE",
    help="Amend a setting, for example db=-2 or bands.0.hz=300; may be repeated.",
)
def accept(
    song: Path, move_ids: tuple[str, ...], amount: float | None, settings: tuple[str, ...]
) -> None:
    """Accept moves, or a rough mix by its name; they are heard in the next render."""
    from studiohand.run.songs import deciding
    from studiohand.song.folder import open_song

    pairs = [setting.partition("=") for setting in settings]
    if wrong := [name for name, equals, _ in pairs if not equals]:
        raise click.UsageError(f"--set takes NAME=VALUE, not “{wrong[0]}”.")
    chosen = deciding.accept(
        open_song(song), move_ids, amount, {name: value for name, _, value in pairs}
    )
    for move_id, move in chosen:
        show.line(f"Accepted {move_id} at {move.amount_percent:g} %: {move.text}")


COMMAND = accept
