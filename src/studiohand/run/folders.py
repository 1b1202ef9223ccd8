"""Folders that results are written to."""

from __future__ import annotations

from pathlib import Path

from studiohand.core.errors import CannotWrite


def make_folder(path: Path) -> None:
    """Make a folder and those above it.

    Raises
    ------
    CannotWrite
    """
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise CannotWrite(
            f"The folder “{path.name}” cannot be made: {error.strerror or error}.",
            todo="Choose a folder that can be written to.",
        ) from error
