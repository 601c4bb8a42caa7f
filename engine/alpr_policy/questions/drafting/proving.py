"""The files of a draft, tried before anybody has them: the profile checks, and every expected answer holds."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from alpr_policy.errors import Diagnostic, ExitCode, PolicyError
from alpr_policy.ir.check import check as check_rules
from alpr_policy.questions.answers import case_differences, duty_differences
from alpr_policy.questions.decide import PolicyDecisionPoint
from alpr_policy.questions.documents import policy_document, policy_markdown
from alpr_policy.questions.drafting.drafts import Draft
from alpr_policy.questions.drafting.writing import profile_text, suite_text
from alpr_policy.questions.suites import Suite, suite_of
from alpr_policy.reading.catalog import build
from alpr_policy.reading.profiles import load_source
from alpr_policy.reading.yaml_nodes import parse
from alpr_policy.source import SourceFile, Span


class DraftError(PolicyError):
    """The answers do not make a profile."""

    exit_code = ExitCode.USAGE


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftFiles:
    """The texts of the three files, and how many statements, expected answers and open points they have."""

    profile: str
    suite: str
    page: str
    statements: int
    answers: int
    reviews: int


def files_of(draft: Draft) -> DraftFiles:
    """Return the files of a draft; raises DraftError with all that is wrong with the answers.

    Nothing comes back that does not load, that has an error or a warning, or of which an expected answer does not hold.
    """
    faults = draft.faults()
    if faults:
        raise DraftError(faults)
    text, answers = profile_text(draft), suite_text(draft)
    loaded = load_source(SourceFile(f"{draft.profile}.yaml", text))
    if loaded.profile is None or loaded.diagnostics:
        raise DraftError(loaded.diagnostics)
    pdp = PolicyDecisionPoint(build([loaded]))
    wrong = list(check_rules(loaded.profile, pdp.ruleset(loaded.profile)))
    node, found = parse(SourceFile(f"{draft.profile}.answers.yaml", answers))
    suite = suite_of(node, found)
    wrong += _broken(suite, pdp)
    if wrong:
        raise DraftError(wrong)
    document = policy_document(pdp, draft.profile, as_of=draft.effective + dt.timedelta(days=1))
    return DraftFiles(
        profile=text,
        suite=answers,
        page=policy_markdown(document),
        statements=len(loaded.profile.statements),
        answers=len(suite.cases) + len(suite.duties),
        reviews=text.count("# review:"),
    )


def _broken(suite: Suite, pdp: PolicyDecisionPoint) -> list[Diagnostic]:
    """Return the expected answers that do not hold."""
    told = [(case.name, case.place, case_differences(case, pdp)) for case in suite.cases]
    told += [(duty.name, Span("answers", 1, 1), duty_differences(duty, pdp)) for duty in suite.duties]
    return [
        Diagnostic("draft-answer", f"{name} {'; '.join(differing)}", place)
        for name, place, differing in told
        if differing
    ]
