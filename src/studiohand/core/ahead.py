"""Threads that share the work among the cores: blocks made a little ahead, calls side by side."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

from studiohand.core.audio import Block

Result = TypeVar("Result")

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


def together(calls: Sequence[Callable[[], Result]]) -> list[Result]:
    """Results of calls that run side by side, in order; the first error comes through."""
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(max(len(calls), 1)) as threads:
        return [result.result() for result in [threads.submit(call) for call in calls]]


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
