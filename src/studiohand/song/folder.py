"""The song folder: originals that are never written, takes, and the ledger that ties them."""

from __future__ import annotations

import hashlib
import os
import shutil
import stat
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import tomli_w

from studiohand.core.audio import Intent
from studiohand.core.effect import JsonValue
from studiohand.core.errors import BadSetting, CannotRead, CannotWrite, Corrupt
from studiohand.io.atomic import sweep, write_bytes, writing
from studiohand.song.ledger import Entry, Ledger
from studiohand.song.notes import written_intents

ORIGINALS, TAKES, CACHE, SETTINGS = "originals", "takes", ".cache", "song.toml"


@dataclass(frozen=True, slots=True)
class Asset:
    """An original of the song.

    Parameters
    ----------
    name : str
        Unique in the song; the file name without its extension.
    part : str
        ``"stem"``, ``"mix"`` or ``"reference"``.
    file : str
        Name inside ``originals/``.
    sha256 : str
    role : str
        A `Role` value.
    """

    name: str
    part: str
    file: str
    sha256: str
    role: str


@dataclass(frozen=True, slots=True)
class Addition:
    """A file about to become an original."""

    path: Path
    name: str
    part: str
    role: str


class Song:
    """An opened song folder.

    Parameters
    ----------
    root : Path

    Raises
    ------
    CannotRead
        There is no song there.
    """

    def __init__(self, root: Path) -> None:
        if not (root / SETTINGS).is_file():
            raise CannotRead(
                f"“{root.name or root}” is not a song.",
                todo="Make one with `studiohand new SONG --stems FOLDER`.",
            )
        self.root = root
        self.ledger = Ledger(root / "ledger.jsonl")

    @property
    def settings(self) -> dict[str, JsonValue]:
        """What ``song.toml`` says.

        Raises
        ------
        CannotRead
            A person's edit left it unreadable.
        """
        try:
            return tomllib.loads((self.root / SETTINGS).read_text("utf-8"))
        except (tomllib.TOMLDecodeError, UnicodeDecodeError, OSError) as error:
            raise CannotRead(
                f"song.toml of “{self.root.name}” cannot be read: {error}.",
                todo="Correct that line.",
            ) from error

    @property
    def title(self) -> str:
        return str(self.settings.get("title", self.root.name))

    @property
    def rate(self) -> int:
        """Sample rate of the song in Hz."""
        try:
            return int(self.settings["rate"])
        except (KeyError, TypeError, ValueError) as error:
            raise CannotRead(
                f"song.toml of “{self.root.name}” gives no sample rate.",
                todo="Add a line such as `rate = 48000`.",
            ) from error

    @property
    def intents(self) -> tuple[Intent, ...]:
        """The producer's own words: those in ``song.toml``, then those written in the ledger."""
        return (*self.typed_intents, *written_intents(self.ledger.entries()).values())

    @property
    def typed_intents(self) -> tuple[Intent, ...]:
        """The intents in ``song.toml``."""
        try:
            return tuple(
                Intent(**{**row, "stems": tuple(row.get("stems", ()))})
                for row in self.settings.get("intents", ())
            )
        except (TypeError, AttributeError) as error:
            raise CannotRead(
                f"An intent in song.toml of “{self.root.name}” does not fit: {error}.",
                todo="An intent has words, start_s, end_s, stems, blend, locked.",
            ) from error

    def assets(self, part: str | None = None) -> list[Asset]:
        """Originals in the order they were added, all or of one part."""
        rows = [Asset(**e.body) for e in self.ledger.entries() if e.kind == "added"]
        return [asset for asset in rows if part in (None, asset.part)]

    def path(self, asset: Asset) -> Path:
        """Where an original lies."""
        return self.root / ORIGINALS / asset.file

    def next_take(self) -> Path:
        """Folder for the next take."""
        taken = [int(p.name) for p in (self.root / TAKES).glob("*") if p.name.isdigit()]
        return self.root / TAKES / f"{max(taken, default=0) + 1:04d}"

    def record(self, kind: str, body: Mapping[str, JsonValue]) -> Entry:
        """Add one line to the ledger."""
        with self.ledger.lock():
            return self.ledger.append(kind, body)

    def verify(self) -> list[str]:
        """Check the chain and every hash it names.

        Returns
        -------
        list of str
            What was checked, one line each.

        Raises
        ------
        Corrupt
            A line, an original or a take is not what the ledger says.
        """
        entries = self.ledger.entries()
        if not entries:
            raise Corrupt(
                f"The ledger of “{self.root.name}” is missing.", todo="Put it back from a backup."
            )
        assets = self.assets()
        for asset in assets:
            _expect(self.path(asset), asset.sha256, f"The original “{asset.file}”")
        files = sum(_check_files(self.root, entry) for entry in entries)
        return [
            f"ledger: {len(entries)} lines, chain unbroken",
            f"originals: {len(assets)} files, as added",
            f"takes and deliveries: {files} files, as written",
        ]


