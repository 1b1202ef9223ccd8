"""Mastering a file: the master, and a version for each place that survives its codec."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

from studiohand.core.audio import Block, Source, Track
from studiohand.core.effect import JsonValue
from studiohand.core.job import Job
from studiohand.core.outcome import Finding, Outcome, Severity
from studiohand.dsp.dither import Quantiser, fits
from studiohand.dsp.effects.chain import ProcessedSource, unfolded
from studiohand.dsp.effects.limiter import Limiter
from studiohand.dsp.effects.simple import Gain
from studiohand.dsp.filters.resample import ResampledSource
from studiohand.dsp.landing.land import land
from studiohand.io.atomic import writing
from studiohand.io.audiofile import open_audio
from studiohand.io.formats import Target, target_named
from studiohand.io.metadata import Metadata
from studiohand.io.write import TargetSink, create_target
from studiohand.rights.marks import carried
from studiohand.run.files.folders import make_folder, spare, whole
from studiohand.run.release.delivery import Title, deliver, place_rate, write_checksums
from studiohand.run.release.preview import preview
from studiohand.run.release.services import Place, places_named, playback, services
from studiohand.run.report.write import Contents, write_report
from studiohand.run.songs.guarding import guarded
from studiohand.run.songs.material import file_material
from studiohand.tools.master import NAME, MasterSettings, master, through

MASTER = "master"
REPORT = "report.html"
CODEC_MARGIN_DB, CODEC_SLOPE = 0.05, 0.8
"""Taken off beyond the measured overshoot, and by how much the peaks after a codec fall for each dB
that those before it are held lower: a sound that is limited more is coded differently."""
MOST_TRIES = 4


@dataclass(frozen=True, slots=True)
class _Version:
    """A master for one place, rendered.

    Parameters
    ----------
    sound : Source
        The sound before dither.
    lufs : float or None
    ceiling_dbtp : float
        What the limiter was set to.
    peak_dbtp : float
        True peak, which may be lower.
    peaks : dict of str to float
        True peak after each codec.
    """

    sound: Source
    lufs: float | None
    ceiling_dbtp: float
    peak_dbtp: float
    peaks: dict[str, float]


@dataclass(frozen=True, slots=True)
class _Session:
    """What all versions of one master share.

    Parameters
    ----------
    track : Track
        The mix.
    outcome : Outcome
    settings : MasterSettings
    metadata : Metadata
    title : Title
        What the files of the places are called.
    out, scratch : Path
        Folder of the master; folder for sounds on the way, removed at the end.
    """

    job: Job
    track: Track
    outcome: Outcome
    settings: MasterSettings
    metadata: Metadata
    title: Title
    out: Path
    scratch: Path


class _Tried:
    """Keeps what the tool tries while it is measured: the last of it is not made again.

    Parameters
    ----------
    path : Path
        Where; each try takes the place of the one before.
    target : Target
    metadata : Metadata
    seed : int
        Of the dither.
    """

    def __init__(self, path: Path, target: Target, metadata: Metadata, seed: int) -> None:
        self.path, self._target, self._metadata, self._seed = path, target, metadata, seed
        self._kept: object = None

    def __call__(self, source: Source, blocks: Iterator[Block]) -> Iterator[Block]:
        self._kept = None
        made = unfolded(source)
        if not made[1]:
            yield from blocks
            return
        bits = self._target.bits
        quantiser = None if self._target.floating else Quantiser(bits, dither=True, seed=self._seed)
        shape = source.rate, source.channels, bits
        with create_target(self.path, self._target, *shape, self._metadata) as sink:
            for block in blocks:
                _put(sink, block, quantiser)
                yield block
        self._kept = made

    def holds(self, sound: Source) -> bool:
        """Whether the last try was this very sound."""
        return self._kept == unfolded(sound)


def master_file(
    file: Path,
    references: Sequence[Path],
    settings: MasterSettings,
    names: Sequence[str],
    out: Path,
    job: Job,
) -> dict[str, JsonValue]:
    """Write ``OUT/master.wav`` and ``OUT/PLACE/...``; return what was found and done.

    The master has the source's rate and 24 bits, dithered once (TPDF) unless nothing is changed
    and the samples fit already; then it holds the same samples.

    Raises
    ------
    BadSetting, CannotRead, CannotWrite, MissingPart, Cancelled
    """
    places = places_named(names)
    material = file_material(file, references)
    if material.file is None:
        raise TypeError("mastering needs a file")
    written = out / f"{MASTER}.wav"
    spare([file, *references], [written])
    tags = carried(file)
    # Broadcast chunks are left behind: they may state the loudness of the mix.
    metadata = Metadata(tags=tags.tags, markers=tags.markers)
    new = not out.exists()
    make_folder(out)
    with whole(out) if new else nullcontext(), TemporaryDirectory(prefix=".", dir=out) as scratch:
        target = target_named("wav32f" if places else "wav24")
        tried = _Tried(Path(scratch) / "tried.wav", target, metadata, job.seed)
        outcome = master.run(replace(job, trying=tried), material, settings)
        outcome = guarded(outcome, material, None, job)
        session = _Session(
            job, material.file, outcome, settings, metadata, _title(tags, file), out, Path(scratch)
        )
        sound = through(material.file.source, outcome.moves)
        known = tried.holds(sound)
        if places and outcome.moves:
            sound = open_audio(tried.path) if known else _rendered(session, sound, "plain")
        if known and not places:
            with writing(written) as part:
                tried.path.replace(part)
        else:
            _write(session, sound, written, target_named("wav24"), metadata)
        findings, rows = list(outcome.findings), []
        for place in places:
            row, told = _deliver(session, place, sound)
            findings += told
            rows.append(row)
        if places:
            _report(session, written, rows)
    if places:
        write_checksums(out)
    return {
        "file": str(file),
        "out": str(written),
        "report": str(out / REPORT) if places else None,
        "findings": [finding.to_json() for finding in findings],
        "moves": [move.to_json() for move in outcome.moves],
        "facts": dict(outcome.facts),
        "places": rows,
    }


def _deliver(
    session: _Session, place: Place, sound: Source
) -> tuple[dict[str, JsonValue], list[Finding]]:
    """Write a place's folder; its row of the report, and what its codecs do."""
    ceiling, lufs = session.settings.ceiling, _levels_of(session.outcome)["integrated_lufs"]
    if _rate_of(place, sound.rate) == sound.rate:
        peak = _levels_of(session.outcome)["true_peak_dbtp"] or ceiling
        plain = _Version(sound, lufs, ceiling, peak, _codec_peaks(session, sound, place))
    else:
        plain = _again(session, place, lufs, ceiling)
    version = plain
    for _ in range(MOST_TRIES):
        over_db = max(version.peaks.values(), default=-200.0) - ceiling
        if over_db <= 0.0:
            break
        lower_db = (over_db + CODEC_MARGIN_DB) / CODEC_SLOPE
        top = min(version.ceiling_dbtp, version.peak_dbtp)
        version = _again(session, place, lufs, top - lower_db)
    (made,) = deliver(
        session.job, version.sound, session.out, [place.name], session.title, session.metadata
    )
    service = services().get(place.name)
    peak = session.outcome.facts.get("after", {}).get("true_peak_dbtp")
    row: dict[str, JsonValue] = {
        "name": place.name,
        "title": place.title,
        "folder": str(session.out / made["folder"]),
        "files": made["files"],
        "integrated_lufs": None if version.lufs is None else round(version.lufs, 3),
        "ceiling_dbtp": round(version.ceiling_dbtp, 3),
        "codec_peaks_dbtp": version.peaks,
        "playback": playback(service, version.lufs, peak) if service else None,
        "source": place.source,
    }
    return row, _codec_findings(session, place, plain, version)


