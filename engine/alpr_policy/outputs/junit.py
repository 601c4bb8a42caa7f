"""JUnit's XML, as CI servers read it: a file is a suite, a diagnostic a case that failed."""

from __future__ import annotations

from collections.abc import Iterable
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from alpr_policy.errors import Diagnostic, Severity
from alpr_policy.outputs.places import is_placed

NO_FILE = "(no file)"


def junit(tool: str, diagnostics: Iterable[Diagnostic], files: Iterable[str] = ()) -> str:
    """Write a suite for each file. Errors and warnings fail, hints are skipped, and a file without any passes."""
    by_file: dict[str, list[Diagnostic]] = {_safe(name): [] for name in files}
    for one in diagnostics:
        by_file.setdefault(_safe(one.span.file) if is_placed(one) else NO_FILE, []).append(one)
    root = Element("testsuites", name=tool)
    totals = [0, 0, 0]
    for name, found in by_file.items():
        failed = sum(one.severity is not Severity.INFO for one in found)
        counts = (max(1, len(found)), failed, len(found) - failed)
        totals = [a + b for a, b in zip(totals, counts, strict=True)]
        suite = SubElement(root, "testsuite", name=name)
        _count(suite, counts)
        if not found:
            SubElement(suite, "testcase", classname=name, name="nothing found")
        for one in found:
            _case(suite, name, one)
    _count(root, (totals[0], totals[1], totals[2]))
    indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + tostring(root, encoding="unicode") + "\n"


def _count(element: Element, counts: tuple[int, int, int]) -> None:
    for key, count in zip(("tests", "failures", "skipped"), counts, strict=True):
        element.set(key, str(count))
    element.set("errors", "0")


def _case(suite: Element, name: str, one: Diagnostic) -> None:
    where = f" in line {one.span.line}" if one.span.line > 0 else ""
    case = SubElement(suite, "testcase", classname=name, name=f"{one.code}{where}")
    if one.span.line > 0:
        case.set("line", str(one.span.line))
    if one.severity is Severity.INFO:
        SubElement(case, "skipped", message=_safe(one.message))
        return
    failure = SubElement(case, "failure", type=str(one.severity), message=_safe(one.message))
    failure.text = _safe(f"{one.span}: {one.severity}: {one.message} [{one.code}]\n{one.help}".rstrip())


def _safe(text: str) -> str:
    """Put a mark in place of what XML 1.0 cannot hold."""
    return "".join(c if c in "\t\n\r" or _is_text(c) else "\ufffd" for c in text)


def _is_text(c: str) -> bool:
    return "\x20" <= c <= "\ud7ff" or "\ue000" <= c <= "\ufffd" or c >= "\U00010000"
