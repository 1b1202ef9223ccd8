"""A master for the places it goes to: files, names, checksums, report."""

from __future__ import annotations

import re
import shutil
import tempfile
import unicodedata
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from studiohand.core.audio import Source
from studiohand.core.effect import JsonValue
from studiohand.core.job import Job
from studiohand.io.atomic import write_bytes, writing
from studiohand.io.audiofile import FileSource, create_audio, open_audio
from studiohand.io.formats import Target, target_named
from studiohand.io.metadata import Metadata
from studiohand.rights.marks import write_beside
from studiohand.run.files.conversion import Order, convert
from studiohand.run.files.folders import make_folder
from studiohand.run.release.services import Place, places_named

CHECKSUMS = "checksums.txt"
_LOSSY_RATE = 48_000
"""Hz; the highest rate that players of lossy files can be counted on to take."""
_TITLE_LENGTH = 15


@dataclass(frozen=True, slots=True)
class Title:
    """What a release is called, for names and tags.

    Parameters
    ----------
    title, artist : str
    revision : str
        Initials and number of whoever made the master, for example ``"AB02"``.
    version : str
        ``"Master"``, ``"Instrumental"``...
    """

    title: str = ""
    artist: str = ""
    revision: str = ""
    version: str = "Master"

    def tags(self) -> dict[str, str]:
        """Title and artist, where they are known."""
        said = {"title": self.title, "artist": self.artist}
        return {name: value for name, value in said.items() if value}


@dataclass(frozen=True, slots=True)
class _Item:
    """A file of a place."""

    place: Place
    target: Target
    rate: int
    path: Path


def wing_name(title: Title, rate: int, bits: int, kbps: int = 0) -> str:
    """A file name in the order of the P&E Wing: artist, title, revision, version, rate and depth.

    For example ``JD_NightDrive_AB02_Master_48k24``; what is not known is left out. Artist in
    initials, title without spaces and cut to under 15 characters, plain letters only.

    Parameters
    ----------
    rate : int
        Hz.
    bits : int
        0 for lossy files, which tell `kbps` instead.
    """
    khz = f"{rate / 1000:g}".replace(".", "")
    last = f"{khz}k{bits}" if bits else f"{khz}k_{kbps}kbps"
    words = [_initials(title.artist), _joined(title.title)[: _TITLE_LENGTH - 1]]
    words += [_plain(title.revision), _plain(title.version), last]
    return "_".join(word for word in words if word)


def deliver(
    job: Job,
    master: Source,
    out: Path,
    names: Sequence[str],
    title: Title | None = None,
    metadata: Metadata | None = None,
) -> list[dict[str, JsonValue]]:
    """Write one folder a place, each file read back and certified.

    Best given the render before any rounding (32-bit float or a source in memory), so that each
    file gets its own dither once and last.

    Parameters
    ----------
    master : Source
    out : Path
        Folder in which the places get theirs.
    names : sequence of str
        Of `services.places`.
    title : Title or None
    metadata : Metadata or None
        Tags and markers for the files that take them; the title's tags by default.

    Returns
    -------
    list of dict
        One a place: ``place, title, folder, source, files``; a file has ``file`` (relative to
        `out`), ``kind, rate, bits, sha256, exact, dither, resampled, true_peak_after_dbtp``.

    Raises
    ------
    BadSetting
        A place is unknown.
    CannotWrite, Cancelled
    """
    title = title or Title()
    places = places_named(names)
    items = [item for place in places for item in _items(place, master.rate, out, title)]
    said = metadata or Metadata(title.tags())
    with _as_file(job, master, out) as source, _scratch(out) as folder:
        orders = _orders(items, source, folder, said)
        certificates = job.map(convert, list(orders.values()), "deliver")
        made = dict(zip(orders, certificates, strict=True))
        for item in items:
            make_folder(item.path.parent)
            with writing(item.path) as part:
                shutil.copyfile(orders[_key(item)].out, part)
            if item.target.bare:
                write_beside(item.path, said)
    return [_told(place, [i for i in items if i.place is place], made, out) for place in places]


