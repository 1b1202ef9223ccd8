"""Work that nobody waits for: one thread, the newest wish first, silent while somebody listens.

A page draws many pictures of a new song, and each may need a whole file to be read. They must not
stand in the way of sound.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from studiohand.core.audio import BLOCK_FRAMES, Block, SourceOf

PATIENCE_S = 0.1
"""How long who asks waits for work that may be short."""
_LONGEST_PAUSE_S = 2.0
_LOOK_S = 0.004


class Background:
    """A queue of work by key; what waits is done newest first.

    Parameters
    ----------
    after : Background or None
        Another queue that goes before this one.
    """

    def __init__(self, after: Background | None = None) -> None:
        self._after = after
        self._waiting: dict[str, _Wish] = {}
        self._now: _Wish | None = None
        self._failed: dict[str, Exception] = {}
        self._changed = threading.Condition()
        self._hearing = 0
        self._started = False

    def ask(self, key: str, work: Callable[[], None], patience_s: float = PATIENCE_S) -> bool:
        """Do some work soon, once however often it is asked for.

        Parameters
        ----------
        patience_s : float
            How long to wait for it.

        Returns
        -------
        bool
            Whether it is done; waited for a moment.

        Raises
        ------
        Exception
            What it raised when it was tried since it was last asked for.
        """
        with self._changed:
            if key in self._failed:
                raise self._failed.pop(key)
            running = self._now if self._now and self._now.key == key else None
            wish = running or self._waiting.pop(key, None) or _Wish(key, work)
            if running is None:
                self._waiting[key] = wish
            if not self._started:
                self._started = True
                threading.Thread(target=self._run, daemon=True).start()
            self._changed.notify()
        return wish.done.wait(patience_s)

    @contextmanager
    def hushed(self) -> Iterator[None]:
        """While this is held, background work stands still."""
        with self._changed:
            self._hearing += 1
        try:
            yield
        finally:
            with self._changed:
                self._hearing -= 1

    def pause(self) -> None:
        """Called by long work between its pieces: wait while somebody wants to hear something."""
        end = time.monotonic() + _LONGEST_PAUSE_S
        while (self._hearing or (self._after and self._after.busy)) and time.monotonic() < end:
            time.sleep(_LOOK_S)

    @property
    def busy(self) -> bool:
        """Whether something is done or waits, or somebody listens."""
        return bool(self._hearing or self._waiting or self._now)

    def _run(self) -> None:
        while True:
            with self._changed:
                while not self._waiting:
                    self._now = None
                    self._changed.wait()
                self._now = self._waiting.popitem()[1]
            try:
                self._now.work()
            except Exception as error:  # told to who asks next; the thread serves the others
                self._failed[self._now.key] = error
            finally:
                self._now.done.set()


@dataclass(frozen=True, slots=True)
class _Wish:
    key: str
    work: Callable[[], None]
    done: threading.Event = field(default_factory=threading.Event)


@dataclass(frozen=True, slots=True)
class Polite(SourceOf):
    """A source that pauses before each block.

    Parameters
    ----------
    pause : callable
    """

    pause: Callable[[], None]

    def blocks(
        self, size: int = BLOCK_FRAMES, start_frame: int = 0, stop_frame: int | None = None
    ) -> Iterator[Block]:
        """The source's blocks."""
        for block in self.source.blocks(size, start_frame, stop_frame):
            self.pause()
            yield block
