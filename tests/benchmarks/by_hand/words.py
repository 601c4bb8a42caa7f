"""What the decision by hand is put together from: Cambridge's words, reasons, questions and duties, made ready once."""

from __future__ import annotations

import datetime as dt
from functools import partial
from zoneinfo import ZoneInfo

from alpr_policy.ir.lower import lower
from alpr_policy.meaning.parts import place_text
from alpr_policy.model.decision import FactSeen, JudgedBy, Need, NeedKind, Obligation, Outcome, Reason
from alpr_policy.model.values import Gap
from alpr_policy.reading.catalog import shipped_folder
from alpr_policy.reading.profiles import load_file

Cite = tuple[str, ...]
Questions = dict[Gap | None, Need]

# What only the profile can say: where its statements stand, its version and its hash.
_profile = load_file(shipped_folder() / "cambridge.yaml").profile
assert _profile is not None
_rules = lower(_profile)
_places = {rule.origin.id: place_text(rule.origin.place) for rule in _rules.rules}
IN_FORCE = dt.datetime(2025, 8, 7, tzinfo=ZoneInfo("America/New_York")).astimezone(dt.UTC)
ALLOW, NEEDS, DENY = Outcome.ALLOW, Outcome.NEEDS, Outcome.DENY
JUDGED = {
    (outcome, silent): (
        JudgedBy(
            profile="cambridge",
            version=_rules.version,
            content_hash=_rules.content_hash,
            outcome=outcome,
            silent=silent,
        ),
    )
    for outcome in Outcome
    for silent in (False, True)
}


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# Values
OFFICIAL = _words(
    "criminal_investigation crime_targeting traffic_enforcement routine_patrol missing_person public_safety"
    " stolen_property warrant prosecution court_process department_civil_matter homeland_security audit training"
    " maintenance other_official"
)
PURPOSES = OFFICIAL | _words(
    "civil_litigation commercial database_building harassment identifying_people immigration_enforcement intelligence"
    " intimidation news none_stated other_unofficial personal public_records research vendor_product"
)
AGENCIES = _words("company federal immigration other other_police own prosecutor state_cjis vendor")
FINDINGS = frozenset({"allows", "forbids", "not_made"})
GROUNDS = frozenset({"court_order", "none", "policy_duty", "specific_facts"})
WEIGHTY = frozenset({"criminal_investigation", "department_civil_matter", "safety", "wrongdoing"})
CONCERNS = WEIGHTY | {"other"}
BASES = frozenset({"hit", "independent"})
MATTERS = frozenset({"immigration", "ordinary"})
ORIGINS = frozenset({"department", "designated_agency"})
LISTED = {
    "stolen_vehicle": "IV.A.3.a.1",
    "stolen_plate": "IV.A.3.a.2",
    "warrant": "IV.A.3.a.3",
    "missing_person": "IV.A.3.a.4",
    "protective_order": "IV.A.3.a.5",
    "amber_alert": "IV.A.3.a.6",
    "missing_child": "IV.A.3.a.7",
    "department_list": "IV.A.3.a.8",
}
BARRED = {
    "sex_offender": "IV.A.3.b.1",
    "gang": "IV.A.3.b.2",
    "terrorist": "IV.A.3.b.2",
    "cpic": "IV.A.3.b.3",
    "immigration": "IV.A.3.b.4",
    "violent_person": "IV.A.3.b.5",
    "protective_interest": "IV.A.3.b.6",
    "supervised_release": "IV.A.3.b.7",
}
CATEGORIES = frozenset({*LISTED, *BARRED}) | _words(
    "attempt_to_locate blue_alert bolo child_abduction investigation major_crime missing_student other"
    " person_of_interest registration_or_license silver_alert vehicle_of_interest wanted_person"
)
SOURCES = frozenset({"cjis", "dispatch", "mdt", "ncic", "other_police", "rms"})
EXCEPTIONAL = frozenset({"criminal_investigation", "missing_person", "public_safety"})
# Of a record: its keys, and words whose misspelling could hide a failure or a refusal.
CHECK_KEYS = frozenset({"check", "part", "result", "source", "by", "role", "capacity", "at"})
CHECKS = frozenset({"database", "entry", "status", "visual"})
PARTS = frozenset({None, "characters", "state", "entry"})
RESULTS = frozenset({"pass", "fail", "unclear"})
APPROVAL_KEYS = frozenset(
    {"topic", "by", "role", "capacity", "decision", "at", "purpose", "scope", "expires", "ended"},
)
TOPICS = _rules.vocabulary.any_of("topics", "actions")