def write_checksums(out: Path) -> Path:
    """List the SHA-256 of every file of a folder, as ``sha256sum --check`` reads it."""
    import hashlib

    lines = []
    for path in sorted(out.rglob("*")):
        hidden = any(part.startswith(".") for part in path.relative_to(out).parts)
        if path.is_file() and path.name != CHECKSUMS and not hidden:
            with path.open("rb") as file:
                digest = hashlib.file_digest(file, "sha256").hexdigest()
            lines.append(f"{digest}  {path.relative_to(out).as_posix()}\n")
    write_bytes(out / CHECKSUMS, "".join(lines).encode())
    return out / CHECKSUMS


def place_rate(place: Place, rate: int, target: Target) -> int:
    """Hz of a place's file: the master's own unless the place or the codec cannot take it."""
    if place.rate is not None and not target.lossy:
        return place.rate
    highest = place.highest_rate or 1_000_000
    if target.lossy:
        highest = min(highest, _LOSSY_RATE)
    while rate > highest and rate % 2 == 0:
        rate //= 2
    if target.rates and rate not in target.rates:
        return min((r for r in target.rates if r >= rate), default=target.rates[-1])
    return rate


def _items(place: Place, rate: int, out: Path, title: Title) -> Iterator[_Item]:
    for kind in place.files:
        target = target_named(kind)
        new_rate = place_rate(place, rate, target)
        name = wing_name(title, new_rate, target.bits, target.kbps)
        yield _Item(place, target, new_rate, out / place.name / f"{name}{target.suffix}")


def _key(item: _Item) -> tuple[str, int]:
    return item.target.name, item.rate


def _orders(
    items: Sequence[_Item], source: FileSource, folder: Path, metadata: Metadata
) -> dict[tuple[str, int], Order]:
    """What to make, each kind and rate once however many places want it."""
    orders = {}
    for item in items:
        path = folder / f"{item.target.name}-{item.rate}{item.target.suffix}"
        orders[_key(item)] = Order(
            source.path, path, path.with_suffix(".json"), item.target, item.rate, False, metadata
        )
    return orders


def _told(
    place: Place,
    items: Sequence[_Item],
    made: dict[tuple[str, int], dict[str, JsonValue]],
    out: Path,
) -> dict[str, JsonValue]:
    kept = ("exact", "dither", "resampled", "clipped_samples", "null_rms_dbfs",
            "true_peak_before_dbtp", "true_peak_after_dbtp")  # fmt: skip
    files = []
    for item in items:
        certificate = made[_key(item)]
        files.append(
            {
                "file": item.path.relative_to(out).as_posix(),
                "kind": item.target.name,
                "rate": item.rate,
                "bits": item.target.bits or None,
                "kbps": item.target.kbps or None,
                "sha256": certificate["result"]["sha256"],
                "samples_sha256": certificate["samples_sha256_after"],
            }
            | {name: certificate[name] for name in kept}
        )
    return {
        "place": place.name,
        "title": place.title,
        "folder": place.name,
        "source": place.source,
        "files": files,
    }


@contextmanager
def _as_file(job: Job, master: Source, out: Path) -> Iterator[FileSource]:
    """The master as a file: itself where it is one, else written aside as 32-bit float."""
    if isinstance(master, FileSource):
        yield master
        return
    with _scratch(out) as folder:
        path = folder / "render.wav"
        with create_audio(path, master.rate, master.channels) as sink:
            for block in job.read(master, "render"):
                sink.write(block)
        yield open_audio(path)


@contextmanager
def _scratch(out: Path) -> Iterator[Path]:
    """A folder beside the delivered files that goes away."""
    make_folder(out)
    with tempfile.TemporaryDirectory(prefix=".delivery-", dir=out) as folder:
        yield Path(folder)


def _initials(artist: str) -> str:
    words = [word for word in re.split(r"[\s_\-]+", _letters(artist)) if word]
    return "".join(word[0].upper() for word in words)


def _joined(title: str) -> str:
    words = [word for word in re.split(r"[\s_\-]+", _letters(title)) if word]
    return "".join(word[0].upper() + word[1:] for word in words)


def _plain(word: str) -> str:
    return re.sub(r"[^A-Za-z0-9]", "", _letters(word))


def _letters(text: str) -> str:
    """Text in plain letters: accents fall off, other signs go."""
    split = unicodedata.normalize("NFKD", text)
    return re.sub(r"[^A-Za-z0-9\s_\-]", "", split.encode("ascii", "ignore").decode())
