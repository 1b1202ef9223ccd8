"""Serve the desk on loopback and open the browser."""

from __future__ import annotations

import secrets
import socket
import threading
import webbrowser
from collections.abc import Callable
from pathlib import Path

import numpy as np

from studiohand.web.desk import Desk, song_id

LOOPBACK = "127.0.0.1"


def serve(
    folder: Path,
    opened: Path | None = None,
    *,
    browse: bool = True,
    port: int = 0,
    say: Callable[[str], None] = lambda line: None,
) -> None:
    """Run the desk until it is stopped.

    Parameters
    ----------
    folder : Path
        The songs folder.
    opened : Path or None
        A song to begin with.
    browse : bool
        Open the browser.
    port : int
        0 takes any free one.
    say : callable
        Gets the address to open.
    """
    import uvicorn

    from studiohand.web.app import create_app

    bound = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    bound.bind((LOOPBACK, port))
    bound.listen()  # whoever is told the address may knock before the server is up
    port = bound.getsockname()[1]
    token = secrets.token_urlsafe(32)
    desk = Desk(folder, (opened,) if opened else ())
    address = f"http://{LOOPBACK}:{port}/?token={token}"
    if opened is not None:
        address += f"#song={song_id(opened)}"
    say(address)
    threading.Thread(target=_warm, daemon=True).start()
    if browse:
        threading.Timer(0.5, webbrowser.open, [address]).start()
    config = uvicorn.Config(
        create_app(desk, token, port),
        log_level="critical",
        lifespan="off",
        timeout_graceful_shutdown=1,
    )
    uvicorn.Server(config).run(sockets=[bound])


def _warm() -> None:
    """Load the heavy libraries and compiled kernels before the first control is turned."""
    from studiohand.dsp.effects.compressor import Compressor
    from studiohand.dsp.effects.dynamic_eq import DynamicEq
    from studiohand.dsp.effects.eq import Band, Eq
    from studiohand.web.pictures import response

    response([Eq(bands=(Band("bell", 1000.0, -3.0),)), Compressor(-20.0)], 48000)
    DynamicEq(1000.0, -3.0, -30.0).start(48000, 2).process(np.zeros((64, 2)))