def create(root: Path, additions: Sequence[Addition], rate: int, title: str, artist: str) -> Song:
    """Make a song folder: copy the originals, hash them, begin the ledger.

    All or nothing: the folder is built aside and renamed at the end.

    Raises
    ------
    BadSetting
        The folder exists already.
    CannotRead, CannotWrite
    """
    if root.exists() and (not root.is_dir() or any(root.iterdir())):
        raise BadSetting(
            f"“{root.name}” exists already.", todo="Choose another name, or remove it yourself."
        )
    aside = root.with_name(f".{root.name[:60]}.{os.getpid()}.new")
    try:
        (aside / ORIGINALS).mkdir(parents=True)
        (aside / TAKES).mkdir()
        settings = {"schema": 1, "title": title, "artist": artist, "rate": rate}
        write_bytes(aside / SETTINGS, tomli_w.dumps(settings).encode())
        song = Song(aside)
        song.record("created", {"title": title, "artist": artist, "rate": rate})
        for addition in additions:
            song.record("added", _copied(song, addition))
        if root.exists():
            root.rmdir()
        aside.rename(root)
    except OSError as error:
        raise CannotWrite(
            f"“{root.name}” could not be made: {error.strerror or error}.",
            untouched="Your files are as they were and nothing half-made is left.",
            todo="Choose a folder that can be written to and has space.",
        ) from error
    finally:
        shutil.rmtree(aside, ignore_errors=True)
    return Song(root)


def is_song(path: Path) -> bool:
    """Whether a path is a song folder."""
    return (path / SETTINGS).is_file()


def add(song: Song, addition: Addition) -> None:
    """Copy one more original into a song and note it in the ledger.

    Raises
    ------
    CannotRead, CannotWrite
    """
    try:
        with song.ledger.lock():
            song.ledger.append("added", _copied(song, addition))
    except OSError as error:
        raise CannotWrite(
            f"“{addition.name}” could not be added to “{song.root.name}”: "
            f"{error.strerror or error}.",
            todo="See that the song's folder can be written to and has space.",
        ) from error


def open_song(root: Path) -> Song:
    """Open a song and clear away what a killed process left half-written."""
    song = Song(root)
    if os.access(root, os.W_OK):
        with song.ledger.lock():
            sweep(root)
    return song


def sha256_of(path: Path) -> str:
    """Hex SHA-256 of a file, read in pieces."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def unique_name(name: str, taken: Sequence[str]) -> str:
    """`name`, or `name (2)` and so on where it is taken."""
    known = {other.casefold() for other in taken}
    candidate, number = name, 2
    while candidate.casefold() in known:
        candidate, number = f"{name} ({number})", number + 1
    return candidate


def _copied(song: Song, addition: Addition) -> dict[str, JsonValue]:
    """Copy a file into the originals; what the ledger says of it."""
    suffix = addition.path.suffix
    folder = song.root / ORIGINALS
    taken = [path.stem for path in folder.iterdir()]
    target = folder / f"{unique_name(_fitting(addition.name, suffix), taken)}{suffix}"
    try:
        with writing(target) as part:
            shutil.copyfile(addition.path, part)
    except FileNotFoundError as error:
        raise CannotRead(f"“{addition.path.name}” is not there any more.") from error
    target.chmod(stat.S_IRUSR | stat.S_IRGRP | stat.S_IROTH)
    return {
        "name": addition.name,
        "part": addition.part,
        "file": target.name,
        "sha256": sha256_of(target),
        "role": addition.role,
    }


def _fitting(name: str, suffix: str) -> str:
    """Cut a name so that it fits 255 bytes with its suffix and our own."""
    return name.encode()[: 180 - len(suffix.encode())].decode(errors="ignore")


def _check_files(root: Path, entry: Entry) -> int:
    """Check what a line says was written into the song; what was removed since is no fault."""
    if entry.kind not in ("rendered", "delivered"):
        return 0
    within = f"{TAKES}/{entry.body['take']}" if entry.kind == "rendered" else entry.body["folder"]
    folder = root / str(within)
    present = {name: sha for name, sha in entry.body["files"].items() if (folder / name).exists()}
    for name, sha in present.items():
        _expect(folder / name, sha, f"The file “{folder.name}/{name}”")
    return len(present)


def _expect(path: Path, sha256: str, what: str) -> None:
    if not path.is_file():
        raise Corrupt(f"{what} is missing.", todo="Put it back from a backup.")
    if sha256_of(path) != sha256:
        raise Corrupt(f"{what} was altered.", todo="Put it back from a backup.")
