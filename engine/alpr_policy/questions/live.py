"""A decision point for software that runs for months: serves named departments, and takes up new texts as they come."""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any

from alpr_policy.errors import Diagnostic, PolicyError, ProfileError, in_order
from alpr_policy.model.decision import Decision
from alpr_policy.model.profile import Profile
from alpr_policy.model.request import Mode, Request
from alpr_policy.questions.decide import PolicyDecisionPoint
from alpr_policy.reading.catalog import Catalog, folders, profile_files

Alarm = Callable[[PolicyError], None]
Fingerprint = tuple[tuple[str, int, int], ...]


class LivePolicyDecisionPoint:
    """Serves departments by profiles that may change on disk while it runs.

    A change is taken up whole or not at all: what cannot be used leaves the last good profiles in force and raises an
    alarm. Deciding takes no lock and reads no file, so threads and event loops may share one; a decision, or a batch
    of them, is made under the profiles that were in force when it began.
    """

    def __init__(self, *extra: str | Path, departments: Iterable[str], on_alarm: Alarm | None = None) -> None:
        """Load the shipped profiles, those of ALPR_POLICIES and of `extra` folders, to serve `departments`.

        `on_alarm` is called with what is wrong whenever a change could not be taken up, and so is the log; it may be
        called from the watching thread. Raises ProfileError where a profile cannot be used, is unknown, or may not
        serve yet (see `serving_faults`).
        """
        self._folders = tuple(Path(one) for one in extra)
        self.departments = tuple(dict.fromkeys(departments))
        self._on_alarm = on_alarm
        self._reloading = threading.Lock()
        self._watcher: threading.Thread | None = None
        self._stop = threading.Event()
        self._seen = self._fingerprint()
        self._point = self._loaded()
        self.problem: PolicyError | None = None
        self.loaded_at = dt.datetime.now(dt.UTC)

    @property
    def catalog(self) -> Catalog:
        """Return the profiles in use."""
        return self._point.catalog

    @property
    def current(self) -> PolicyDecisionPoint:
        """Return the decision point in use now; it stays as it is when profiles change."""
        return self._point

    def active(self, department: str, at: dt.datetime | None = None) -> Profile | None:
        """Return a department's text in force at a time, or now; None where there is none."""
        return self._point.catalog.active(department, at or dt.datetime.now(dt.UTC))

    def decide(
        self,
        request: Request | Mapping[str, Any],
        *,
        departments: Iterable[str] | None = None,
        mode: Mode = Mode.ENFORCE,
    ) -> Decision:
        """Judge one request for the departments served, or for those given, as `PolicyDecisionPoint.decide` does."""
        served = self.departments if departments is None else departments
        return self._point.decide(request, departments=served, mode=mode)

    def decide_all(
        self,
        requests: Iterable[Request | Mapping[str, Any]],
        *,
        departments: Iterable[str] | None = None,
        mode: Mode = Mode.ENFORCE,
    ) -> Iterator[Decision]:
        """Judge requests one after the other, all under the profiles in use when the first is asked for."""
        served = self.departments if departments is None else departments
        return self._point.decide_all(requests, departments=served, mode=mode)

    # Taking up changes

    def reload(self) -> bool:
        """Take up what has changed on disk and say whether the profiles in use are the newest.

        Nothing is taken up in part. What is wrong is kept in `problem`, logged, and handed to `on_alarm`.
        """
        with self._reloading:
            seen = self._fingerprint()
            try:
                point = self._loaded()
            except PolicyError as error:
                self._seen = seen
                self._raise_alarm(error)
                return False
            self._point, self._seen = point, seen
            self.problem, self.loaded_at = None, dt.datetime.now(dt.UTC)
            return True

    def watch(self, every: float = 2.0) -> None:
        """Look for changes every so many seconds in a thread of its own, until `close`."""
        if self._watcher is None:
            self._stop.clear()
            self._watcher = threading.Thread(target=self._watch, args=(every,), name="alpr-policy-reload", daemon=True)
            self._watcher.start()

    def close(self) -> None:
        """Stop watching; deciding goes on."""
        self._stop.set()
        watcher, self._watcher = self._watcher, None
        if watcher is not None and watcher is not threading.current_thread():
            watcher.join()

    def __enter__(self) -> LivePolicyDecisionPoint:
        """Return itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop watching."""
        self.close()

    def _watch(self, every: float) -> None:
        while not self._stop.wait(every):
            try:
                if self._fingerprint() != self._seen:
                    self.reload()
            except Exception as error:  # whatever it is, the thread must go on looking, and say so
                self._raise_alarm(
                    PolicyError([Diagnostic("watch-failed", f"looking for changed profiles failed: {error}")])
                )

    def _loaded(self) -> PolicyDecisionPoint:
        point = PolicyDecisionPoint.load(*self._folders)
        faults = serving_faults(point.catalog, self.departments)
        if faults:
            raise ProfileError(faults)
        return point

    def _fingerprint(self) -> Fingerprint:
        """Return what would tell that a file has changed: names, times and sizes."""
        found: list[tuple[str, int, int]] = []
        for place in folders(self._folders):
            try:
                for path in profile_files(place) if place.is_dir() else (place,):
                    about = path.stat()
                    found.append((str(path), about.st_mtime_ns, about.st_size))
            except OSError:
                found.append((str(place), 0, -1))
        return tuple(found)

    def _raise_alarm(self, error: PolicyError) -> None:
        import logging

        log = logging.getLogger("alpr_policy")
        self.problem = error
        log.error("profiles were not taken up, the last good ones stay in force: %s", error)
        if self._on_alarm is not None:
            try:
                self._on_alarm(error)
            except Exception:  # a listener's fault must not stop what guards the policies
                log.exception("the alarm could not be delivered")


def serving_faults(catalog: Catalog, departments: Iterable[str]) -> tuple[Diagnostic, ...]:
    """Return why some departments may not be served: an unknown profile, a template, or a position nobody has filled.

    A profile with an open `required` parameter can be checked and tried, and its answers name the parameter; it cannot
    stand for a department.
    """
    found: list[Diagnostic] = []
    for name in departments:
        for profile in catalog.get(name):
            for parameter in profile.open_parameters:
                place = profile.parameters[parameter].span
                message = f"`{name}` may not serve before its parameter `{parameter}` is filled"
                help = f"fill it in a file of your own that says `adopts: {name}`"
                found.append(Diagnostic("open-parameter", message, place, help))
    return in_order(found)