def _reasons(rule: str, kind: str, effect: str, cite: Cite, text: str | None = None, **more: object) -> partial[Reason]:
    said = partial(Reason, profile="cambridge", rule=rule, kind=kind, effect=effect, cite=cite, place=_places[rule])
    return partial(said, text=text, **more)


def _asked(name: str, ask: str, by: str, cite: Cite, expected: str = "", personal: str | None = None) -> Questions:
    gaps: tuple[Gap | None, ...] = (None, *Gap)
    return {
        gap: Need(
            kind=NeedKind.FACT,
            name=name,
            ask=ask,
            supplied_by=by,
            expected=expected,
            personal=personal,
            state=gap.value if gap else "",
            cite=cite,
        )
        for gap in gaps
    }


def _seen(name: str, *words: str) -> dict[object, FactSeen]:
    """Return how each value of a fact is shown."""
    shown: dict[object, str] = {**{word: word for word in words}, None: "none", True: "true", False: "false"}
    shown |= {gap: f"unknown ({gap.value})" for gap in Gap}
    return {value: FactSeen(fact=name, value=text) for value, text in shown.items()}


# Searches
C_USE = ("II-p1-s1", "II.A", "IV.A.1-s1", "IV.D.1")
C_OWN = ("III.C", "IV.C.1.a-s1")
C_TRAINED = ("II.E", "IV.A.2-s1", "IV.C.1.a-s1", "IV.E.1-s1")
C_GROUND = ("IV.A.1-s2",)
T_USE = "ALPR serves official police work and public safety and nothing else."
_use = partial(_reasons, "official-use", "permission")
MAY_USE = _use("permit", C_USE, T_USE, answerable="alpr_administrator")
NO_USE = _use("forbid", C_USE, T_USE, answerable="alpr_administrator")
OWN_ONLY = _reasons(
    "department-operators", "prohibition", "forbid", C_OWN, "Only the Department's own personnel operate the system."
)
PROCEDURES_BAR = _reasons("search-procedures-bar", "prohibition", "forbid", ("IV.A.5",))
PROCEDURES = _reasons("search-procedures", "requirement", "require", ("IV.A.5",))
T_TRAINED = "The system is for users whom the ALPR Administrator has designated and who have been trained."
TRAINED = _reasons("designated-and-trained", "requirement", "require", C_TRAINED, T_TRAINED)
T_GROUND = "Say which specific facts, or which court order, this rests on."
GROUND = _reasons("ground", "requirement", "require", C_GROUND, T_GROUND)
T_PROFILE = "Set your alert profile first."
PROFILE_SET = _reasons("alert-profile", "requirement", "require", ("IV.A.3-s1",), T_PROFILE)
GIVE_REASON = _reasons("search-reason", "requirement", "require", ("IV.C.6.a",), "Give the reason for the search.")

S_PURPOSE = _seen("purpose", *PURPOSES)
S_AGENCY = _seen("requester.agency", *AGENCIES)
S_FINDING = _seen("procedure.finding", *FINDINGS)
S_GROUND = _seen("basis.kind", *GROUNDS)
S_CONCERNS = _seen("basis.concerns", *CONCERNS)
S_REASON = _seen("reason.recorded")
S_SET = _seen("alert_profile.set")
S_NO_EXCEPTION = FactSeen(fact="approval.profile-exception", value="none")
S_DESIGNATED = _seen("requester.designated")
S_TRAINED = _seen("requester.trained")
# What a search that is allowed rests on, by its purpose.
OFFICIAL_USE = {purpose: (MAY_USE(truth="true", facts=(S_PURPOSE[purpose],)),) for purpose in OFFICIAL}

