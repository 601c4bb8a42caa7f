"""The facts of a request and to which actions each belongs (language.md §9.1 to §9.3)."""

from __future__ import annotations

from alpr_policy.vocabulary.actions import ACTIONS, GROUPS, HUMAN_ACTIONS
from alpr_policy.vocabulary.types import Fact, FactKind, Personal

_KEEPING = GROUPS["keeping"]
_HIT = ("alert.deliver", "stop.start")
_READERS = ("read.capture", "device.install", "device.operate", "device.repair", "deployment.start")
_ENTRY = ("hotlist.request", "hotlist.add", "hotlist.change", "hotlist.remove")
_SEARCH = ("search.request", "search.run")
_RECORD = ("data.export", "data.share", *_KEEPING)
_DATA = ("data.use", *_RECORD)
_AGED = ("search.request", "search.run", *_RECORD)

PERSON, PLATE, CASE, FREE_TEXT = Personal.PERSON, Personal.PLATE, Personal.CASE, Personal.FREE_TEXT


def _fact(
    name: str,
    kind: str,
    values: str,
    means: str,
    by: str,
    actions: tuple[str, ...] | frozenset[str],
    personal: Personal | None = None,
    why: str = "",
    derived_from: tuple[str, ...] = (),
) -> Fact:
    """Build a fact; `values` is a list name marked by `@`, or the values separated by blanks."""
    return Fact(
        name=name,
        kind=FactKind(kind),
        values=() if values.startswith("@") else tuple(values.split()),
        list_name=values[1:] if values.startswith("@") else None,
        means=means,
        supplied_by=by,
        actions=frozenset(actions),
        personal=personal,
        why=why,
        derived_from=derived_from,
    )


_F = _fact

# fmt: off
READER_FACTS = (
    _F("read.public_view", "bool", "", "whether the plate was in public view", "the reader's site record", ("read.capture",),
       why="recorded once per site, not per read"),
    _F("read.fields", "set", "plate vehicle_image person_image location time", "what the reader recorded",
       "the reader", ("read.capture",)),
    _F("collection.selection", "enum", "specific bulk",
       "whether chosen records (a plate, a place and time, a case) or everything is gathered",
       "the person who gathers, or the export job", ("read.capture", "deployment.start", "data.export")),
    _F("device.kind", "enum", "fixed portable mobile", "the kind of reader", "the device register", _READERS),
    _F("device.condition", "enum", "good faulty", "the reader's condition at its last check", "the technician", _READERS),
    _F("device.status", "enum", "approved suspended unregistered", "the reader's standing in the device register",
       "the device register", _READERS),
    _F("device.zone", "text", "", "the zone in which the reader stands", "the device register", _READERS),
    _F("area.targeted", "bool", "", "whether the readers are aimed at a particular area or its people", "the person who deploys",
       ("read.capture", "deployment.start"), why="what the deployment order says, whatever its lawfulness"),
    _F("repairer.listing", "enum", "listed not_listed", "whether the repairer is on the department's list of repair sources",
       "the department's list", ("device.repair",)),
    _F("deployment.kind", "enum", "routine special", "whether the deployment is routine or special", "the deployment order",
       ("deployment.start",)),
)

