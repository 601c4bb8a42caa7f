"""The persons of a directory as duties see them: an id, when training was completed, whether still in service."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass

from alpr_policy.model.directory import Directory, Person
from alpr_policy.model.request import Moment


@dataclass(frozen=True, slots=True)
class Servant:
    """A person of a directory (`model.past.Member`)."""

    directory: Directory
    person: Person

    @property
    def id(self) -> str:
        """The person's id."""
        return self.person.id

    @property
    def trained(self) -> tuple[Moment, ...]:
        """The moments at which training was completed, whether it has expired since or not."""
        return tuple(one.completed for one in self.person.training or ())

    def active_at(self, at: dt.datetime) -> bool:
        """Say whether the person belongs to the department at an instant, with access that was not withdrawn."""
        withdrawn = self.directory.status(self.person.status, at) == "withdrawn"
        return self.directory.belongs(self.person, at) and not withdrawn


def members_of(directory: Directory) -> tuple[Servant, ...]:
    """Return the persons on whom the duties of a policy may fall: all but those known to be outsiders."""
    return tuple(_members(directory))


def _members(directory: Directory) -> Iterator[Servant]:
    for person in directory.persons:
        if person.kind != "outsider":
            yield Servant(directory, person)
