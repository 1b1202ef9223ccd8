"""An album from finished songs: its files, its discs, and what was done to it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from studiohand.core.audio import Material, Span, Track
from studiohand.core.effect import JsonValue, step_to_json
from studiohand.core.errors import BadSetting
from studiohand.core.job import Job
from studiohand.core.outcome import Finding, Severity
from studiohand.dsp.blocks.programme import Placed, Programme
from studiohand.dsp.filters.resample import ResampledSource
from studiohand.dsp.meters.loudness import LoudnessMeter, album_lufs
from studiohand.io.atomic import write_bytes
from studiohand.io.audiofile import open_audio
from studiohand.io.formats import target_named
from studiohand.io.metadata import Metadata
from studiohand.mir.recording.flaws import flaws
from studiohand.rights.marks import carried, marks_in
from studiohand.rights.origin import mark_text
from studiohand.run.files.folders import make_folder, spare
from studiohand.run.files.writing import write_sound
from studiohand.run.release.album.discs import (
    MOST_TRACKS,
    SECTORS_PER_SECOND,
    SHORTEST_TRACK_S,
    CueTrack,
    Disc,
    cue_sheet,
    sides,
)
from studiohand.run.release.album.sheet import SHEET, Sheet, as_written, read_sheet, write_sheet
from studiohand.run.release.album.songs import Curve, Level, Song, programme_of, songs_of
from studiohand.run.release.delivery import write_checksums
from studiohand.tools.vinyl import VinylSettings, vinyl

NAME = "album"
_TOLERANCE_LU = 0.1


@dataclass(frozen=True, slots=True)
class _Album:
    """What all parts of the work share."""

    job: Job
    sheet: Sheet
    songs: Sequence[Song]
    out: Path


def make_album(
    sheet: Sheet, level: Level, rate: int | None, discs: Sequence[Disc], out: Path, job: Job
) -> dict[str, JsonValue]:
    """Write ``OUT/NN Title.wav`` (24 bit) and a folder for each disc; say what was found and done.

    One gain moves all songs, so what is loud against what stays the producer's, even where the
    limiter works. A pause belongs to the song before it. What is not changed keeps its samples.

    Parameters
    ----------
    rate : int or None
        Hz of all files; None: the songs' own.

    Raises
    ------
    BadSetting
        Songs differ in rate and none was said, a disc cannot hold the tracks, or the folder
        holds another album.
    CannotRead, CannotWrite, Cancelled
    """
    _check_folder(sheet, out)
    songs = songs_of(sheet, level, rate, job)
    for disc in discs:
        _check_tracks(disc, songs)
    make_folder(out)
    album = _Album(job, sheet, songs, out)
    files = _write_songs(album)
    pressed = [_write_disc(album, disc) for disc in discs]
    write_sheet(out / SHEET, sheet)
    write_checksums(out)
    found = [f for song in songs for f in _song_findings(song, level)]
    if any(disc.sided for disc in discs):
        found += [f for song in songs for f in _groove_findings(song, job)]
    found += [f for row in pressed for f in _length_findings(row)]
    before = album_lufs([song.heard.momentary for song in songs])
    after = album_lufs(job.map(_momentary, [out / file for file in files], "measure"))
    return {
        "title": sheet.title,
        "out": str(out),
        "album_lufs_before": _rounded(before),
        "album_lufs_after": _rounded(after),
        "findings": [finding.to_json() for finding in found],
        "songs": [
            _song_row(n, songs, before, after) | {"file": file} for n, file in enumerate(files)
        ],
        "discs": pressed,
    }


def _write_songs(album: _Album) -> list[str]:
    """One file a song, cut from the programme where the next song begins; their names."""
    programme = programme_of(album.songs)
    starts = [part.start_frame for part in programme.parts]
    ends = [*starts[1:], programme.frames]
    names = [
        f"{number:02d} {_file_name(song.said.title or song.said.file.stem)}.wav"
        for number, song in enumerate(album.songs, 1)
    ]
    paths = [album.out / name for name in names]
    spare([song.said.file for song in album.songs], paths)
    for number, (song, path) in enumerate(zip(album.songs, paths, strict=True), 1):
        tags = {**carried(song.said.file).tags, **_tags(album.sheet, song, number)}
        sound = Span(programme, starts[number - 1], ends[number - 1])
        write_sound(album.job, sound, path, target_named("wav24"), Metadata(tags=tags))
    return names


def _tags(sheet: Sheet, song: Song, number: int) -> dict[str, str]:
    said = {
        "title": song.said.title,
        "artist": song.said.artist or sheet.artist,
        "album": sheet.title,
        "album_artist": sheet.artist,
        "isrc": song.said.isrc,
        "track": f"{number}/{len(sheet.song)}",
    }
    return {name: value for name, value in said.items() if value}


def _write_disc(album: _Album, disc: Disc) -> dict[str, JsonValue]:
    """Image and cue sheet of each side in ``OUT/DISC``."""
    folder = album.out / disc.name
    make_folder(folder)
    lengths = [s.source.frames / s.source.rate + s.said.gap_s for s in album.songs]
    rows = []
    for side, span in sides(disc, lengths, [song.said.side for song in album.songs]):
        songs = [album.songs[n] for n in span]
        name = f"side-{side.lower()}" if side else "album"
        image = _image(programme_of(songs), disc)
        marks = [mark for song in songs for mark in marks_in(song.said.file)]
        said = {"comment": mark_text(marks)} if marks else {}
        target = target_named(f"wav{disc.bits}")
        write_sound(album.job, image, folder / f"{name}.wav", target, Metadata(tags=said))
        cue = cue_sheet(
            f"{name}.wav", album.sheet.title, album.sheet.artist, album.sheet.upc, _tracks(songs)
        )
        write_bytes(folder / f"{name}.cue", cue.encode("utf-8"))
        rows.append(
            {
                "side": side,
                "songs": [song.said.title for song in songs],
                "seconds": round(image.frames / image.rate, 3),
                "files": [f"{disc.name}/{name}.wav", f"{disc.name}/{name}.cue"],
            }
        )
    return {
        "disc": disc.name, "title": disc.title, "sides": rows, "source": disc.source,
        "recommended_s": 60.0 * disc.recommended_minutes,
        "longest_s": 60.0 * disc.longest_minutes,
    }  # fmt: skip


def _image(programme: Programme, disc: Disc) -> Programme:
    """The programme at the disc's rate, filled up to a whole sector where the disc has them."""
    if disc.rate is None:
        return programme
    same = programme.rate == disc.rate
    sound = programme if same else ResampledSource(programme, disc.rate)
    sector = disc.rate // SECTORS_PER_SECOND
    return Programme((Placed(sound, 0),), disc.rate, -sound.frames % sector)