HIT_FACTS = (
    _F("alert.categories", "set", "@categories", "the categories of the alert", "the hot list",
       ("alert.subscribe", "alert.deliver")),
    _F("plate.lists", "set", "opted_out cleared_in_error protected", "the department's own lists on which the plate stands",
       "the matching software", ("alert.subscribe", "alert.deliver")),
    _F("alert.matter", "enum", "ordinary immigration", "whether the alert concerns an immigration matter", "the hot list",
       ("alert.subscribe", "alert.deliver")),
    _F("plate.number", "text", "", "the plate", "the read or the requester",
       ("alert.subscribe", "alert.deliver", *_ENTRY, *_SEARCH), PLATE),
    _F("plate.state", "text", "", "the plate's issuing state, by its two-letter code", "the read or the requester",
       ("alert.deliver", "stop.start", *_ENTRY, *_SEARCH)),
    _F("hit.match", "enum", "exact possible",
       "whether the hit has the same characters and state as the entry, or one of them only nearly or not known",
       "the matching software", _HIT),
    _F("read.confidence", "count", "", "how sure the reader is of the characters, in whole per cent", "the reader",
       ("read.capture", *_HIT)),
    _F("read.state_confidence", "count", "", "how sure the reader is of the issuing state, in whole per cent", "the reader",
       ("read.capture", *_HIT)),
    _F("stop.basis", "enum", "hit independent", "what the stop rests on: a hit, or independent grounds", "the officer",
       ("stop.start",)),
    _F("status.prevented", "bool", "", "whether circumstances prevented the status check before the stop", "the officer",
       ("stop.start",), why="a circumstance of the moment that only the officer can record"),
    _F("hotlist.newer_available", "bool", "", "whether the source offers a newer list", "the hot-list loader",
       (*_HIT, "hotlist.load")),
    _F("hotlist.loaded", "time", "", "when the hot list was loaded", "the hot-list loader", (*_HIT, "hotlist.load")),
    _F("hotlist.source", "text", "", "the source of the hot list", "the hot-list loader", ("hotlist.load",)),
    _F("entry.kind", "enum", "plate description", "whether the entry is a plate or a description", "the entrant", _ENTRY),
    _F("entry.manual", "bool", "", "whether the entry is typed in by hand", "the system", _ENTRY),
    _F("entry.category", "enum", "@categories", "the category of the entry", "the entrant", _ENTRY),
    _F("entry.matter", "enum", "ordinary immigration", "whether the entry concerns an immigration matter", "the entrant", _ENTRY),
    _F("entry.added", "time", "", "when the entry was made", "the system", _ENTRY),
    _F("entry.plate_changed", "bool", "", "whether the change alters the plate itself", "the system", _ENTRY),
)

ACCESS_FACTS = (
    _F("grantee.id", "text", "", "who gets access", "the person who grants it", ("access.grant",), PERSON),
    _F("grantee.agency", "enum", "@agencies", "the agency of the person who gets access", "the directory", ("access.grant",)),
    _F("grantee.kind", "enum", "member vendor_staff outsider", "what the person who gets access is to the department",
       "the directory", ("access.grant",)),
    _F("grantee.sworn", "bool", "", "whether the person who gets access is a sworn officer", "the directory", ("access.grant",),
       why="an entry of the staff list"),
    _F("grantee.designated_on", "time", "", "when the person who gets access was designated as a user", "the directory",
       ("access.grant",)),
    _F("grantee.trained_on", "time", "", "when the person who gets access completed training", "the training records",
       ("access.grant",)),
    _F("grantee.training_covers", "set", "equipment data_security policy database", "what that training covered",
       "the training records", ("access.grant",)),
    _F("grantee.login", "enum", "unique shared none", "whether the person gets a login of their own", "the identity system",
       ("access.grant",)),
    _F("login.first", "bool", "", "whether this is the user's first login", "the identity system", ("access.use",),
       why="counted by the system, whatever is asked of a first login"),
    _F("vendor.service", "enum", "maintenance storage other", "what the vendor does", "the contract",
       ("access.use", "access.grant")),
    _F("vendor.cjis_finding", "enum", "@findings", "the finding on the vendor under CJIS security rules", "the administrator",
       ("access.use", "access.grant"), why="an outside rule taken in by reference"),
    _F("vendor.rules_finding", "enum", "@findings", "the finding on the vendor under the department's security rules",
       "the administrator", ("access.use", "access.grant"), why="an outside rule taken in by reference"),
    _F("appointee.id", "text", "", "who is appointed", "the appointment", ("role.assign",), PERSON),
    _F("appointee.employee", "bool", "", "whether the appointee is employed by the department", "the directory", ("role.assign",),
       why="an entry of the staff list, whatever office is filled"),
    _F("appointee.command_post", "bool", "", "whether the appointee holds a command post", "the directory", ("role.assign",),
       why="an entry of the staff list, whatever office is filled"),
    _F("appointee.role", "enum", "@roles", "the role to which the person is appointed", "the appointment", ("role.assign",)),
)

