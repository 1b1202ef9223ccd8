"""Many files into another kind: names, dry run, resume, all cores; one bad file stops nothing."""

from __future__ import annotations

import string
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, replace
from multiprocessing import active_children, get_context
from pathlib import Path

from studiohand.core.effect import JsonValue
from studiohand.core.errors import BadSetting, CannotRead, CannotWrite, StudiohandError
from studiohand.core.job import Job
from studiohand.io.atomic import sweep, write_bytes
from studiohand.io.formats import Target
from studiohand.io.inspect import as_text, shown
from studiohand.run.files.certificates import text_of
from studiohand.run.files.conversion import TPDF, Order, convert, plan
from studiohand.run.files.folders import make_folder

CERTIFICATES = "certificates"
"""Folder of the certificates inside the folder converted to."""
TEXT = "certificate.txt"
_FIELDS = {"name", "target", "rate", "number", "folder"}
_PATIENCE_S = 1.0
"""How long an ended worker is waited for before what it left is swept."""
_LONGEST_NAME = 240
"""Bytes of a file name, its suffix left out."""


@dataclass(frozen=True, slots=True)
class Batch:
    """What to convert, to what and where.

    Parameters
    ----------
    paths : tuple of Path
        Files and folders; folders keep their shape.
    out : Path
    target : Target
    rate : int or None
        Hz; None keeps each file's own.
    name : str
        Pattern for names: ``{name}``, ``{number}``, ``{target}``, ``{rate}``, ``{folder}``.
    overwrite, dry_run : bool
    dither : str
        See `conversion.Order`.
    """

    paths: tuple[Path, ...]
    out: Path
    target: Target
    rate: int | None = None
    name: str = "{name}"
    overwrite: bool = False
    dry_run: bool = False
    dither: str = TPDF


def convert_all(job: Job, batch: Batch) -> list[dict[str, JsonValue]]:
    """One certificate a file, in order; a file that failed holds its ``error``.

    Raises
    ------
    BadSetting
        The pattern is unknown, or there is nothing to convert.
    CannotWrite
        The folder cannot be made.
    Cancelled
    """
    orders = _orders(batch)
    if not orders:
        raise BadSetting("There is no audio file to convert.", todo="Name files or folders.")
    if batch.dry_run:
        return [tried(order, dry_run=True) for order in orders]
    for folder in {order.out.parent for order in orders} | {o.record.parent for o in orders}:
        make_folder(folder)
    sweep(batch.out)
    try:
        certificates = _mapped(job, orders)
    except BaseException:  # stopped: workers were ended in the middle of a file
        for worker in active_children():
            worker.join(_PATIENCE_S)
        sweep(batch.out)
        raise
    try:
        write_bytes(batch.out / TEXT, text_of(certificates).encode())
    except CannotWrite as error:  # what was converted is still told
        certificates.append(_failed(batch.out / TEXT, batch.target, str(error)))
    return certificates


def _mapped(job: Job, orders: Sequence[Order]) -> list[dict[str, JsonValue]]:
    """All orders on all cores; if one kills its process, each gets a process of its own."""
    if len(orders) == 1:
        return [tried(orders[0])]
    try:
        return job.map(tried, orders, "convert")
    except StudiohandError:
        return one_by_one(job, tried, orders)


def one_by_one(
    job: Job, function: Callable[[Order], dict[str, JsonValue]], orders: Sequence[Order]
) -> list[dict[str, JsonValue]]:
    """Each order in a process of its own, so that one that crashes there stops nothing."""
    certificates = []
    for number, order in enumerate(orders):
        job.progress("convert", number / len(orders))
        with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
            try:
                certificates.append(pool.submit(function, order).result())
            except BrokenProcessPool:
                what = f"{shown(order.source)} made its decoder or encoder crash."
                told = CannotRead(what, todo="Export it again, or leave it out.")
                certificates.append(_failed(order.source, order.target, str(told)))
    return certificates


def tried(order: Order, *, dry_run: bool = False) -> dict[str, JsonValue]:
    """The certificate of an order, or what stood in its way."""
    try:
        return plan(order) if dry_run else convert(order)
    except StudiohandError as error:
        return _failed(order.source, order.target, str(error))
    except OSError as error:
        told = CannotWrite(f"The disk does not answer as it should: {error.strerror or error}.")
        return _failed(order.source, order.target, str(told))


def _failed(path: Path, target: Target, error: str) -> dict[str, JsonValue]:
    return {
        "file": as_text(path),
        "out": None,
        "state": "failed",
        "target": target.name,
        "error": error,
    }


def _orders(batch: Batch) -> list[Order]:
    files = [(file, folder) for path in batch.paths for file, folder in _files(path)]
    taken: set[Path] = set()
    orders = []
    for number, (file, folder) in enumerate(files, start=1):
        stem = _named(batch, file, number)
        out = _free(batch.out / folder / f"{stem}{batch.target.suffix}", taken)
        record = batch.out / CERTIFICATES / folder / f"{out.name}.json"
        order = Order(file, out, record, batch.target, batch.rate, batch.overwrite)
        orders.append(replace(order, dither=batch.dither))
    return orders


def _files(path: Path) -> list[tuple[Path, Path]]:
    """Files of a path, each with its folder inside it."""
    if not path.is_dir():
        return [(path, Path())]
    from studiohand.run.songs.collect import (
        audio_files,  # knows songs, which one file does not need
    )

    return [(file, file.parent.relative_to(path)) for file in audio_files(path)]


def _named(batch: Batch, file: Path, number: int) -> str:
    asked = {field for _, field, _, _ in string.Formatter().parse(batch.name) if field is not None}
    if unknown := sorted(asked - _FIELDS):
        raise BadSetting(
            f"“{{{unknown[0]}}}” is not known in a name.",
            todo=f"Use: {', '.join(f'{{{name}}}' for name in sorted(_FIELDS))}.",
        )
    name = batch.name.format(
        name=file.stem,
        number=f"{number:02d}",
        target=batch.target.name,
        rate=batch.rate or "",
        folder=file.parent.name,
    )
    if not name.strip() or "/" in name or "\\" in name:
        raise BadSetting(f"“{batch.name}” does not make a file name.")
    return name.encode(errors="surrogateescape")[:_LONGEST_NAME].decode(errors="ignore")


def _free(path: Path, taken: set[Path]) -> Path:
    """The path itself, or with a number where two files of one run would get the same."""
    free, number = path, 2
    while free in taken:
        free = path.with_name(f"{path.stem}-{number}{path.suffix}")
        number += 1
    taken.add(free)
    return free
