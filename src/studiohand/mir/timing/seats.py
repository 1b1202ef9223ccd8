"""The session against its rough mix: which stems sit where the others sit, and which do not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from studiohand.core.audio import Track
from studiohand.core.job import Job
from studiohand.dsp.effects.filesteps import RelabelledSource
from studiohand.mir.timing.joint import Answer, Question, fitted_together
from studiohand.mir.timing.mix_match import SPAN_FRAMES, Fit, Placed, Search, find_in_mix
from studiohand.mir.timing.spans import Side, best_spans, edge_spans, share_of
from studiohand.mir.timing.stem_profile import Profile

SURE_Z = 20.0
"""A fit this far above chance is not chance; stems of other songs stay below 15."""
PLAIN_Z = 40.0
"""Found alone, in place and this clearly, a stem needs no second look."""
TOGETHER_FRAMES = 4
"""Delays this close are the same place: EQ in the mix moves a peak by a frame or two."""

_SPANS = 4
_MOST_OTHERS = 24
_ROUNDS = 2
_CANCELLING = 0.05
_SPEEDS = (44100 / 48000, 48000 / 44100)
_AGREEING = 0.5
_EXPLAINED, _STANDS_OUT, _CLEARER = 0.1, 3.0, 3.0


@dataclass(frozen=True, slots=True)
class Seat:
    """How a stem sits in the mix, against the session.

    Parameters
    ----------
    late_frames : int
        Later than the session's other stems, in frames of the song's rate; negative: earlier.
    inverted : bool
        Its polarity is not the one it has in the mix.
    fit : Fit
        What that rests on.
    start_s, end_s : float
        A span where it can be heard.
    speed : float
        True rate over the one its file claims; 1 for nearly all.
    """

    late_frames: int
    inverted: bool
    fit: Fit
    start_s: float
    end_s: float
    speed: float = 1.0


def find_seats(
    job: Job,
    stems: Sequence[Track],
    mix: Track,
    profiles: Sequence[Profile],
    mix_profile: Profile,
    rate: int,
) -> list[Seat | None]:
    """Where each stem sits in the mix; None for stems that cannot be found in it.

    Parameters
    ----------
    profiles : sequence of Profile
        Of each stem.
    rate : int
        The song's, in Hz.
    """
    searches = [
        _search(stem, mix, profile, mix_profile, rate)
        for stem, profile in zip(stems, profiles, strict=True)
    ]
    audible = [i for i, search in enumerate(searches) if search.starts]
    found = job.map(find_in_mix, [searches[i] for i in audible], "holding stems against the mix")
    fits: dict[int, Fit] = dict(zip(audible, found, strict=True))
    home, sign = home_of(list(fits.values()))
    shares = {i: float(share_of(profiles[i].levels, mix_profile.levels).mean()) for i in fits}
    for _ in range(_ROUNDS):
        again = [i for i in fits if not _plain(fits[i], home, sign)]
        asked = [_asked_again(searches, fits, i, home, shares) for i in again]
        looked, changed = _looked_again(job, fits, again, asked, home)
        fits |= {i: _better(fits[i], fit, home) for i, fit in zip(again, looked, strict=True)}
        if not changed or len(again) < 2:
            break
    lost = [i for i in fits if fits[i].z < SURE_Z]
    seats = {i: _seat(fits[i], searches[i], home, sign) for i in fits if fits[i].z > SURE_Z / 2}
    seats |= _at_other_speeds(job, searches, lost, home, sign)
    return [seats.get(i) for i in range(len(stems))]


def _looked_again(
    job: Job, fits: dict[int, Fit], again: Sequence[int], asked: Sequence[Search], home: int
) -> tuple[list[Fit], bool]:
    """The second look at some stems without the others, and whether any of them moved."""
    looked = job.map(find_in_mix, asked, "looking again without the other stems")
    changed = any(_moved(fits[i], fit) for i, fit in zip(again, looked, strict=True))
    doubtful = [n for n, i in enumerate(again) if _doubtful(fits[i], looked[n], home)]
    questions = [
        Question(asked[n], (fits[again[n]].late_frames, looked[n].late_frames, home))
        for n in doubtful
    ]
    answers = job.map(fitted_together, questions, "fitting all stems to the mix together")
    for n, answer in zip(doubtful, answers, strict=True):
        looked[n] = _told(fits[again[n]], looked[n], answer)
    return looked, changed


def _at_other_speeds(
    job: Job, searches: Sequence[Search], lost: Sequence[int], home: int, sign: int
) -> dict[int, Seat]:
    """Stems that are in the mix only when their file's rate is taken for wrong."""
    asked = [(i, speed, _sped(searches[i], speed)) for i in lost for speed in _SPEEDS]
    fits = job.map(find_in_mix, [search for _, _, search in asked], "trying other sample rates")
    seats: dict[int, Seat] = {}
    for (i, speed, search), fit in zip(asked, fits, strict=True):
        if fit.z >= SURE_Z and fit.agreeing >= _AGREEING:
            seats[i] = replace(_seat(fit, search, home, sign), speed=speed)
    return seats