def _tracks(songs: Sequence[Song]) -> list[CueTrack]:
    programme = programme_of(songs)
    tracks = []
    for number, (song, part) in enumerate(zip(songs, programme.parts, strict=True)):
        before = programme.parts[number - 1].end_frame if number else part.start_frame
        paused = before < part.start_frame
        tracks.append(
            CueTrack(
                song.said.title,
                song.said.artist,
                song.said.isrc,
                part.start_frame / programme.rate,
                before / programme.rate if paused else None,
            )
        )
    return tracks


def _check_folder(sheet: Sheet, out: Path) -> None:
    """Raise when the folder holds an album of another sheet: its files would be mixed up."""
    lies_there = out / SHEET
    if lies_there.exists() and as_written(read_sheet(lies_there)) != as_written(sheet):
        raise BadSetting(
            f"“{out.name}” holds another album: its {SHEET} says something else.",
            untouched="Nothing was written.",
            todo=f"Choose another folder, or change that {SHEET} and give it with --sheet.",
        )


def _check_tracks(disc: Disc, songs: Sequence[Song]) -> None:
    if disc.rate is None:
        return
    if len(songs) > MOST_TRACKS:
        raise BadSetting(
            f"A {disc.title} holds {MOST_TRACKS} tracks, not {len(songs)}.",
            untouched="Nothing was written.",
        )
    for song in songs:
        if song.source.frames < SHORTEST_TRACK_S * song.source.rate:
            raise BadSetting(
                f"“{song.said.title}” is shorter than the {SHORTEST_TRACK_S:g} s that a track of "
                f"a {disc.title} must have.",
                untouched="Nothing was written.",
            )


