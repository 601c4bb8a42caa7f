"""The texts of a draft: the profile with its comments, and the expected answers."""

from __future__ import annotations

import datetime as dt
import json
import re
import textwrap
from collections.abc import Iterable, Iterator
from string import Template
from zoneinfo import ZoneInfo

from alpr_policy.questions.drafting.drafts import Draft
from alpr_policy.questions.drafting.topics import Topic, topics

SECTIONS = {
    "permissions": "What is allowed. With `only: true`, it is forbidden everywhere else.",
    "prohibitions": "What is forbidden, and nothing that the requester could supply would put it right.",
    "requirements": "What must hold before an act; without it the answer is `needs`, with what is missing.",
    "approvals": "Who must approve an act beforehand.",
    "checks": "What must be verified beforehand.",
    "documents": "Which paper must exist beforehand.",
    "retention": "How long data stays: `at_most` is a ceiling, `at_least` a floor.",
    "holds": "What keeps data from being deleted.",
    "duties": "What must be done by itself: on a rhythm, on a day, or after something happened.",
    "not_enforced": "Clauses that no statement carries, and why: definition, background, role, discipline, ...",
}
# What a policy of a page or two plainly leaves alone.
LEFT_ALONE = "[access.use, device.operate, device.repair, log.write, training.record, stop.start, duty.complete]"
WIDTH = 118
CHIEF = "chief"


def profile_text(draft: Draft) -> str:
    """Return the profile: what was answered as statements, the rest as comments to begin from."""
    lines = [*_head(draft), ""]
    chosen = {one.name for one in draft.chosen()}
    for section, meaning in SECTIONS.items():
        here = [one for one in topics() if one.section == section]
        mine = [one for one in here if one.name in chosen]
        extra = [one for one in draft.extras if one.section == section]
        lines.append(f"# {meaning}")
        lines.append(f"{section}:" if mine or extra else f"# {section}:")
        lines += _commented([draft.reviews.get(f"section {section}", "")])
        for topic in mine:
            lines += _commented([topic.gist, draft.reviews.get(topic.name, "")])
            lines += _filled(draft, topic.statement, draft.clause_of(topic), draft.taken.get(topic.name))
        for one in extra:
            lines += [*_commented([one.gist, one.review]), *_filled(draft, one.statement, one.clause, None)]
        for topic in here:
            if topic.name not in chosen:
                lines.append(f"  # not in this policy so far: {topic.gist}")
                lines += [f"  # {line[2:]}" for line in _filled(draft, topic.statement, topic.clause, topic.sample)]
        lines.append("")
    return "\n".join([*lines, *_outline(draft)]) + "\n"


def _head(draft: Draft) -> list[str]:
    silence = f"{{otherwise: deny, allow: {LEFT_ALONE}}}" if draft.silence == "deny" else "allow"
    terms = ", ".join(draft.purposes)
    clause = json.dumps(draft.clause_of(topics()[0]))  # that of the uses, which every policy names
    needed = [draft.clause_of(one) for one in draft.chosen() if "$chief" in one.statement]
    named = f", cite: [{', '.join(map(json.dumps, dict.fromkeys(needed)))}]" if needed else ""
    office = f"  {CHIEF}: {{title: {_quoted(draft.chief)}, designee: true{named}}}"
    return [
        "# A first draft. Compare each statement with the adopted text, put the text's own clause numbers in the place",
        "# of those here, and add what is missing; docs/language.md has the language. Lines with `#` are comments.",
        *(f"# {line}" for note in draft.notes for line in textwrap.wrap(note, WIDTH - 2)),
        "language: 1",
        f"profile: {draft.profile}",
        f"department: {_quoted(draft.department)}",
        *_reviewed(draft, "number"),
        *_reviewed(draft, "effective"),
        f"policy: {{title: {_quoted(draft.title)}, number: {_quoted(draft.number)}, effective: {draft.effective}}}",
        *_reviewed(draft, "timezone"),
        f"timezone: {draft.timezone}",
        "",
        "# What follows where the policy says nothing. There is no default: read the text, and ask whoever adopted it.",
        *_reviewed(draft, "silence"),
        *textwrap.wrap(f"silence: {silence}", WIDTH, subsequent_indent=" " * 33),
        "",
        "# The offices that the policy names. `designee: true` lets a person named by the holder act for the holder.",
        *(["roles:", office] if needed else ["# roles:", f"# {office}"]),
        "",
        "# Lists that statements name. These are the purposes for which the readers may be used.",
        "terms:",
        *_commented([draft.reviews.get("purposes", "")]),
        *textwrap.wrap(f"  official: {{values: [{terms}], cite: {clause}}}", WIDTH, subsequent_indent=" " * 21),
    ]


def _reviewed(draft: Draft, name: str) -> list[str]:
    return [f"# {line}" for line in textwrap.wrap(draft.reviews.get(name, ""), WIDTH - 2)]


