"""What came of tests in other forms: JSON data, JUnit's XML, and diagnostics for whatever shows these."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from collections.abc import Callable, Iterable
from typing import Any

from alpr_policy.errors import Diagnostic, Severity
from alpr_policy.questions.testing.running import NOT_DECIDING, Decided, Ran, Result, Status
from alpr_policy.source import NOWHERE, Span

Shown = Callable[[str], str]
# What XML 1.0 cannot hold.
_NO_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def data_of(ran: Ran, shown: Shown = str) -> dict[str, Any]:
    """Return what came of tests as JSON data; `shown` says how a file is named."""
    return {
        "passed": ran.count(Status.PASSED),
        "idle": ran.count(Status.IDLE),
        "failed": ran.count(Status.FAILED),
        "proposed": ran.count(Status.PROPOSED),
        "left_out": ran.left_out,
        "tests": [_test(one, shown) for one in ran.results],
    }


def _test(one: Result, shown: Shown) -> dict[str, Any]:
    return {
        "name": one.name,
        "kind": one.kind,
        "profile": one.profile,
        "status": one.status.value,
        **_place(one.place, shown),
        "clause": list(one.clause),
        **({"reach": one.reach.value} if one.reach is not None else {}),
        **({"problems": [{"part": p.part, "told": p.text} for p in one.problems]} if one.problems else {}),
        **({"decided": [_decided(d, shown) for d in one.decided]} if one.decided else {}),
    }


def _decided(one: Decided, shown: Shown) -> dict[str, Any]:
    return {
        "profile": one.profile,
        "rule": one.rule,
        "cite": list(one.cite),
        "does": one.does,
        **_place(one.place, shown),
    }


def _place(span: Span, shown: Shown) -> dict[str, Any]:
    return {} if span == NOWHERE else {"file": shown(span.file), "line": span.line, "column": span.column}


def decided_text(one: Decided, shown: Shown = str) -> str:
    """Say which statement decided, and where it stands."""
    if one.does == "silence":
        return f"decided: silence, no clause of {one.profile} speaks of this"
    cited = f" ({', '.join(one.cite)})" if one.cite else ""
    where = f", {shown(one.place.file)}:{one.place.line}:{one.place.column}" if one.place != NOWHERE else ""
    whose = f" of {one.profile}" if one.profile else ""
    lead = "expected" if one.does == NOT_DECIDING else "decided"
    return f"{lead}: `{one.rule}`{whose}{cited} {one.does}{where}"


def idle_text(one: Result) -> str:
    """Say why a test that passes shows little."""
    return f"the statements on {', '.join(one.clause)} {one.reach}: they were not tested"


def diagnostics_of(ran: Ran, shown: Shown = str) -> tuple[Diagnostic, ...]:
    """Return an error for each test that failed and a warning for each that is idle."""
    found = []
    for one in ran.results:
        if one.status is Status.FAILED:
            told = f"“{one.name}”: " + "; ".join(p.text for p in one.problems)
            help_ = "; ".join(decided_text(d, shown) for d in one.decided)
            found.append(Diagnostic("test-failed", told, one.place, help_))
        elif one.status is Status.IDLE:
            told = f"“{one.name}”: {idle_text(one)}"
            found.append(Diagnostic("test-idle", told, one.place, severity=Severity.WARNING))
    return tuple(found)


def junit_of(ran: Ran, shown: Shown = str) -> str:
    """Return what came of tests as JUnit's XML: a suite for each file, and no times, since nothing here reads a clock.

    An idle test passes; what is idle in it stands under `system-out`.
    """
    whole = ET.Element("testsuites", name="alpr-policy", tests=str(len(ran.results)))
    whole.set("failures", str(ran.count(Status.FAILED)))
    for file in dict.fromkeys(one.place.file for one in ran.results):
        here = [one for one in ran.results if one.place.file == file]
        failed = sum(one.status is Status.FAILED for one in here)
        suite = ET.SubElement(whole, "testsuite", name=_clean(shown(file)), tests=str(len(here)))
        suite.set("failures", str(failed))
        suite.set("errors", "0")
        suite.set("skipped", str(sum(one.status is Status.PROPOSED for one in here)))
        _cases(suite, here, shown)
    ET.indent(whole)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ET.tostring(whole, encoding="unicode") + "\n"


def _cases(suite: ET.Element, results: Iterable[Result], shown: Shown) -> None:
    for one in results:
        case = ET.SubElement(suite, "testcase", classname=_clean(one.profile), name=_clean(one.name))
        case.set("file", _clean(shown(one.place.file)))
        case.set("line", str(one.place.line))
        if one.status is Status.FAILED:
            lines = [*(p.text for p in one.problems), *(decided_text(d, shown) for d in one.decided)]
            failure = ET.SubElement(case, "failure", message=_clean(one.problems[0].text), type=one.problems[0].part)
            failure.text = _clean("\n".join(lines))
        elif one.status is Status.PROPOSED:
            ET.SubElement(case, "skipped", message="proposed and not accepted")
        elif one.status is Status.IDLE:
            ET.SubElement(case, "system-out").text = _clean(idle_text(one))


def _clean(text: str) -> str:
    return _NO_XML.sub("\ufffd", text)