DATA_FACTS = (
    _F("data.custodian", "enum", "@custodians", "where the data is held", "the system", (*_SEARCH, *_DATA)),
    _F("data.classes", "set", "@data_classes", "what the data is; classes overlap", "the system", _DATA),
    _F("data.identifies_person", "bool", "", "whether the data is about an identified person", "the person who copies",
       ("data.export",), why="what the copy contains, seen on it"),
    _F("data.encrypted", "bool", "", "whether the data is stored encrypted", "the storage system", _KEEPING,
       why="a setting of the store"),
    _F("beneficiary.agency", "enum", "@beneficiaries", "the agency for which the search is run", "the requester", _SEARCH),
    _F("procedure.finding", "enum", "@findings", "the finding on the search under the department's search procedures",
       "a supervisor", _SEARCH, why="outside procedures taken in by reference"),
    _F("export.to", "enum", "records_system case_file evidence department_server portable_media personal_device",
       "where the copy goes", "the person who copies", ("data.export",)),
    _F("export.tracks_person", "bool", "", "whether the copy serves to follow a person's movements", "the person who copies",
       ("data.export",), why="the stated use of the copy, whatever its lawfulness"),
    _F("recipient.kind", "enum", "@recipient_kinds", "what the recipient is", "the requester", ("data.share",)),
    _F("recipient.named", "text", "", "the recipient's name", "the requester", ("data.share",), PERSON),
    _F("share.sale", "bool", "", "whether the data is given for money or other value", "the requester", ("data.share",),
       why="whether money changes hands, whoever the recipient is"),
    _F("share.mode", "enum", "one_off standing", "whether this is one disclosure or standing access", "the requester",
       ("data.share",)),
    _F("public_records.route", "enum", "completed open refused", "how far the request is as a public records request",
       "the records officer", ("data.share",)),
    _F("upload.state", "enum", "not_started partial complete", "how far the upload to the server is", "the reader", _KEEPING),
    _F("hit.outcome", "enum", "undetermined no_action arrest citation seizure located", "what came of the hit", "the officer",
       _KEEPING),
    _F("store.login_protected", "bool", "", "whether the store is behind a login", "the storage system", _KEEPING,
       why="a setting of the store, whatever it holds"),
    _F("store.logs", "set", "name date time reason", "what the store logs of each access", "the storage system", _KEEPING),
    _F("period", "age", "", "the period that is set", "the person who sets it", ("data.set_period",)),
)

RECORD_FACTS = (
    _F("record.captured", "time", "", "when the plate was read", "the reader", _AGED),
    _F("record.stored", "time", "", "when the record was stored", "the system", _RECORD),
    _F("record.downloaded", "time", "", "when the copy was downloaded", "the system", _RECORD),
    _F("record.uploaded", "time", "", "when the record was uploaded", "the system", _RECORD),
    _F("record.created", "time", "", "when the record was made", "the system", _RECORD),
    _F("record.case", "enum", "none open appeal disposed", "the state of the case to which the record belongs",
       "the case system", _RECORD),
    _F("record.links", "set", "enforcement arrest criminal_investigation prosecution civil_case",
       "to what the record is linked", "the case system", _RECORD),
    _F("record.evidence", "enum", "is expected none", "whether the record is or may be expected to become evidence",
       "the investigator", _RECORD),
    _F("record.demand", "enum", "discovery production none", "the legal demand that reaches the record", "the records officer",
       _RECORD),
    _F("record.acted_on", "bool", "", "whether an officer acted on the hit", "the officer", _RECORD,
       why="the officer's own report of what was done"),
    _F("record.relevant", "bool", "", "whether the record was noted as relevant to a case", "the investigator", _RECORD,
       why="a note in the case file"),
    _F("record.department_copy", "bool", "", "whether the department holds its own copy", "the system", _RECORD),
    _F("record.schedule", "enum", "running ended", "whether the outside retention schedule still runs", "the records officer",
       _RECORD),
    _F("record.max_period", "enum", "running ended", "whether the outside maximum period still runs", "the records officer",
       _RECORD),
    _F("record.collected_by", "enum", "@agencies", "the agency that collected the record", "the system", _RECORD),
)

