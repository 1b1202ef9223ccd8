"""The desk's state: which songs are open, what runs, who listens for news.

Everything that matters lies in the song folders; a restarted desk has lost nothing.
"""

from __future__ import annotations

import asyncio
import hashlib
import re
import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TypeVar, cast

from studiohand.core.audio import Material, Track
from studiohand.core.effect import JsonValue
from studiohand.core.errors import BadSetting, Busy, Cancelled, CannotRead, StudiohandError
from studiohand.core.job import Analysis, Arrays, Job
from studiohand.core.outcome import Finding, Move
from studiohand.run.jobs.cache import FolderCache
from studiohand.run.jobs.workers import all_cores
from studiohand.run.songs.material import song_material
from studiohand.song.folder import CACHE, SETTINGS, Song, open_song
from studiohand.song.ledger import Entry
from studiohand.web.background import Background, Polite
from studiohand.web.sums import KeptSums

_KEPT_PREVIEWS, _KEPT_RESULTS, _KEPT_ANALYSES = 32, 64, 160

Kept = TypeVar("Kept")


class Desk:
    """What one running desk knows.

    Parameters
    ----------
    folder : Path
        The songs folder; its songs are listed and new ones are made there.
    opened : sequence of Path
        Songs opened from elsewhere.
    """

    def __init__(self, folder: Path, opened: tuple[Path, ...] = ()) -> None:
        self.folder = folder
        self._opened = list(opened)
        self.sums, self.measured = KeptSums(), KeptSums()
        self._swept: set[Path] = set()
        self._known: OrderedDict[tuple[Path, object], tuple[object, object]] = OrderedDict()
        self.background = Background()
        self.idle = Background(after=self.background)
        self._analysed: OrderedDict[str, Arrays] = OrderedDict()
        self._previews: OrderedDict[str, Move] = OrderedDict()
        self._running: dict[str, threading.Event] = {}
        self._listeners: set[asyncio.Queue[JsonValue]] = set()
        self._loop: asyncio.AbstractEventLoop | None = None

    def songs(self) -> dict[str, Path]:
        """Every song the page may see, by its id."""
        found = list(self._opened)
        if self.folder.is_dir():
            found += sorted(p.parent for p in self.folder.glob(f"*/{SETTINGS}"))
        return {song_id(path): path for path in dict.fromkeys(found)}

    def song(self, known_as: str) -> Song:
        """An open song.

        Raises
        ------
        CannotRead
            No song of that id is open here.
        """
        path = self.songs().get(known_as)
        if path is None:
            raise CannotRead("That song is not open here.", todo="Choose one from the list.")
        if path in self._swept:
            return Song(path)
        self._swept.add(path)
        return open_song(path)

    def new_path(self, title: str) -> Path:
        """Folder for a new song, named so that every system takes it.

        Raises
        ------
        BadSetting
        """
        name = re.sub(r'[<>:"/\\|?*\x00-\x1f]', " ", title).strip(" .")[:80]
        if not name:
            raise BadSetting("A song needs a name.")
        self.folder.mkdir(parents=True, exist_ok=True)
        return self.folder / name

    def material(self, song: Song) -> Material:
        """The song's material, read again when its ledger or its settings have changed."""
        return self.remember(song, "material", lambda: song_material(song))

    def entries(self, song: Song) -> list[Entry]:
        """The song's ledger, read again when it has grown."""
        return self.remember(song, "entries", song.ledger.entries)

    def remember(self, song: Song, what: object, make: Callable[[], Kept]) -> Kept:
        """Something computed once for a state of the song."""
        state = song.ledger.path.stat().st_size, (song.root / SETTINGS).stat().st_mtime_ns
        key = (song.root, what)
        kept = self._known.get(key)
        if kept is None or kept[0] != state:
            kept = (state, make())
            self._known[key] = kept
            while len(self._known) > _KEPT_RESULTS:
                self._known.popitem(last=False)
        return cast("Kept", kept[1])

    def analysed(self, song: Song, analysis: Analysis, track: Track) -> Arrays | None:
        """Result of an analysis, kept beside the song; None while it is made in the background."""
        key = f"{analysis.__name__} {song.root} {track.name} {track.sha256}"

        def work() -> None:
            quiet = replace(track, source=Polite(track.source, self.background.pause))
            self._analysed[key] = self.job(song).analyse(analysis, [quiet], "picture")[0]
            while len(self._analysed) > _KEPT_ANALYSES:
                self._analysed.popitem(last=False)

        def find() -> Arrays | None:
            if key not in self._analysed and (kept := self.job(song).kept(analysis, track)):
                self._analysed[key] = kept
            return self._analysed.get(key)

        return _soon(self.background, find, key, work)

    def drawn(
        self, song: Song, key: str, draw: Callable[[], Arrays], *, idly: bool = False
    ) -> Arrays | None:
        """A picture kept beside the song; None while it is made in the background.

        Parameters
        ----------
        idly : bool
            Made only while no other picture is.
        """
        cache = self.job(song).cache
        queue = self.idle if idly else self.background
        return _soon(queue, lambda: cache.get(key), key, lambda: cache.put(key, draw()))

    def keep_preview(self, move: Move) -> str:
        """Remember a move under trial; returns its key."""
        key = f"{move.id}-{move.amount_percent:g}"
        self._previews[key] = move
        self._previews.move_to_end(key)
        while len(self._previews) > _KEPT_PREVIEWS:
            self._previews.popitem(last=False)
        return key

    def preview(self, key: str) -> Move:
        """A move under trial.

        Raises
        ------
        BadSetting
        """
        if key not in self._previews:
            raise BadSetting("That trial is not known any more.", todo="Move the control again.")
        return self._previews[key]

    def job(self, song: Song) -> Job:
        """A job that keeps its analyses beside the song."""
        return Job(cache=FolderCache(song.root / CACHE))

    def start(self, song: Song, name: str, work: Callable[[Job], JsonValue]) -> None:
        """Run something long for a song; progress, findings and the end go out as news.

        Raises
        ------
        Busy
            Something runs for it already.
        """
        known_as = song_id(song.root)
        stop = threading.Event()
        if self._running.setdefault(known_as, stop) is not stop:
            raise Busy("Something is running for this song already.", todo="Stop it, or wait.")
        thread = threading.Thread(
            target=self._work, args=(song, known_as, name, work, stop), daemon=True
        )
        thread.start()

    def cancel(self, known_as: str) -> bool:
        """Ask what runs for a song to stop."""
        stop = self._running.get(known_as)
        if stop is not None:
            stop.set()
        return stop is not None

    def running(self, known_as: str) -> bool:
        """Whether something runs for a song."""
        return known_as in self._running

    def tell(self, news: JsonValue) -> None:
        """Send news to every open page; safe from any thread."""
        if self._loop is not None:
            self._loop.call_soon_threadsafe(self._deliver, news)

    def listen(self) -> asyncio.Queue[JsonValue]:
        """A queue that gets all news from now on."""
        self._loop = asyncio.get_running_loop()
        queue: asyncio.Queue[JsonValue] = asyncio.Queue(maxsize=1000)
        self._listeners.add(queue)
        return queue

    def leave(self, queue: asyncio.Queue[JsonValue]) -> None:
        """Stop listening."""
        self._listeners.discard(queue)

    def _deliver(self, news: JsonValue) -> None:
        for queue in list(self._listeners):
            if not queue.full():
                queue.put_nowait(news)

    def _work(
        self,
        song: Song,
        known_as: str,
        name: str,
        work: Callable[[Job], JsonValue],
        stop: threading.Event,
    ) -> None:
        def progress(what: str, share: float) -> None:
            self.tell({"kind": "progress", "song": known_as, "what": what, "share": share})

        def found(finding: Finding) -> None:
            self.tell({"kind": "found", "song": known_as, "finding": finding.to_json()})

        news: dict[str, JsonValue] = {"kind": "done", "song": known_as, "job": name}
        try:
            with all_cores() as workers:
                job = replace(
                    self.job(song), on_progress=progress, on_found=found,
                    cancelled=stop.is_set, workers=workers,
                )  # fmt: skip
                news["result"] = work(job)
        except Cancelled:
            news["kind"] = "stopped"
        except StudiohandError as error:
            news |= {"kind": "failed", "sentence": str(error)}
        except Exception as error:
            news |= {"kind": "failed", "sentence": f"A fault in studiohand: {error!r}"}
        finally:
            del self._running[known_as]
        self.tell(news)
        self.tell({"kind": "changed", "song": known_as})


def song_id(path: Path) -> str:
    """A short name for a song folder that says nothing of where it lies."""
    return hashlib.sha256(str(path.resolve()).encode()).hexdigest()[:12]


def _soon(
    queue: Background, find: Callable[[], Arrays | None], key: str, work: Callable[[], None]
) -> Arrays | None:
    """What `find` finds, now or after a moment of work."""
    found = find()
    if found is None and queue.ask(key, work):
        found = find()
    return found