_DESIGNATED = ("requester.designated_on", "when the requester was designated as a user", "the directory")
_TRAINED = ("requester.trained_on", "when the requester completed training", "the training records")
_SO, _SO_TRAINED = "so that requester.designated is true", "so that requester.trained is true"
_AGENCY = ("requester.agency", "the requester's agency", "the directory")
_KIND = ("basis.kind", "on what the act rests", "the requester")
_WEIGHTY = f"[{', '.join(sorted(WEIGHTY))}]"
ASK_PURPOSE = _asked("purpose", "the purpose of the act", "the requester", C_USE)
ASK_AGENCY = _asked(*_AGENCY, C_OWN)
ASK_FINDING = _asked(
    "procedure.finding",
    "the finding on the search under the department's search procedures",
    "a supervisor",
    ("IV.A.5",),
    "allows or nothing",
)
ASK_DESIGNATED = _asked(*_DESIGNATED, C_TRAINED, _SO)
ASK_TRAINED = _asked(*_TRAINED, C_TRAINED, _SO_TRAINED)
ASK_EITHER = _asked(*_KIND, C_GROUND, "court_order or specific_facts")
ASK_ORDER = _asked(*_KIND, (), "court_order")
ASK_SPECIFIC = _asked(*_KIND, (), "specific_facts")
ASK_CONCERNS = _asked("basis.concerns", "what the specific facts concern", "the requester", (), _WEIGHTY)
ASK_SET = _asked("alert_profile.set", "whether the user has set an alert profile", "the system", ("IV.A.3-s1",), "true")
ASK_REASON = _asked("reason.recorded", "whether a reason was typed in", "the system", ("IV.C.6.a",), "true")
LOGGED = (
    Obligation(
        task="log_transaction",
        rule="transaction-log",
        profile="cambridge",
        cite=("IV.C.2.a-s2", "IV.C.6.a"),
        due="at_once",
    ),
)

# Alerts
C_RECIPIENTS = ("IV.A.7.b-s3", "IV.A.7.b-s4", "IV.C.1.a-s1")
C_ALERTED = ("IV.A.2-s1", "IV.C.1.a-s1")
C_BARRED = ("IV.A.3-s2", "IV.A.3.b", "IV.A.4-s1", "IV.A.4-s2")
C_UNLISTED = ("IV.A.3-s2", "IV.A.3.a", "IV.A.4-s1", "IV.A.4-s2")
C_MATTER = ("IV.A.3.a.3", "IV.A.3.b.4", "IV.A.4-s1", "IV.A.4-s2")
T_BARRED = "This alert category is barred unless the ALPR Administrator has made an exception."
T_UNLISTED = "This alert category is not on the authorised list."
BAR_CITES = {"barred-alerts": C_BARRED, "unlisted-alerts": C_UNLISTED, "immigration-warrants": C_MATTER}
_texts = {"barred-alerts": T_BARRED, "unlisted-alerts": T_UNLISTED, "immigration-warrants": None}
BARS = {
    rule: _reasons(rule, "prohibition", "forbid", cite, _texts[rule], could_excuse=("alpr_administrator",))
    for rule, cite in BAR_CITES.items()
}
EXCUSES = {rule: _reasons(rule, "prohibition", "require", cite, _texts[rule]) for rule, cite in BAR_CITES.items()}
LISTED_ALERTS = _reasons("listed-alerts", "permission", "permit", ("IV.A.3.a",))
RECIPIENTS = _reasons("alert-recipients", "permission", "permit", C_RECIPIENTS)
NO_RECIPIENTS = _reasons("alert-recipients", "permission", "forbid", C_RECIPIENTS)
ALERTED = _reasons("alerted-users", "requirement", "require", C_ALERTED)