LOG_FACTS = (
    _F("log.fields", "set", "name date time reason plate", "what the log line holds", "the logging system", ("log.write",)),
    _F("log.automatic", "bool", "", "whether the line is written by the system itself", "the logging system", ("log.write",),
       why="how the log came about, whatever it holds"),
    _F("log.filed_in", "enum", "case_file elsewhere none", "where the record is filed", "the logging system", ("log.write",)),
    _F("training.records", "set", "attendance certificate materials", "what the training record holds", "the training unit",
       ("training.record",)),
    _F("training.covers", "set", "equipment data_security policy database", "what the training covered", "the training unit",
       ("training.record",)),
    _F("training.by_representative", "bool", "", "whether a vendor's representative gave the training", "the training unit",
       ("training.record",),
       why="who gave the training, from the attendance record"),
    _F("trainee.kind", "enum", "user administrator", "what the trainee is", "the training unit", ("training.record",)),
    _F("duty.task", "enum", "@tasks", "which duty was done", "the person who did it", ("duty.complete",)),
    _F("duty.done_by", "set", "@roles", "the roles in which the doer acted", "the directory", ("duty.complete",)),
    _F("duty.covers", "set", "@covers", "what the duty covered", "the person who did it", ("duty.complete",)),
    _F("duty.checker_trained", "bool", "", "whether the person who did the check was trained for it", "the training unit",
       ("duty.complete",), why="an entry of the training records, made before the check"),
)

HUMAN_FACTS = tuple(
    _F(name, kind, values, means, by, HUMAN_ACTIONS, personal, why)
    for name, kind, values, means, by, personal, why in (
        ("basis.kind", "enum", "specific_facts court_order policy_duty none", "on what the act rests", "the requester", None, ""),
        ("basis.concerns", "enum", "safety wrongdoing criminal_investigation department_civil_matter other",
         "what the specific facts concern", "the requester", None, ""),
        ("basis.protected_trait", "enum", "none one_factor sole", "what part a protected trait has in the grounds",
         "the requester", None, ""),
        ("reason.recorded", "bool", "", "whether a reason was typed in", "the system", None, "a field that is filled or empty"),
        ("reason.text", "text", "", "the reason as it was typed in", "the system", FREE_TEXT, ""),
        ("reason.defects", "set", "generic placeholder too_short code_only plate_in_case case_in_reason for_other_agency",
         "what is wrong with the typed reason", "the reason check", None, ""),
        ("purpose.contradicted", "bool", "", "whether what was typed or found tells against the stated purpose", "the reviewer",
         None, "two sources disagree; which of them is right stays open"),
        ("case.state", "enum", "none open closed", "the state of the case that is named", "the case system", None, ""),
        ("case.number", "text", "", "the case number", "the requester", CASE, ""),
        ("roles.absent", "set", "@roles", "the roles whose holder is absent now", "the duty roster", None, ""),
        ("requester.id", "text", "", "who does the act", "the identity system", PERSON, ""),
        ("requester.agency", "enum", "@agencies", "the requester's agency", "the directory", None, ""),
        ("requester.roles", "set", "@roles", "the roles the requester holds", "the directory", None, ""),
        ("requester.acting_as", "set", "@roles", "the roles in which the requester acts for the holder", "the duty roster",
         None, ""),
        ("requester.designee_of", "set", "@roles", "the roles whose holder designated the requester", "the directory", None, ""),
        ("requester.sworn", "bool", "", "whether the requester is a sworn officer", "the directory", None, ""),
        ("requester.supervisor", "bool", "", "whether the requester is a supervisor", "the directory", None, ""),
        ("requester.on_duty", "bool", "", "whether the requester is on duty by the hours on file", "the duty roster", None,
         "the hours and absences on file, whatever is asked of those who are off duty"),
        ("requester.designated_on", "time", "", "when the requester was designated as a user", "the directory", None, ""),
        ("requester.status", "enum", "active suspended withdrawn", "the state of the requester's access", "the directory",
         None, ""),
        ("requester.trained_on", "time", "", "when the requester completed training", "the training records", None, ""),
        ("requester.last_use", "time", "", "when the requester last used the system", "the system", None, ""),
        ("agency.status", "enum", "active suspended", "the state of the requester's agency's access", "the directory", None, ""),
        ("login.account", "enum", "issued pending revoked none", "the state of the login that is used", "the identity system",
         None, ""),
        ("login.owner", "enum", "requester another_person shared", "whose login is used", "the identity system", None, ""),
        ("login.second_factor", "enum", "used not_used", "whether a second factor was used", "the identity system", None, ""),
        ("login.second_factor_feasible", "bool", "", "whether a second factor can be used at this workplace",
         "the identity system", None, "what the workplace has, known before any act"),
        ("alert_profile.set", "bool", "", "whether the user has set an alert profile", "the system", None,
         "a setting the system holds"),
    )
)

