"""All or nothing: files are written aside, synced and renamed."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from glob import escape
from pathlib import Path

from studiohand.core.errors import CannotWrite

PART_SUFFIX = ".part"
_LONGEST_NAME = 255
"""Bytes; what the usual file systems allow."""


@contextmanager
def writing(path: Path) -> Iterator[Path]:
    """Yield a path to write to; on success it becomes `path`, on failure nothing is left.

    Raises
    ------
    CannotWrite
        The folder is missing or read-only, or the disk is full.
    """
    part = beside(path, f".{os.getpid()}{PART_SUFFIX}")
    try:
        yield part
        sync(part)
        part.replace(path)
        sync_folder(path.parent)
    except OSError as error:
        raise CannotWrite(
            f"“{path.name}” could not be written: {_reason(error)}.",
            untouched="No file was changed and nothing half-written is left.",
            todo="Free some space or choose another folder, then try again.",
        ) from error
    finally:
        with suppress(OSError):
            part.unlink(missing_ok=True)


def beside(path: Path, suffix: str) -> Path:
    """The file's own name and a suffix; a very long name is cut to leave room for it."""
    room = _LONGEST_NAME - len(suffix.encode())
    name = os.fsencode(path.name)
    kept = path.name if len(name) <= room else name[:room].decode(errors="ignore")
    return path.with_name(kept + suffix)


def write_bytes(path: Path, content: bytes) -> None:
    """Write a small file, all or nothing."""
    with writing(path) as part:
        part.write_bytes(content)


def sync(path: Path) -> None:
    """Force a file's content to the disk."""
    with path.open("rb+") as file:
        os.fsync(file.fileno())


def sync_folder(path: Path) -> None:
    """Force a folder's entries to the disk, where the system can."""
    if os.name != "posix":
        return
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def sweep(folder: Path) -> None:
    """Remove what killed processes left half-written in a folder and below."""
    for part in folder.rglob(f"*{PART_SUFFIX}"):
        _drop_abandoned(part)


def sweep_file(path: Path) -> None:
    """Remove what killed processes left half-written of one file."""
    for part in path.parent.glob(f"{escape(path.name)}.*{PART_SUFFIX}"):
        _drop_abandoned(part)


def _drop_abandoned(part: Path) -> None:
    pid = part.name.removesuffix(PART_SUFFIX).rpartition(".")[2]
    if not (pid.isdigit() and _runs(int(pid))):
        with suppress(OSError):
            part.unlink()


def _runs(pid: int) -> bool:
    """Whether a process of that number lives; where that cannot be asked, assume it does."""
    if os.name != "posix":
        return True
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True


def _reason(error: OSError) -> str:
    known = {
        errno.ENOSPC: "the disk is full",
        errno.EACCES: "the folder does not allow it",
        errno.EPERM: "the folder does not allow it",
        errno.EROFS: "the folder is read-only",
        errno.ENOENT: "the folder does not exist",
        errno.ENAMETOOLONG: "the name is too long",
    }
    return known.get(error.errno or 0, error.strerror or str(error))
