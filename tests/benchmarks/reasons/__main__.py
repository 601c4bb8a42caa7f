"""How well word lists tell what is wrong with a reason: precision and recall on labelled rows of real exports.

Run `python -m tests.benchmarks.reasons`; it needs the study material, which is no part of the repository.

Of the rows only a hash and labels are kept: 500 labelled twice before there were word lists (`labels.csv`), and
300 further ones labelled once when the lists stood (`later.csv`). Each label is made of letters:

O  tells an offence or another matter
G  generic: police work, a vehicle or a suspect, and no matter
P  a filler
C  a section of law or a radio code, and no words that tell a matter
N  a case number, and no words that tell a matter
A  for another agency
U  an abbreviation that an outsider cannot read
"""

from __future__ import annotations

import csv
import hashlib
from collections.abc import Callable, Iterator
from pathlib import Path
from zoneinfo import ZoneInfo

from tests.pages import ROOT

from alpr_policy.meaning.reasons import defects_of_text
from alpr_policy.model.profile import ReasonWords
from alpr_policy.reading.profiles import load_file
from alpr_policy_adapters.logs import LogImport, LogOptions, Status

HERE = Path(__file__).resolve().parent
FOLDER = ROOT.parent / "shared" / "data" / "flock-audit"
FILES = ("portal_search_audit.csv", "eugene_or_search_audit.csv")
KINDS = {"generic": "G", "placeholder": "P", "code_only": "C", "case_in_reason": "N", "for_other_agency": "A"}


def texts() -> Iterator[tuple[str, str]]:
    """Yield the hash and the reason of each row that has one."""
    options = LogOptions(zone=ZoneInfo("America/Los_Angeles"))
    for row in LogImport(options).rows([FOLDER / name for name in FILES]):
        if row.status["reason.text"] is Status.PRESENT:
            known = f"reasons 1 {Path(row.file).name} {row.more['search.id']}"
            yield hashlib.sha256(known.encode()).hexdigest()[:16], row.request["facts"]["reason.text"]


def words() -> ReasonWords:
    """Return the word lists of the example profile."""
    profile = load_file(HERE / "search_reasons.yaml").profile
    assert profile is not None
    assert profile.reasons is not None
    return profile.reasons


def rated(pairs: list[tuple[str, frozenset[str]]], wanted: Callable[[str], bool], found: Callable[..., bool]) -> str:
    """Say how many were wanted, how many found, and how far the two agree."""
    both = sum(wanted(label) and found(defects) for label, defects in pairs)
    there, told = sum(wanted(label) for label, _ in pairs), sum(found(defects) for _, defects in pairs)
    precision, recall = both / told if told else 0.0, both / there if there else 0.0
    return f"{there:>8} {told:>6} {both:>6} {precision:>10.3f} {recall:>7.3f}"


def main() -> None:
    """Print agreement, precision and recall."""
    if not FOLDER.is_dir():
        print("the study material is not there: no folder `shared` beside the checkout")
        return
    lists, all_texts = words(), dict(texts())
    for name in ("labels.csv", "later.csv"):
        with (HERE / name).open(encoding="utf-8") as file:
            rows = [(one["first"], one["second"], all_texts[one["row"]]) for one in csv.DictReader(file)]
        sure = [(first, defects_of_text(text, lists)) for first, second, text in rows if second in (first, "")]
        twice = f", {len(sure)} with the same label twice" if name == "labels.csv" else ", labelled once"
        print(f"{name}: {len(rows)} rows{twice}")
        table(sure)


def table(pairs: list[tuple[str, frozenset[str]]]) -> None:
    """Print precision and recall for each kind of defect."""
    print(f"{'':<18} labelled  found   both  precision  recall")
    print(f"{'anything':<18}{rated(pairs, lambda label: label != 'O', bool)}")
    for kind, letter in KINDS.items():
        wanted, found = (lambda label, one=letter: one in label), (lambda defects, one=kind: one in defects)
        print(f"{kind:<18}{rated(pairs, wanted, found)}")
    print()


if __name__ == "__main__":
    main()