def _report(session: _Session, written: Path, rows: Sequence[dict[str, JsonValue]]) -> None:
    """Write ``report.html``: mix and master level-matched, what was done, the files."""
    codecs = [
        {"codec": name, "true_peak_after_dbtp": peak, "text": f"the version for {row['title']}"}
        for row in rows
        for name, peak in row["codec_peaks_dbtp"].items()
    ]
    done = [move.text for move in session.outcome.moves]
    contents = Contents(f"{session.title.title}: master", done, codecs, rows)
    mix = session.track.source
    write_report(session.job, session.out / REPORT, open_audio(written), mix, contents)


def _rate_of(place: Place, rate: int) -> int:
    """Hz of a place's lossless files for a master of a rate."""
    rates = [place_rate(place, rate, t) for t in map(target_named, place.files) if not t.lossy]
    return min(rates, default=rate)


def _again(session: _Session, place: Place, lufs: float | None, ceiling: float) -> _Version:
    """The master with another limiter: same moves before it, same loudness, other ceiling."""
    mix = session.track.source
    base = ResampledSource(mix, _rate_of(place, mix.rate))
    shaping = [m for m in session.outcome.moves if not isinstance(m.steps[-1], Limiter | Gain)]
    limit = "limiter" not in session.settings.leave_out
    shaped = through(base, shaping)
    landing = land(session.job, shaped, lufs, ceiling, limit=limit)
    steps = () if landing.step is None else (landing.step,)
    sound = _rendered(session, ProcessedSource(shaped, steps), f"{place.name} {ceiling:.3f}")
    lufs, peak = landing.after.integrated_lufs, landing.after.true_peak_dbtp
    peaks = _codec_peaks(session, sound, place)
    return _Version(sound, lufs, ceiling, ceiling if peak is None else peak, peaks)