# fmt: on

PURPOSE = _F(
    "purpose", "enum", "@purposes", "the purpose of the act", "the requester", HUMAN_ACTIONS | {"read.capture"}
)
AT = _F("at", "time", "", "when the act is done", "the system", frozenset(ACTIONS))


def _derived(
    name: str,
    kind: str,
    means: str,
    sources: tuple[str, ...],
    actions: tuple[str, ...] | frozenset[str],
    values: str = "",
) -> Fact:
    return _F(name, kind, values, means, "worked out from " + ", ".join(sources), actions, derived_from=sources)


DERIVED_FACTS = (
    _derived(
        "requester.trained",
        "bool",
        "whether the requester was trained by then",
        ("requester.trained_on", "at"),
        HUMAN_ACTIONS,
    ),
    _derived(
        "requester.designated",
        "bool",
        "whether the requester was designated as a user by then",
        ("requester.designated_on", "at"),
        HUMAN_ACTIONS,
    ),
    _derived(
        "requester.training_age",
        "age",
        "how long ago the requester completed training",
        ("requester.trained_on", "at"),
        HUMAN_ACTIONS,
    ),
    _derived(
        "requester.idle",
        "age",
        "how long ago the requester last used the system",
        ("requester.last_use", "at"),
        HUMAN_ACTIONS,
    ),
    _derived(
        "requester.acts_as",
        "set",
        "the roles in which the requester may act",
        ("requester.roles", "requester.designee_of", "requester.acting_as"),
        HUMAN_ACTIONS,
        "@roles",
    ),
    _derived(
        "grantee.trained",
        "bool",
        "whether the person who gets access was trained by then",
        ("grantee.trained_on", "at"),
        ("access.grant",),
    ),
    _derived(
        "grantee.designated",
        "bool",
        "whether the person who gets access was designated by then",
        ("grantee.designated_on", "at"),
        ("access.grant",),
    ),
    _derived("record.age", "age", "how old the record is", ("record.captured", "at"), _AGED),
    _derived("entry.age", "age", "how old the entry is", ("entry.added", "at"), _ENTRY),
    _derived("hotlist.age", "age", "how old the hot list is", ("hotlist.loaded", "at"), (*_HIT, "hotlist.load")),
)

FACTS: dict[str, Fact] = {
    fact.name: fact
    for group in (
        READER_FACTS,
        HIT_FACTS,
        ACCESS_FACTS,
        DATA_FACTS,
        RECORD_FACTS,
        LOG_FACTS,
        HUMAN_FACTS,
        (PURPOSE, AT),
        DERIVED_FACTS,
    )
    for fact in group
}
