"""From a folder of files to the additions of a new song."""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from studiohand.core.errors import BadSetting
from studiohand.io.audiofile import FileSource, check_samples, open_audio
from studiohand.io.inspect import cannot_open
from studiohand.mir.roles.by_name import role_from_name
from studiohand.rights.marks import marks_in, record_marks
from studiohand.run.songs.rendering import MIX
from studiohand.song.folder import Addition, Song, add, create, unique_name

AUDIO_SUFFIXES = frozenset(
    {
        ".wav", ".wave", ".bwf", ".rf64", ".w64", ".caf", ".aif", ".aiff", ".aifc", ".flac",
        ".mp3", ".ogg", ".oga", ".opus", ".m4a", ".mp4", ".aac", ".alac",
    }
)  # fmt: skip

_MIX_NAME = re.compile(
    r"(^|.*[\s_\-.])((rough|ref|reference|full|stereo|final|pre)?[\s_\-]*"
    r"(mix|mixdown|mix ?down|roughmix|bounce|premaster|master|2 ?mix|2 ?bus|stereo ?out))"
    r"[\s_\-]*(v?\d+)?$",
    re.IGNORECASE,
)


def new_song(
    root: Path,
    stems: Sequence[Path],
    mix: Path | None = None,
    references: Sequence[Path] = (),
    title: str = "",
    artist: str = "",
) -> Song:
    """Make a song from folders and files.

    A file in a folder that is named as a mix, and no stem besides, becomes the rough mix unless
    one is given.

    Raises
    ------
    BadSetting
        There is nothing to make it from.
    CannotRead
        A file is not audio; no song is made.
    """
    given = [_existing(path) for path in stems]
    files = [file for path in given for file in audio_files(path)]
    files = [file for file in files if mix is None or file.resolve() != mix.resolve()]
    if not files and mix is None:
        raise BadSetting(
            "There is no audio file among the stems.",
            todo="Give a folder with WAV, AIFF, FLAC, MP3, Ogg or M4A files.",
        )
    if mix is None:
        mix = _mix_among(files)
        files = [file for file in files if file != mix]
    additions: list[Addition] = []
    parts = [(file, "stem") for file in files]
    parts += [(mix, "mix")] if mix else []
    parts += [(reference, "reference") for reference in references]
    for path, part in parts:
        name = unique_name(path.stem, [*_reserved(part), *(a.name for a in additions)])
        additions.append(Addition(path, name, part, role_from_name(path.stem).value))
    sources = {path: open_audio(path) for path, _ in parts}
    for source in sources.values():
        check_samples(source)
    song = create(root, additions, _song_rate(sources, parts), title or root.name, artist)
    for addition in additions:
        if addition.part == "stem":
            record_marks(song, addition.name, marks_in(addition.path))
    return song


def add_to_song(song: Song, files: Sequence[Path], part: str) -> list[str]:
    """Copy more originals into a song; the names they have there.

    Parameters
    ----------
    part : str
        ``"stem"``, ``"mix"`` (the latest one counts) or ``"reference"``.

    Raises
    ------
    BadSetting
        There is no audio file among them.
    CannotRead
        A file is not audio; nothing is added.
    CannotWrite
    """
    found = [file for path in files for file in audio_files(_existing(path))]
    if not found:
        raise BadSetting("There is no audio file among them.")
    for file in found:
        check_samples(open_audio(file))
    taken = [asset.name for asset in song.assets()]
    for file in found:
        name = unique_name(file.stem, [*_reserved(part), *taken])
        add(song, Addition(file, name, part, role_from_name(file.stem).value))
        taken.append(name)
        if part == "stem":
            record_marks(song, name, marks_in(file))
    return taken[len(taken) - len(found) :]


def audio_files(path: Path) -> list[Path]:
    """A file itself, or the audio files of a folder and below, in order of name.

    Links are followed once; hidden files and folders are left out.
    """
    if not path.is_dir():
        return [path]
    found, seen = [], set()
    for folder, folders, names in os.walk(path, followlinks=True):
        real = os.path.realpath(folder)
        folders[:] = sorted(f for f in folders if not f.startswith(".")) if real not in seen else []
        if real in seen:
            continue
        seen.add(real)
        found += [
            Path(folder) / name
            for name in sorted(names)
            if not name.startswith(".") and Path(name).suffix.lower() in AUDIO_SUFFIXES
        ]
    return found


def _reserved(part: str) -> tuple[str, ...]:
    """Names that mean something else as the target of a move."""
    return (MIX,) if part == "stem" else ()


def _existing(path: Path) -> Path:
    try:
        path.stat()
    except OSError as error:
        raise cannot_open(path, error) from error
    return path


def _mix_among(files: Sequence[Path]) -> Path | None:
    named = [file for file in files if _MIX_NAME.match(file.stem)]
    return named[0] if len(named) == 1 and len(files) > 2 else None


def _song_rate(sources: dict[Path, FileSource], parts: Sequence[tuple[Path, str]]) -> int:
    """The rate most stems have; between equals the mix's, then the higher."""
    stems = Counter(sources[path].rate for path, part in parts if part == "stem")
    mixes = Counter(sources[path].rate for path, part in parts if part == "mix")
    rates = stems or mixes
    return max(rates, key=lambda rate: (rates[rate], mixes[rate], rate))
