"""Everything a finished master leaves with: places, codecs, playback facts, report, checksums."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from studiohand.core.audio import Source
from studiohand.core.effect import JsonValue
from studiohand.core.job import Job
from studiohand.io.metadata import Metadata
from studiohand.run.delivery import Title, deliver, write_checksums
from studiohand.run.preview import CEILING_DBTP, preview
from studiohand.run.report import Contents, write_report
from studiohand.run.services import places_named, services

REPORT = "report.html"


def hand_over(
    job: Job,
    master: Source,
    out: Path,
    names: Sequence[str],
    *,
    before: Source | None = None,
    title: Title | None = None,
    moves: Sequence[str] = (),
    metadata: Metadata | None = None,
    ceiling_dbtp: float = CEILING_DBTP,
) -> dict[str, JsonValue]:
    """Write a folder for each place, ``report.html`` and ``checksums.txt``.

    Parameters
    ----------
    master : Source
        Best as rendered, before any rounding; must survive being sent to another process.
    out : Path
    names : sequence of str
        Of `services.places`; may be empty for the report alone.
    before : Source or None
        The mix, for the level-matched comparison.
    title : Title or None
    moves : sequence of str
        What was done, one sentence each.
    metadata : Metadata or None
        For the files that take it; the title's tags by default.
    ceiling_dbtp : float
        What peaks after the codecs are held against.

    Returns
    -------
    dict
        ``places`` (see `delivery.deliver`), ``codecs`` (see `preview.preview`), ``playback`` (see
        `services.playback`), ``numbers`` (see `report.write_report`), ``report``, ``checksums``.

    Raises
    ------
    BadSetting
        A place is unknown; nothing is written.
    CannotRead, CannotWrite, MissingPart, Cancelled
    """
    title = title or Title()
    known = [services()[p.name] for p in places_named(names) if p.name in services()]
    places = deliver(job, master, out, names, title, metadata)
    codecs = [codec for service in known for codec in service.codecs]
    heard = preview(job, master, codecs, ceiling_dbtp) if codecs else []
    contents = Contents(_heading(title), moves, heard, places)
    numbers = write_report(job, out / REPORT, master, before, contents)
    sums = write_checksums(out)
    return {
        "places": places,
        "codecs": heard,
        "playback": numbers.pop("playback"),
        "numbers": numbers,
        "report": str(out / REPORT),
        "checksums": str(sums),
    }


def _heading(title: Title) -> str:
    words = [word for word in (title.artist, title.title) if word]
    return f"{' - '.join(words) or title.version}: report"
