"""The ledger: an append-only, hash-chained file of canonical JSON lines.

Each line holds `seq, time, who, kind, body, prev, hash`; `hash` is the SHA-256 of the line
without it, `prev` the hash of the line before. Lines are canonical JSON (RFC 8785 for the values
used here: sorted keys, no spaces, shortest floats).
"""

from __future__ import annotations

import getpass
import hashlib
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from filelock import FileLock, Timeout

from studiohand.core.effect import JsonValue
from studiohand.core.errors import Busy, CannotWrite, Corrupt

GENESIS = "0" * 64
_LOCK_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the ledger.

    Parameters
    ----------
    seq : int
        Line number, from 1.
    time : str
        UTC, ISO 8601.
    who : str
        Login name of the person, or what they call themselves.
    kind : str
        ``"created"``, ``"added"``, ``"listened"``, ``"decided"``, ``"undone"``, ``"rendered"``…
    body : mapping
    prev, hash : str
        Hex SHA-256 of the line before, and of this one.
    """

    seq: int
    time: str
    who: str
    kind: str
    body: Mapping[str, JsonValue]
    prev: str
    hash: str


def canonical(value: JsonValue) -> str:
    """Canonical JSON text of a value; refuses NaN and infinity."""
    return json.dumps(
        value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False
    )


class Ledger:
    """The ledger of one song.

    Parameters
    ----------
    path : Path
        ``ledger.jsonl``.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    @contextmanager
    def lock(self) -> Iterator[None]:
        """Hold the song for writing; others wait, and give up after ten seconds.

        Raises
        ------
        Busy, CannotWrite
        """
        lock = FileLock(self.path.with_name(".lock"))
        try:
            lock.acquire(timeout=_LOCK_SECONDS)
        except Timeout as error:
            raise Busy(
                f"Another program is writing to “{self.path.parent.name}”.",
                todo="Wait until it is done, or close it.",
            ) from error
        except OSError as error:
            raise self._cannot_write() from error
        try:
            yield
        finally:
            lock.release()

    def entries(self) -> list[Entry]:
        """All lines, checked.

        Raises
        ------
        Corrupt
            A line was changed, removed or put in.
        """
        checked: list[Entry] = []
        prev = GENESIS
        for number, line in enumerate(self._whole_lines(), start=1):
            entry = self._check(line, number, prev)
            checked.append(entry)
            prev = entry.hash
        return checked

    def append(self, kind: str, body: Mapping[str, JsonValue]) -> Entry:
        """Add a line, synced to disk; the caller holds the lock.

        Raises
        ------
        CannotWrite, Corrupt
        """
        entries = self.entries()
        content = {
            "seq": len(entries) + 1,
            "time": datetime.now(UTC).isoformat(timespec="milliseconds"),
            "who": os.environ.get("STUDIOHAND_WHO") or getpass.getuser(),
            "kind": kind,
            "body": dict(body),
            "prev": entries[-1].hash if entries else GENESIS,
        }
        line = canonical({**content, "hash": _hash(content)})
        try:
            self._drop_torn_tail()
            with self.path.open("ab") as file:
                file.write(line.encode() + b"\n")
                file.flush()
                os.fsync(file.fileno())
        except OSError as error:
            raise self._cannot_write() from error
        return Entry(**json.loads(line))

    def _cannot_write(self) -> CannotWrite:
        return CannotWrite(
            f"The ledger of “{self.path.parent.name}” cannot be written.",
            untouched="The song is as it was.",
            todo="Check that the folder can be written to and that the disk has space.",
        )

    def _whole_lines(self) -> list[bytes]:
        """Every line that was written to its end; a kill can leave one torn at the end."""
        if not self.path.exists():
            return []
        return self.path.read_bytes().split(b"\n")[:-1]

    def _drop_torn_tail(self) -> None:
        if not self.path.exists():
            return
        whole = sum(len(line) + 1 for line in self._whole_lines())
        if self.path.stat().st_size != whole:
            os.truncate(self.path, whole)

    def _check(self, line: bytes, number: int, prev: str) -> Entry:
        try:
            data = json.loads(line)
            content = {name: value for name, value in data.items() if name != "hash"}
            entry = Entry(**data)
            good = (
                entry.hash == _hash(content)
                and entry.prev == prev
                and entry.seq == number
                and canonical(data).encode() == line
            )
        except (ValueError, TypeError, AttributeError):
            good = False
        if not good:
            raise Corrupt(
                f"Line {number} of “{self.path.parent.name}/{self.path.name}” was altered.",
                untouched="The audio in originals/ is not affected.",
                todo="Put the ledger back from a backup, or make a new song from originals/.",
            )
        return entry


def _hash(content: Mapping[str, JsonValue]) -> str:
    return hashlib.sha256(canonical(content).encode()).hexdigest()
