"""Where results are written to: folders that are made, and files that must be spared."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from studiohand.core.errors import BadSetting, CannotWrite


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


@contextmanager
def whole(folder: Path) -> Iterator[None]:
    """A new folder stays with all that belongs in it, or goes when that cannot be finished."""
    try:
        yield
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise


def spare(originals: Iterable[Path], written: Iterable[Path]) -> None:
    """Refuse to write over a file that is read, under whatever name it is reached.

    Raises
    ------
    BadSetting
    """
    kept = {_identity(path) for path in originals} - {None}
    for path in written:
        if _identity(path) in kept:
            raise would_replace(path)


def would_replace(path: Path) -> BadSetting:
    """The error of a result that would take the place of an original."""
    return BadSetting(
        f"“{path.name}” would replace the original.",
        untouched="The original was not touched.",
        todo="Choose another place for the result.",
    )


def _identity(path: Path) -> tuple[int, int] | None:
    """What tells a file from all others; None where there is none."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino
