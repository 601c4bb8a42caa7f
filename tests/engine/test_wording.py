"""Statements in plain English: each sentence is made from the model and the phrases of the vocabulary."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from alpr_policy.model.profile import Profile
from alpr_policy.questions.telling import Teller
from alpr_policy.reading.profiles import load_source
from alpr_policy.source import SourceFile
from alpr_policy.vocabulary import VOCABULARY, FactKind
from alpr_policy.vocabulary.phrases import ACTS, AFFIRMED, CLAUSES, EVENTS, GROUP_ACTS, TASKS, VALUES
from alpr_policy.vocabulary.topics import TOPICS

HEAD = """
language: 1
profile: wording
department: Wording Police Department
policy: {title: Plate Readers, number: "1", effective: 2025-01-01}
timezone: America/New_York
silence: deny
facts:
  site.blessed: {type: bool, actions: [device.install], means: whether the mayor has blessed the site}
  site.colour: {type: enum, values: [dark_red, blue], actions: [device.install], means: which colour the site has}
  site.made: {type: time, actions: [device.install], means: when the site was made}
  site.opened: {type: time, actions: [device.install], means: when the site opened}
  site.order: {type: order, of: [site.opened, site.made], actions: [device.install], means: whether it opened before it was made}
  site.finding: {type: finding, actions: [device.install], means: the finding of the mayor}
lists: {tasks: [ring_bell, bell_book], events: [full_moon, gate_forced, term_ended], checks: [second_look],
        sources: [old_book], documents: [gate_pass]}
data_classes: [gate_entry]
"""

# What a statement names is declared, and nothing else: a profile with parts that nothing uses is refused.
PARTS = {
    "roles": {"chief": "{title: Chief of Police, designee: true}", "captain": "{title: Captain, acting: true}"},
    "terms": {
        "short": "{values: [warrant, audit]}",
        "long": "{values: [warrant, audit, training, maintenance, other_official]}",
    },
    "parameters": {"post": "{type: role, value: null, required: true}", "pause": "{type: span, value: null}"},
}


def profile_of(kind: str, statement: str) -> Profile:
    """Return a profile with one statement, and the parts that it names."""
    text = HEAD
    for key, parts in PARTS.items():
        used = [f"{name}: {part}" for name, part in parts.items() if name in re.findall(r"\w+", statement)]
        text += f"{key}: {{{', '.join(used)}}}\n" if used else ""
    loaded = load_source(
        SourceFile("wording.yaml", f"{text}{kind}:\n  - {{id: it, cite: '1', {statement}}}\noutline: ['1']\n")
    )
    assert loaded.profile is not None, loaded.diagnostics
    return loaded.profile


def told(kind: str, statement: str) -> str:
    """Return the words for one statement of a kind."""
    profile = profile_of(kind, statement)
    return Teller(profile).tell(profile.statements[-1]).text


@pytest.mark.parametrize(
    ("condition", "words"),
    [
        ("purpose: audit", "the purpose is audit"),
        ("purpose: [audit, warrant, training]", "the purpose is audit, warrant or training"),
        ("purpose: {not: audit}", "the purpose is not audit"),
        ("purpose: {in: short}", "the purpose is warrant or audit"),
        ("purpose: {in: long}", "the purpose is on the list “long”"),
        ("purpose: {not_in: long}", "the purpose is not on the list “long”"),
        ("purpose: {none: true}", "there is no purpose of the act"),
        ("not: {purpose: {none: true}}", "there is a purpose of the act"),
        ("requester.trained: true", "the requester has been trained"),
        ("requester.trained: false", "the requester has not been trained"),
        ("requester.agency: own", "the requester belongs to the department"),
        ("requester.agency: {not: own}", "the requester does not belong to the department"),
        ("basis.kind: court_order", "the act rests on a court order"),
        ("data.custodian: vendor", "the data is held by a vendor"),
        ("procedure.finding: allows", "the finding on the search under the department's search procedures allows it"),
        ("requester.roles: {has: chief}", "the roles the requester holds include the Chief of Police"),
        ("reason.defects: {outside: [generic]}", "the defects of the typed reason include something other than a generic reason"),
        ("record.age: {at_least: 30 days}", "the age of the record is at least 30 days"),
        ("requester.trained_on: {before: 2026-01-05}", "the training of the requester is before 5 January 2026"),
        ("purpose: audit, case.state: open", "the purpose is audit and the act names an open case"),
        ("any: [{purpose: audit}, {case.state: open}]", "either the purpose is audit or the act names an open case"),
        ("not: {any: [{purpose: audit}, {case.state: open}]}",
         "it is not so that either the purpose is audit or the act names an open case"),
    ],
)  # fmt: skip
def test_condition_in_words(condition: str, words: str) -> None:
    """A condition reads as a clause behind `if`, turned round where its matcher is."""
    assert f"It is forbidden to search stored reads if {words}." == told(
        "prohibitions", f"action: search.run, when: {{{condition}}}"
    )


@pytest.mark.parametrize(
    ("kind", "statement", "words"),
    [
        ("permissions", "action: search.run", "It is allowed to search stored reads."),
        ("permissions", "action: search.run, when: {purpose: audit}, only: true",
         "It is allowed to search stored reads only if the purpose is audit."),
        ("prohibitions", "action: [hotlist.add, hotlist.change, search.run], unless: {purpose: audit}",
         "It is forbidden to make or change a hot-list entry or search stored reads, unless the purpose is audit."),
        ("prohibitions", "action: device.install, when: {site.blessed: false}",
         "It is forbidden to put up or move a reader if the mayor has not blessed the site."),
        ("prohibitions", "action: device.install, when: {site.colour: dark_red}, force: should",
         "It is forbidden to put up or move a reader if the answer to “which colour the site has” is dark red. "
         "This is expected, not compelled."),
        ("prohibitions", "action: search.run, excused_by: {topic: search.run, by: chief, for: [audit], cite: '1'}",
         "It is forbidden to search stored reads. The Chief of Police or a designee may make an exception for audit (1)."),
        ("requirements", "action: search.run, must: {reason.recorded: true}",
         "Before searching stored reads, this must hold: a reason has been typed in."),
        ("approvals", "action: search.run, by: {role: chief, in_person: true}, each: true",
         "Before searching stored reads, the Chief of Police in person must approve it. "
         "Each act needs an approval of its own."),
        ("approvals", "action: search.run, by: {parameter: post}",
         "Before searching stored reads, whoever the open position “post” names (not yet filled) must approve it."),
        ("checks", "action: stop.start, when: {stop.basis: hit}, check: visual, compares: [characters], not_by: requester",
         "Before stopping a vehicle or its occupants, if the stop rests on a hit, there must be a comparison by eye of the "
         "plate's characters; if it fails, the act is barred. Nobody may check for an act of their own."),
        ("documents", "action: data.share, document: [warrant, subpoena], fields: [agency], from: [court], valid: 30 days",
         "Before giving or showing data to others, there must be a warrant or a subpoena that names the agency. It must "
         "come from a court. It may be no older than 30 days."),
        ("retention", "data: bulk, custodian: vendor, at_least: 14 days, at_most: 30 days",
         "Bulk data held by a vendor: kept at least 14 days and at most 30 days, counted from when the plate was read."),
        ("retention", "data: [read, alert], exactly: 1 year, from: stored",
         "Plate reads and alert data: kept exactly 1 year, counted from when the record was stored."),
        ("retention", "data: bulk, custodian: vendor, never: true", "Bulk data may never be held by a vendor."),
        ("retention", "data: query_log, at_least: indefinite", "Query logs: kept without an end."),
        ("holds", "data: alert, basis: direction, by: captain, until: {record.case: disposed}",
         "Alert data may not be deleted while a hold for a direction placed by the Captain or whoever is acting in the "
         "office is active. This ends when the record is part of a case that is finally disposed of."),
        ("duties", "task: audit, by: captain, every: 1 quarter, counted: calendar, covers: [access]",
         "The Captain or whoever is acting in the office must hold an audit of access once in every calendar quarter."),
        ("duties", "task: audit, every: {parameter: pause}",
         "The department must hold an audit at an interval that nobody has set (“pause”)."),
        ("duties", "task: ring_bell, after: full_moon, for_each: person, within: 2 days, early: 1 hour",
         "Once there has been a full moon, the department must ring the bell within 2 days, for each user. It counts as "
         "done up to 1 hour before."),
        ("duties", "task: bell_book, after: [gate_forced, term_ended], within: 2 days, breach: {severity: grave, "
         "consequence: a fine}, answerable: chief",
         "Once the gate has been forced or the term has ended, the department must see to the bell book within 2 days. "
         "A breach is grave: a fine. The Chief of Police answers for a breach."),
        ("duties", "task: audit, every: 2 quarters, counted: calendar, sample: {share: 5 percent, of: search.run}",
         "The department must hold an audit once in every 2 calendar quarters. It draws 5 percent of the cases of "
         "searching stored reads."),
        ("checks", "action: stop.start, check: second_look, sources: [old_book], force: should",
         "Before stopping a vehicle or its occupants, there must be a second look check. What counts is an answer from "
         "the old book. This is expected, not compelled."),
        ("documents", "action: data.share, document: gate_pass, fields: [plate]",
         "Before giving or showing data to others, there must be a gate pass that names the plate."),
        ("requirements", "action: search.run, must: {reason.defects: {none: true}}, or_afterwards: {when: {not: "
         "{purpose: audit}}, task: report, within: {parameter: pause}}",
         "Before searching stored reads, this must hold: there are no defects of the typed reason. If the purpose is not "
         "audit, it is enough to report afterwards, within the time that the open position “pause” sets (not yet filled)."),
        ("prohibitions", "action: device.install, when: {site.opened: {after: 2026-05-01}, site.order: after}",
         "It is forbidden to put up or move a reader if the time when the site opened is on or after 1 May 2026 and the "
         "time when the site opened is after the time when the site was made."),
        ("prohibitions", "action: device.install, when: {site.opened: {none: true}, site.finding: {not: forbids}}",
         "It is forbidden to put up or move a reader if there never was a time when the site opened and the finding of "
         "the mayor does not forbid it."),
        ("retention", "data: [read, gate_entry], at_most: 1 day, unless: {record.acted_on: false}",
         "Plate reads and gate entries, unless no officer has acted on the hit: kept at most 1 day, counted from when the "
         "plate was read."),
        ("duties", "task: log_transaction, after: search.run, within: at_once",
         "After searching stored reads, the department must log the act at once."),
    ],
)  # fmt: skip
def test_statement_in_words(kind: str, statement: str, words: str) -> None:
    """A statement of each kind reads as one or two sentences that say all it does."""
    assert words == told(kind, statement)


def test_reading_says_what_it_is_not() -> None:
    """How a doubtful clause is read stands beside what it is not read as."""
    reading = "reading: {chosen: this one, instead_of: [that one]}"
    profile = profile_of("permissions", f"action: search.run, {reading}")

    assert "Read as: this one. (Not as: that one.)" == Teller(profile).tell(profile.permissions[0]).reading


def test_phrases_are_about_words_that_exist() -> None:
    """No phrase is left over for an act, fact, list, task or event that the vocabulary no longer has."""
    facts, lists = set(VOCABULARY.facts), set(VOCABULARY.lists)

    assert set() == set(ACTS) ^ set(VOCABULARY.actions)
    assert set() == set(GROUP_ACTS) ^ set(VOCABULARY.groups)
    assert set() == set(CLAUSES) - facts
    assert set() == set(VALUES) - facts - lists
    assert set() == set(TASKS) ^ set(VOCABULARY.lists["tasks"])
    assert set() == set(EVENTS) ^ set(VOCABULARY.lists["events"])
    assert set() == {action for topic in TOPICS.values() for action in topic.actions} ^ set(VOCABULARY.actions)


@pytest.mark.parametrize("name", sorted(VALUES))
def test_phrases_of_values_exist(name: str) -> None:
    """Each value that has words is a value of its list or fact."""
    fact = VOCABULARY.facts.get(name)
    known = VOCABULARY.values_of(fact) if fact is not None else set(VOCABULARY.lists[name])

    assert set() == set(VALUES[name]) - known


@pytest.mark.parametrize("name", sorted(CLAUSES))
def test_clause_takes_its_value_and_can_be_turned(name: str) -> None:
    """A clause can be denied, and has a place for its value unless the fact is a yes or no."""
    clause, kind = CLAUSES[name], VOCABULARY.facts[name].kind

    assert 1 == clause.count("{not}")
    assert (kind is not FactKind.BOOL) == clause.endswith(("{}", "{} in the device register"))
    assert "does{not}" not in clause or any(stated in clause for stated in AFFIRMED)


def test_no_profile_is_named_in_the_code() -> None:
    """What puts profiles into words knows no department."""
    root = Path(__file__).resolve().parents[2]
    places = [*(root / "engine").rglob("*.py"), *(root / "adapters").rglob("cli/*.py")]
    names = [file.stem for file in (root / "policies").glob("*.yaml") if file.stem != "model"]
    sources = {
        p.name: p.read_text(encoding="utf-8").lower() for p in places if p.stem in ("wording", "telling", "phrases")
    }

    assert [] == [(place, name) for place, text in sources.items() for name in names if name in text]