def _outline(draft: Draft) -> list[str]:
    clauses = dict.fromkeys([draft.clause_of(one) for one in draft.chosen()] + [one.clause for one in draft.extras])
    listed = ", ".join(json.dumps(clause) for clause in sorted(clauses, key=_numbered))
    return [
        "# Every clause of the policy, in order. `alpr-policy check` names each that nothing cites: the things to do.",
        *textwrap.wrap(f"outline: [{listed}]", WIDTH, subsequent_indent=" " * 10),
    ]


def _numbered(clause: str) -> list[tuple[bool, int, str]]:
    """Order clauses as they are numbered: 2 before 10."""
    return [(part.isdigit(), int(part) if part.isdigit() else 0, part) for part in re.split(r"(\d+)", clause) if part]


def _commented(texts: Iterable[str]) -> list[str]:
    return [f"  # {line}" for text in texts if text for line in textwrap.wrap(text, WIDTH - 4)]


def _filled(draft: Draft, template: str, clause: str, value: object) -> list[str]:
    words = _words(draft) | {"clause": json.dumps(clause), "value": str(value)}
    return [f"  {line}" for line in Template(template).substitute(words).rstrip("\n").split("\n")]


# Expected answers


def suite_text(draft: Draft) -> str:
    """Return the expected answers: for each statement, requests to which it gives an answer."""
    words = _words(draft)
    bases = Template(BASES).substitute(words).rstrip("\n").split("\n")
    cases = list(_cases(draft))
    duties = [line for one in draft.chosen() if one.duties for line in _answers(draft, one, one.duties)]
    head = [
        "# What the policy answers. Each case is a sentence, a request, and the answer by the text.",
        "# Write more of them from the text, not from the profile; docs/expected-answers.md has the form.",
        f"profile: {draft.profile}",
        f"at: {words['at']}",
        "",
        "base:",
    ]
    return "\n".join([*head, *bases, "", "cases:", *cases, *(["", "duties:", *duties] if duties else [])]) + "\n"


def _cases(draft: Draft) -> Iterator[str]:
    for one in draft.chosen():
        if one.cases:
            yield from _answers(draft, one, one.cases)
    for extra in draft.extras:
        if extra.cases:
            yield from _filled(draft, extra.cases, extra.clause, None)


def _answers(draft: Draft, topic: Topic, template: str) -> list[str]:
    return _filled(draft, template, draft.clause_of(topic), draft.taken.get(topic.name))


# Requests that are in order, for each kind of act that is asked of.
BASES = """\
  search:
    facts: {purpose: $purpose, basis.protected_trait: none, reason.recorded: true, case.state: open,
            beneficiary.agency: own, case.number: case-1, requester.id: officer-1, requester.agency: own}
    approvals: []
  entry:
    facts: {purpose: $purpose, basis.protected_trait: none, entry.matter: ordinary, entry.manual: false,
            requester.id: officer-1, requester.agency: own}
    checks: []
  alert:
    facts: {purpose: $purpose, basis.protected_trait: none, requester.id: officer-1, requester.agency: own}
  stop:
    facts: {stop.basis: hit, basis.protected_trait: none, purpose: $purpose, requester.id: officer-1,
            requester.agency: own}
  compared:
    checks:
      - {check: visual, part: characters, result: pass, by: officer-1, at: $just_before}
      - {check: visual, part: state, result: pass, by: officer-1, at: $just_before}
  confirmed:
    checks: [{check: status, result: pass, by: dispatch-1, at: $just_before, source: dispatch}]
  sharing:
    facts: {purpose: $purpose, basis.protected_trait: none, share.sale: false, recipient.kind: police_agency,
            requester.id: officer-1, requester.agency: own}
    documents: []
  stored:
    facts: {data.classes: [read], data.custodian: department, record.evidence: none, record.case: none}
    holds: []
"""


def _words(draft: Draft) -> dict[str, str]:
    zone = ZoneInfo(draft.timezone)
    at = dt.datetime.combine(draft.effective + dt.timedelta(days=1), dt.time(12), zone)
    days = draft.taken.get("retention_days")
    kept = days if isinstance(days, int) and not isinstance(days, bool) else 0
    return {
        "at": at.isoformat(),
        "old": (at - dt.timedelta(days=kept + 1)).isoformat(),
        "young": (at - dt.timedelta(hours=1)).isoformat(),
        "just_before": (at - dt.timedelta(minutes=1)).isoformat(),
        "much_later": dt.datetime.combine(draft.effective + dt.timedelta(days=800), dt.time(12), zone).isoformat(),
        "purpose": draft.purposes[0],
        "barring": _barring(draft, None),
        "barring_personal": _barring(draft, "personal"),
        "chief": CHIEF,
        "uses": json.dumps(draft.clause_of(topics()[0])),
    }


def _barring(draft: Draft, purpose: str | None) -> str:
    """Return the statements that bar a purpose that is not official, or any purpose at all."""
    extras = [one.id for one in draft.extras if one.bars and (purpose is None or purpose in one.bars)]
    return ", ".join(["official-use", *extras])


def _quoted(text: str) -> str:
    """Return a text in the quotes of YAML."""
    return json.dumps(text, ensure_ascii=False)