S_MATTER = _seen("alert.matter", *MATTERS)
S_ORIGINATOR = _seen("alert.to_originator")
TO_OWN = {value: RECIPIENTS(truth="true", facts=(seen, S_AGENCY["own"])) for value, seen in S_ORIGINATOR.items()}
LISTED_ALONE = {
    frozenset({category}): LISTED_ALERTS(
        truth="true", facts=(FactSeen(fact="alert.categories", value=f"[{category}]"),), cite=(cite, "IV.A.3.a")
    )
    for category, cite in LISTED.items()
}
_T_ORIGINATOR = "whether the person shown the hit works for the designated agency that asked for the entry"
ASK_RECIPIENT = _asked(*_AGENCY, C_RECIPIENTS)
ASK_ORIGINATOR = _asked("alert.to_originator", _T_ORIGINATOR, "the hot list", C_RECIPIENTS)
ASK_CATEGORIES = _asked(
    "alert.categories", "the categories of the alert", "the hot list", tuple(dict.fromkeys((*C_BARRED, *C_UNLISTED)))
)
ASK_MATTER = _asked("alert.matter", "whether the alert rests on immigration matters", "the hot list", C_MATTER)
ASK_ALERTED_AGENCY = _asked(*_AGENCY, C_ALERTED)
ASK_ALERTED_DESIGNATED = _asked(*_DESIGNATED, C_ALERTED, _SO)
ASK_ALERTED_TRAINED = _asked(*_TRAINED, C_ALERTED, _SO_TRAINED)
ASK_WHO = {
    rule: _asked("requester.id", "who does the act", "the identity system", cite, personal="person")
    for rule, cite in BAR_CITES.items()
}
NOTIFY = Obligation(
    task="notify_agency",
    rule="originating-agency",
    profile="cambridge",
    cite=("IV.A.7.b-s3",),
    due="as_soon_as_practicable",
)
NOTIFY_PERHAPS = Obligation(
    task="notify_agency",
    rule="originating-agency",
    profile="cambridge",
    cite=("IV.A.7.b-s3",),
    due="as_soon_as_practicable",
    unless_known=("alert.origin",),
)
NOTIFIED = {"designated_agency": (NOTIFY,), "department": (), None: ()} | dict.fromkeys(Gap, (NOTIFY_PERHAPS,))

# Stops
C_VISUAL, C_STATUS = ("IV.A.8.a.1",), ("IV.A.8.a.2",)
T_VISUAL = "Before the stop, see for yourself that the plate's characters and its state are those of the hit."
T_STATUS = "Check through CJIS, NCIC, RMS or another fitting source that the record is still live."
ON_A_HIT = _reasons("stops-on-a-hit", "permission", "permit", ("IV.A.8.a",))
VISUAL = _reasons("visual", "check", "require", C_VISUAL, T_VISUAL)
VISUAL_BAR = _reasons("visual", "check", "forbid", C_VISUAL, T_VISUAL)
STATUS = _reasons("status", "check", "require", C_STATUS, T_STATUS)
STATUS_BAR = _reasons("status", "check", "forbid", C_STATUS, T_STATUS)
SILENCE = (Reason(profile="cambridge", rule="silence", kind="silence", effect="permit", cite=(), truth="true"),)

PART_FIRST = ("failed", "passed", Gap.ABSENT, "unclear", "wrong_source")
WORST_FIRST = ("failed", Gap.ABSENT, "unclear", "not_done", "wrong_source", "passed")
SOURCES_SHOWN = tuple(sorted(SOURCES))
STATES = ("failed", "passed", "unclear", "wrong_source", "not_done")
S_BASIS = _seen("stop.basis", *BASES)
S_VISUAL = _seen("check.visual", *STATES)
S_STATUS = _seen("check.status", *STATES)
STOPPED = (ON_A_HIT(truth="true", facts=(S_BASIS["hit"],)),)
ASK_BASIS = _asked("stop.basis", "what the stop rests on", "the officer", (*C_VISUAL, *C_STATUS))
_T_PREVENTED = "whether circumstances prevented the status check before the stop"
ASK_PREVENTED = _asked("status.prevented", _T_PREVENTED, "the officer", ())
VERIFY = (
    Obligation(task="verify_status", rule="status", profile="cambridge", cite=C_STATUS, due="as_soon_as_practicable"),
)
VERIFY_PERHAPS = (
    Obligation(
        task="verify_status",
        rule="status",
        profile="cambridge",
        cite=C_STATUS,
        due="as_soon_as_practicable",
        unless_known=("stop.basis",),
    ),
)
