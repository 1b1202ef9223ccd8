"""Blocks made a little ahead by a thread: two cores share what comes one after the other."""

from __future__ import annotations

import queue
import threading
from collections.abc import Iterator

from studiohand.core.audio import Block

WAITING = 2
"""Blocks that may be finished before they are asked for."""


def ahead(blocks: Iterator[Block]) -> Iterator[Block]:
    """The same blocks in the same order; errors come through, and leaving early ends the thread."""
    ready: queue.Queue[Block | BaseException | None] = queue.Queue(WAITING)
    left = threading.Event()
    thread = threading.Thread(target=_make, args=(blocks, ready, left), daemon=True)
    thread.start()
    try:
        while (item := ready.get()) is not None:
            if isinstance(item, BaseException):
                raise item
            yield item
    finally:
        left.set()
        while thread.is_alive():
            _empty(ready)
            thread.join(0.01)


def _make(
    blocks: Iterator[Block], ready: queue.Queue[Block | BaseException | None], left: threading.Event
) -> None:
    try:
        for block in blocks:
            ready.put(block)
            if left.is_set():
                return
    except BaseException as error:  # handed over to whoever asked for the blocks
        ready.put(error)
    else:
        ready.put(None)


def _empty(ready: queue.Queue[Block | BaseException | None]) -> None:
    while not ready.empty():
        ready.get_nowait()
