"""A decider that writes each decision into the ledger before it answers, and denies where it cannot."""

from __future__ import annotations

import dataclasses
import importlib.metadata
from collections.abc import Callable, Iterable, Mapping
from functools import cache
from typing import Any, Protocol

from alpr_policy.errors import PolicyError
from alpr_policy.model.decision import Decision
from alpr_policy.model.request import Mode, Request
from alpr_policy.questions.joining import joined, system_reason
from alpr_policy.reading.catalog import Catalog
from alpr_policy.reading.requests import read_request
from alpr_policy_adapters.ledger.builders import Asked, decision_row
from alpr_policy_adapters.ledger.catalogues import Catalogue, catalogue_of
from alpr_policy_adapters.ledger.committer import GroupCommitter
from alpr_policy_adapters.ledger.ledger import Clock, Ledger, now_utc
from alpr_policy_adapters.ledger.rows import Receipt

NOT_RECORDED = "not_recorded"
Beside = Callable[[Decision], Mapping[str, Any]]
"""Says what is written down beside a decision: personal values by their pointers in the row, none of them within
what the decision is derived from."""


class Decider(Protocol):
    """What judges: a decision point, or one that follows profiles as they change."""

    @property
    def catalog(self) -> Catalog:
        """Return the profiles in use."""

    def decide(
        self, request: Request | Mapping[str, Any], *, departments: Iterable[str] = (), mode: Mode = Mode.ENFORCE
    ) -> Decision:
        """Judge one request."""


@cache
def program() -> str:
    """Return the name and version of the program that decides."""
    try:
        return f"alpr-policy {importlib.metadata.version('alpr-policy')}"
    except importlib.metadata.PackageNotFoundError:
        return "alpr-policy"


class Recorder:
    """Judges like the decider it is made of, and answers only what stands in the ledger. Threads may share it."""

    def __init__(self, decider: Decider, ledger: Ledger | GroupCommitter, clock: Clock = now_utc) -> None:
        """Judge by `decider` and write to `ledger`; `clock` gives the time of requests that bring none."""
        self.decider, self.clock = decider, clock
        self.appender = ledger
        self.ledger = ledger.ledger if isinstance(ledger, GroupCommitter) else ledger
        self._catalogue: tuple[Catalog, Catalogue] | None = None

    def __call__(
        self,
        request: Request | Mapping[str, Any],
        *,
        departments: Iterable[str] | None = None,
        mode: Mode = Mode.ENFORCE,
    ) -> Decision:
        """Judge and record; never raises. What cannot be recorded is denied, with the reason `not_recorded`.

        Without `departments` those bind that the decider serves, if it serves any, and those the request names.
        """
        return self.with_receipt(request, departments=departments, mode=mode)[0]

    decide = __call__

    @property
    def catalog(self) -> Catalog:
        """Return the profiles in use."""
        return self.decider.catalog

    def with_receipt(
        self,
        request: Request | Mapping[str, Any],
        *,
        departments: Iterable[str] | None = None,
        mode: Mode = Mode.ENFORCE,
        beside: Beside | None = None,
    ) -> tuple[Decision, Receipt | None]:
        """Judge and record as a call does, and return where the decision stands; None where it was not recorded."""
        asked = request if isinstance(request, Request) else read_request(request)
        try:
            served = getattr(self.decider, "departments", ()) if departments is None else departments
            return self._recorded(asked, tuple(served), mode, beside)
        except PolicyError as error:
            told = error.diagnostics[0].message if error.diagnostics else type(error).__name__
        except Exception as error:  # whatever it is, an answer that is not recorded lets nothing pass
            told = type(error).__name__
        reason = system_reason("", NOT_RECORDED, f"the decision could not be recorded: {told}")
        return joined(asked, mode, [], [reason]), None

    def _recorded(
        self, request: Request, departments: tuple[str, ...], mode: Mode, beside: Beside | None = None
    ) -> tuple[Decision, Receipt]:
        catalog = self.decider.catalog
        decision = self.decider.decide(request, departments=departments, mode=mode)
        while catalog is not self.decider.catalog:  # profiles changed meanwhile: which of them judged is not known
            catalog = self.decider.catalog
            decision = self.decider.decide(request, departments=departments, mode=mode)
        kept, now = self._kept(catalog), self.clock()
        asked = Asked(departments=departments, mode=mode)
        row = decision_row(
            request, decision, words=kept.words, texts=kept.digest, asked=asked, now=now, program=program()
        )
        if beside is not None:
            row = dataclasses.replace(row, personal={**row.personal, **beside(decision)})
        rows = [row] if self.ledger.keeps(kept.digest) else [kept.row(now), row]
        return decision, self.appender.append(rows)[-1]

    def _kept(self, catalog: Catalog) -> Catalogue:
        if self._catalogue is None or self._catalogue[0] is not catalog:
            self._catalogue = (catalog, catalogue_of(catalog))
        return self._catalogue[1]


def recording(decider: Decider, ledger: Ledger | GroupCommitter, clock: Clock = now_utc) -> Recorder:
    """Return a decider that judges, writes the decision into the ledger, and only then returns it."""
    return Recorder(decider, ledger, clock)
