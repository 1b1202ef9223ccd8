"""What a request asks for: its song, its body, its batch of uploaded files."""

from __future__ import annotations

import json
import re
import tempfile
from collections.abc import Mapping
from pathlib import Path

from starlette.requests import Request

from studiohand.core.effect import JsonValue
from studiohand.core.errors import BadSetting
from studiohand.song.folder import Song
from studiohand.web.desk import Desk


def desk_of(request: Request) -> Desk:
    """The desk that answers."""
    desk: Desk = request.app.state.desk
    return desk


def song_of(request: Request) -> Song:
    """The open song that the address names.

    Raises
    ------
    CannotRead
        No song of that id is open here.
    """
    return desk_of(request).song(request.path_params["song"])


async def body_of(request: Request) -> Mapping[str, JsonValue]:
    """The JSON object that came with a request.

    Raises
    ------
    BadSetting
    """
    content = json.loads(await request.body() or b"{}")
    if not isinstance(content, dict):
        raise BadSetting("The desk did not understand that request.")
    return content


def words(body: Mapping[str, JsonValue], name: str) -> list[str]:
    """A list of words in a body; empty where it is not there.

    Raises
    ------
    BadSetting
    """
    given = body.get(name) or []
    if not isinstance(given, list) or not all(isinstance(word, str) for word in given):
        raise BadSetting(f"“{name}” is a list of names.")
    return given


def batch_folder(batch: str) -> Path:
    """Where the files of an upload lie until they are copied into a song.

    Raises
    ------
    BadSetting
    """
    if not re.fullmatch(r"[0-9a-f]{32}", batch):
        raise BadSetting("That upload is not known.")
    return Path(tempfile.gettempdir()) / f"studiohand-upload-{batch}"
