"""What can be taken away: takes, deliveries, marker lists; never anything outside the song."""

from __future__ import annotations

from pathlib import Path

from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response
from starlette.routing import Route

from studiohand.core.errors import CannotRead
from studiohand.run.release.deliveries import DELIVERIES
from studiohand.run.release.markers import FORMATS, markers
from studiohand.song.decisions import proposed
from studiohand.song.folder import TAKES, Song
from studiohand.web.asking import song_of

_SHELVES = (TAKES, DELIVERIES)


def list_files(request: Request) -> Response:
    """Files of takes and deliveries, the newest folder first."""
    song = song_of(request)
    folders = [
        folder
        for shelf in _SHELVES
        for folder in sorted((song.root / shelf).glob("*"), reverse=True)
        if folder.is_dir() and not folder.name.startswith(".")
    ]
    rows = [
        {"folder": f"{folder.parent.name}/{folder.name}", "files": _files(folder)}
        for folder in folders
    ]
    return JSONResponse({"folders": rows, "markers": list(FORMATS)})


def send_file(request: Request) -> Response:
    """One file of a take or a delivery, to be saved."""
    path = _inside(song_of(request), request.path_params["path"])
    return FileResponse(path, filename=path.name)


def send_markers(request: Request) -> Response:
    """The findings as a marker list."""
    song, kind = song_of(request), request.path_params["kind"]
    text = markers(proposed(song.ledger.entries())[0], kind)
    suffix = "txt" if kind == "audacity" else "csv"
    return Response(
        text,
        media_type=f"{FORMATS[kind]}; charset=utf-8",
        headers={"content-disposition": f'attachment; filename="findings-{kind}.{suffix}"'},
    )


def _files(folder: Path) -> list[dict[str, object]]:
    return [
        {"name": path.relative_to(folder).as_posix(), "bytes": path.stat().st_size}
        for path in sorted(folder.rglob("*"))
        if path.is_file() and not path.name.startswith(".")
    ]


def _inside(song: Song, wanted: str) -> Path:
    """The path of a file on one of the song's shelves.

    Raises
    ------
    CannotRead
        It is elsewhere, or not there.
    """
    path = (song.root / wanted).resolve()
    shelves = [(song.root / shelf).resolve() for shelf in _SHELVES]
    if not any(shelf in path.parents for shelf in shelves) or not path.is_file():
        raise CannotRead("There is no such file to take away.")
    return path


ROUTES = [
    Route("/api/songs/{song}/files", list_files),
    Route("/api/songs/{song}/files/{path:path}", send_file),
    Route("/api/songs/{song}/markers/{kind}", send_markers),
]