def _sped(search: Search, speed: float) -> Search:
    """The same search with the stem's samples said to be at another rate."""
    told = RelabelledSource(search.stem, round(search.stem.rate * speed))
    return replace(search, stem=told, starts=tuple(round(s / speed) for s in search.starts))


def home_of(fits: Sequence[Fit]) -> tuple[int, int]:
    """Delay and sign that most of the session shares (an MP3 mix is late as a whole).

    A stem found at no delay at all decides it: if the mix were late as a whole, none would
    fall there by chance.
    """
    sure = [fit for fit in fits if fit.z >= SURE_Z]
    if not sure:
        return 0, 1

    def weight(fit: Fit) -> tuple[bool, int, float]:
        near = [o for o in sure if abs(o.late_frames - fit.late_frames) <= TOGETHER_FRAMES]
        return abs(fit.late_frames) <= TOGETHER_FRAMES, len(near), sum(o.z for o in near)

    best = max(sure, key=weight)
    near = [o for o in sure if abs(o.late_frames - best.late_frames) <= TOGETHER_FRAMES]
    signs = sum(o.sign for o in near)
    clearest = max(near, key=lambda o: o.z)
    return clearest.late_frames, -1 if signs < 0 and len(near) > 2 else 1


def _search(stem: Track, mix: Track, profile: Profile, mix_profile: Profile, rate: int) -> Search:
    span_s = SPAN_FRAMES / rate
    share = share_of(profile.levels, mix_profile.levels)
    starts = best_spans(share, span_s, _SPANS)
    starts += edge_spans(profile.levels, span_s) if starts else []
    frames = tuple(dict.fromkeys(round(start * rate) for start in starts))
    side = Side.LEFT if _cancels(profile) else Side.BOTH
    return Search(stem.source, mix.source, rate, frames, side=side)


def _cancels(profile: Profile) -> bool:
    """Whether the mean of the sides keeps next to nothing of a stem."""
    ll, lr, rr = (float(profile.products[i]) for i in ((0, 0), (0, 1), (1, 1)))
    return (ll + 2.0 * lr + rr) < _CANCELLING * 2.0 * (ll + rr)


def _plain(fit: Fit, home: int, sign: int) -> bool:
    near = abs(fit.late_frames - home) <= TOGETHER_FRAMES
    return near and fit.sign == sign and fit.z >= PLAIN_Z


def _moved(before: Fit, after: Fit) -> bool:
    return abs(before.late_frames - after.late_frames) > TOGETHER_FRAMES


def _doubtful(alone: Fit, again: Fit, home: int) -> bool:
    """Whether a stem that stood out by itself moved, or lost, when the others were taken out.

    Where it stands out far more without the others, they were in the way and nothing is in doubt.
    """
    if again.z >= _CLEARER * alone.z:
        return False
    away = abs(alone.late_frames - home) > TOGETHER_FRAMES
    return alone.z >= SURE_Z and away and (alone.late_frames != again.late_frames)


def _told(alone: Fit, again: Fit, answer: Answer) -> Fit:
    """The second look, set right by the joint fit where that stands out."""
    if answer.explained < max(_EXPLAINED, _STANDS_OUT * answer.elsewhere):
        return again
    return replace(alone, late_frames=answer.late_frames, sign=answer.sign)


def _better(alone: Fit, again: Fit, home: int) -> Fit:
    """What the second look says, unless the first found the stem in place and this one less.

    A stem that fitted elsewhere and no longer does was mistaken for another one's sound.
    """
    in_place = abs(alone.late_frames - home) <= TOGETHER_FRAMES
    return alone if in_place and again.z < min(SURE_Z, alone.z) else again


def _asked_again(
    searches: Sequence[Search], fits: dict[int, Fit], stem: int, home: int, shares: dict[int, float]
) -> Search:
    known = [i for i in fits if i != stem and fits[i].z >= SURE_Z / 2]
    loudest = sorted(known, key=lambda i: -shares[i])[:_MOST_OTHERS]
    others = tuple(Placed(searches[i].stem, fits[i].late_frames) for i in loudest)
    return replace(searches[stem], others=others, home_frames=home)


def _seat(fit: Fit, search: Search, home: int, sign: int) -> Seat:
    start = max(search.starts[0] / search.rate, 0.0)
    away = fit.late_frames - home
    return Seat(
        late_frames=0 if abs(away) <= TOGETHER_FRAMES else away,
        inverted=fit.sign != sign,
        fit=fit,
        start_s=start,
        end_s=start + SPAN_FRAMES / search.rate,
    )