def _rendered(session: _Session, source: Source, name: str) -> Source:
    """The source played once into a scratch file (32-bit float)."""
    file = session.scratch / f"{name}.wav"
    _write(session, source, file, target_named("wav32f"), Metadata())
    return open_audio(file)


def _codec_peaks(session: _Session, sound: Source, place: Place) -> dict[str, float]:
    """True peak of the sound after each codec: those its listeners get, those of its files."""
    service = services().get(place.name)
    names = [*(service.codecs if service else ())]
    names += [name for name in place.files if target_named(name).lossy]
    looked = preview(session.job, sound, names, session.settings.ceiling)
    peaks = {look["codec"]: look["true_peak_after_dbtp"] for look in looked}
    return {name: peak for name, peak in peaks.items() if peak is not None}


def _write(
    session: _Session, sound: Source, path: Path, target: Target, metadata: Metadata
) -> None:
    """Write a sound; what is unchanged and fits the word length already stays exact."""
    job, quantiser, bits = session.job, None, target.bits
    if not target.floating:
        same = not session.outcome.moves
        exact = same and all(fits(block, bits) for block in sound.blocks())
        quantiser = Quantiser(bits, dither=not exact, seed=job.seed)
    with create_target(path, target, sound.rate, sound.channels, bits, metadata) as sink:
        for block in job.read(sound, f"write {path.name}"):
            _put(sink, block, quantiser)


def _put(sink: TargetSink, block: Block, quantiser: Quantiser | None) -> None:
    if quantiser is None:
        sink.write(block)
    else:
        sink.write_integers(quantiser.process(block))


def _codec_findings(
    session: _Session, place: Place, plain: _Version, version: _Version
) -> list[Finding]:
    """One finding where a codec lifts the master over the ceiling."""
    ceiling, source = session.settings.ceiling, session.track.source
    over = {name: db for name, db in plain.peaks.items() if db > ceiling}
    if not over:
        return []
    name, highest = max(over.items(), key=lambda item: item[1])
    left = max(version.peaks.values()) > ceiling
    remedy = (
        f"even with a ceiling of {version.ceiling_dbtp:.2f} it stays over {ceiling:g}."
        if left
        else f"the version for {place.name} is limited to {version.ceiling_dbtp:.2f} instead, "
        f"and peaks at {version.peaks[name]:+.2f}."
    )
    return [
        Finding(
            tool=NAME, kind="codec_peak", stems=(session.track.name, place.name),
            text=f"After {name} the master peaks at {highest:+.2f} dBTP; {remedy}",
            value=round(highest, 3), unit="dBTP", limit=ceiling,
            end_s=source.frames / source.rate,
            severity=Severity.MUST if left else Severity.COULD,
            evidence={
                "place": place.name,
                "before_dbtp": plain.peaks,
                "after_dbtp": version.peaks,
            },
        )
    ]  # fmt: skip


def _title(tags: Metadata, file: Path) -> Title:
    return Title(tags.tags.get("title", "") or file.stem, tags.tags.get("artist", ""))


def _levels_of(outcome: Outcome) -> dict[str, float | None]:
    """What the master measures: as it is where nothing was done."""
    levels: dict[str, float | None] = outcome.facts.get("after") or outcome.facts["before"]
    return levels
