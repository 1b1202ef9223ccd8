"""What can go wrong, said so that a musician understands it.

StudiohandError
├── CannotRead     a file is not what it should be
├── CannotWrite    a file or folder cannot be written
├── BadSetting     a setting or an argument is out of range or unknown
├── NotAllowed     a licence, a consent or a locked intent stands in the way
├── MissingPart    an optional part is not installed
├── Corrupt        the song's own record does not add up
└── Busy           another program is using the song
Cancelled          the person stopped it; not an error
"""

from __future__ import annotations


class StudiohandError(Exception):
    """One sentence a person can act on.

    Parameters
    ----------
    what : str
        What happened.
    untouched : str
        What was not changed by it.
    todo : str
        What to do now.
    """

    def __init__(
        self, what: str, *, untouched: str = "Nothing was changed.", todo: str = ""
    ) -> None:
        self.what, self.untouched, self.todo = what, untouched, todo
        super().__init__(what, untouched, todo)

    def __str__(self) -> str:
        return " ".join(part for part in (self.what, self.untouched, self.todo) if part)

    def __reduce__(self) -> tuple[object, ...]:
        return (_rebuild, (type(self), self.what, self.untouched, self.todo))


def _rebuild(kind: type[StudiohandError], what: str, untouched: str, todo: str) -> StudiohandError:
    return kind(what, untouched=untouched, todo=todo)


class CannotRead(StudiohandError):
    """A file is missing, damaged, or not audio."""


class CannotWrite(StudiohandError):
    """A file or folder cannot be written."""


class BadSetting(StudiohandError):
    """A setting or argument is out of range or unknown."""


class NotAllowed(StudiohandError):
    """A licence, a consent or a locked intent stands in the way."""


class MissingPart(StudiohandError):
    """An optional part is not installed; the message holds the command that installs it."""


class Corrupt(StudiohandError):
    """The song's own record does not add up."""


class Busy(StudiohandError):
    """Another program is using the song."""


class Cancelled(Exception):
    """The person stopped it."""