def _song_findings(song: Song, level: Level) -> list[Finding]:
    """What is wrong with a song as a file, and whether it reached its place."""
    seconds = song.source.frames / song.source.rate
    blank = Finding(tool=NAME, kind="", stems=(song.said.title,), text="", end_s=seconds)
    found = flaws(blank, song.heard.levels, level.ceiling)
    if level.loudness is not None:
        # The limiter keeps the ceiling.
        found = [finding for finding in found if finding.kind != "true_peak"]
    here = song.heard.levels.integrated_lufs
    if here is None or song.reached_lufs is None:
        return found
    wanted = here + song.wish_db
    if abs(song.reached_lufs - wanted) > _TOLERANCE_LU:
        found.append(
            replace(
                blank, kind="loudness", severity=Severity.MUST, unit="LUFS",
                value=round(song.reached_lufs, 2), limit=round(wanted, 2),
                text=f"{wanted:.1f} LUFS are out of reach under this ceiling; it has "
                f"{song.reached_lufs:.1f} and so stands {song.reached_lufs - wanted:+.1f} LU "
                "against the others. A lower --loudness keeps them together.",
            )
        )  # fmt: skip
    return found


def _groove_findings(song: Song, job: Job) -> list[Finding]:
    """What a cutting lathe would stumble over; `studiohand vinyl` has the moves."""
    track = Track(song.said.title, song.sound)
    material = Material(rate=song.source.rate, file=track)
    return list(vinyl.run(job, material, VinylSettings()).findings)


def _length_findings(disc: dict[str, JsonValue]) -> list[Finding]:
    """Sides on which too much plays."""
    found = []
    for row in disc["sides"]:
        seconds, named = row["seconds"], f"side {row['side']}" if row["side"] else "it"
        if seconds <= disc["recommended_s"]:
            continue
        over = seconds > disc["longest_s"]
        limit = disc["longest_s"] if over else disc["recommended_s"]
        tells = "more than it holds" if over else "so it must be cut quieter"
        if disc["disc"] == "cd" and not over:
            tells = "so only discs of 80 minutes hold it"
        found.append(
            Finding(
                tool=NAME, kind="length", stems=tuple(row["songs"]), end_s=seconds,
                value=round(seconds / 60.0, 2), unit="min", limit=round(limit / 60.0, 2),
                severity=Severity.MUST if over else Severity.COULD,
                text=f"{disc['title']}: {named} plays {_clock(seconds)}, {tells} "
                f"({_clock(limit)} for each side).",
                evidence={"disc": disc["disc"], "side": row["side"], "source": disc["source"]},
            )
        )  # fmt: skip
    return found


def _song_row(
    number: int, songs: Sequence[Song], before: float | None, after: float | None
) -> dict[str, JsonValue]:
    """A song of the report: its loudness alone and against the album, and how it meets the next."""
    song = songs[number]
    here = song.heard.levels.integrated_lufs
    following = songs[number + 1] if number + 1 < len(songs) else None
    return {
        "title": song.said.title,
        "lufs_before": _rounded(here),
        "lufs_after": _rounded(song.reached_lufs),
        "against_album_before_lu": _difference(here, before),
        "against_album_after_lu": _difference(song.reached_lufs, after),
        "steps": [step_to_json(song.step)] if song.step else [],
        "gap_s": song.said.gap_s,
        "ends_lufs": song.heard.ends_lufs(),
        "next_begins_lufs": following.heard.begins_lufs() if following else None,
    }


def _momentary(path: Path) -> Curve:
    source = open_audio(path)
    meter = LoudnessMeter(source.rate, source.channels)
    for block in source.blocks():
        meter.update(block)
    return np.asarray(meter.momentary_lufs())


def _file_name(title: str) -> str:
    """A title as a file name: what file systems refuse becomes a hyphen."""
    plain = re.sub(r'[\x00-\x1f/\\:*?"<>|]+', "-", title).strip(" .") or "untitled"
    return plain.encode()[:200].decode(errors="ignore")


def _clock(seconds: float) -> str:
    return f"{int(seconds // 60)}:{int(seconds % 60):02d}"


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 2)


def _difference(value: float | None, other: float | None) -> float | None:
    return None if value is None or other is None else round(value - other, 2)
