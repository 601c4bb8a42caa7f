"""The published JSON Schemas (draft 2020-12), made from what reads and writes what they describe."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable, Mapping
from types import ModuleType
from typing import Any

from alpr_policy.model import decision as answer
from alpr_policy.model.wire import ALWAYS
from alpr_policy.reading.generic_shape import GENERIC
from alpr_policy.reading.profile_shape import ADOPTION, DEFINITIONS, PROFILE
from alpr_policy.reading.records import INSTANT_PATTERN, MAX_RECORDS, MAX_WORD, RECORDS, field_schema
from alpr_policy.reading.requests import MAX_FACTS
from alpr_policy.vocabulary import VOCABULARY, Fact

Json = dict[str, Any]
DRAFT = "https://json-schema.org/draft/2020-12/schema"
# Fields of a decision without a default that may still be empty, and are then left out.
MAY_BE_EMPTY = frozenset({"action", "at", "profile", "version", "content_hash", "cite", "value", "place", "facts"})
RECORD_DOCS = {
    "approvals": "approvals and exceptions asked for, granted or refused",
    "checks": "what was compared or verified",
    "documents": "papers that exist, with the fields that are filled",
    "holds": "what freezes disposal",
    "events": "what happened",
}


def _headed(name: str, title: str, body: Json) -> Json:
    return {"$schema": DRAFT, "$id": f"urn:alpr-policy:{name}:1", "title": title, **body}


def profile_schema() -> Json:
    """Return the schema of a profile file; one that `adopts` a template holds less, one of a `kind` other things."""
    both = {
        "if": {"type": "object", "required": ["adopts"]},
        "then": {"$ref": "#/$defs/adoption"},
        "else": {
            "if": {"type": "object", "required": ["kind"]},
            "then": {"$ref": "#/$defs/generic"},
            "else": {"$ref": "#/$defs/profile"},
        },
    }
    defs = {"profile": PROFILE.schema(), "generic": _generic(), "adoption": ADOPTION.schema(), **DEFINITIONS}
    return _headed("profile", "A profile of alpr-policy, language 1", {**both, "$defs": defs})


def _generic() -> Json:
    """Describe a policy about other things; what it shares with the other kind is described there."""
    body = GENERIC.schema()
    shared = {field.key for field in GENERIC.fields if field in PROFILE.fields}
    body["properties"] |= {key: {"$ref": f"#/$defs/profile/properties/{key}"} for key in sorted(shared)}
    return body


def request_schema() -> Json:
    """Return the schema of a request. Names of facts and actions are open, since profiles add their own."""
    lists = {name: _record_list(name) for name in RECORDS}
    properties: Json = {
        "action": {
            "description": "the act; a profile may add its own",
            "anyOf": [{"enum": sorted(VOCABULARY.actions)}, {"type": "string", "minLength": 1, "maxLength": MAX_WORD}],
        },
        "at": {"description": "when, with the offset from UTC", "type": "string", "pattern": INSTANT_PATTERN},
        "departments": {
            "description": "ids of the profiles that bind; the strictest answer holds",
            "anyOf": [_name(), {"type": "array", "items": _name(), "maxItems": 50}, {"type": "null"}],
        },
        "facts": {
            "description": "facts by name; absent is unknown, null is known not to exist",
            "type": ["object", "null"],
            "maxProperties": MAX_FACTS,
            "propertyNames": {"maxLength": MAX_WORD},
            "properties": {
                name: {"description": f"{fact.means} ({fact.unit}; {_source(fact)})"}
                for name, fact in sorted(VOCABULARY.facts.items())
            },
            "additionalProperties": {"$ref": "#/$defs/fact"},
        },
        **lists,
        "id": {"description": "the caller's own id, given back in the decision", **_name()},
    }
    body = {
        "type": "object",
        "required": ["action", "at"],
        "properties": properties,
        "additionalProperties": False,
        "$defs": {"fact": _fact_value()},
    }
    return _headed("request", "A request to alpr-policy", body)


def _name() -> Json:
    return {"type": "string", "minLength": 1, "maxLength": MAX_WORD}


def _fact_value() -> Json:
    return {
        "description": "a value, a list of values, `unknown`, `withheld`, {conflict: [a, b]}, or names inside a group",
        "type": ["boolean", "integer", "string", "null", "array", "object"],
        "items": {"type": ["boolean", "integer", "string"]},
    }


def _record_list(name: str) -> Json:
    kind = RECORDS[name]
    record = {
        "type": "object",
        "required": list(kind.required),
        "properties": {key: field_schema(read) for key, read in kind.fields.items()},
        "additionalProperties": False,
    }
    array = {"type": "array", "items": record, "maxItems": MAX_RECORDS}
    return {
        "description": f"{RECORD_DOCS[name]}; absent is unknown, [] is known to be none",
        "anyOf": [array, {"enum": ["unknown", "withheld", None]}],
    }


def decision_schema() -> Json:
    """Return the schema of a decision as it goes over the wire: parts that are empty are left out."""
    from pydantic import TypeAdapter  # heavy, and nothing that decides needs it

    generated = TypeAdapter(answer.Decision).json_schema()
    defs = {name: _on_wire(answer, name, body) for name, body in generated.pop("$defs").items()}
    body = _on_wire(answer, "Decision", generated)
    body["properties"]["version"] = {"const": answer.SCHEMA_VERSION}
    return _headed("decision", "A decision of alpr-policy", {**body, "$defs": defs})


def replay_schema() -> Json:
    """Return the schema of what a replay comes to, as `replay --json` writes it: parts that are empty are left out."""
    from pydantic import TypeAdapter

    from alpr_policy.questions import replay_flips, replay_load, replay_result, replay_summary

    homes = (answer, replay_summary, replay_result, replay_load, replay_flips)
    generated = TypeAdapter(replay_summary.ReplaySummary).json_schema()
    defs = {}
    for name, body in generated.pop("$defs").items():
        home = next(home for home in homes if hasattr(home, name))
        defs[name] = _on_wire(home, name, body)
    body = _on_wire(replay_summary, "ReplaySummary", generated)
    body["properties"]["version"] = {"const": replay_summary.SCHEMA_VERSION}
    defs["Decision"]["properties"]["version"] = {"const": answer.SCHEMA_VERSION}
    return _headed("replay", "What a replay of alpr-policy comes to", {**body, "$defs": defs})


def _on_wire(home: ModuleType, name: str, body: Json) -> Json:
    """Say of one class what is always there, and that nothing is ever null."""
    kept: Json = {key: value for key, value in body.items() if key not in ("title", "required", "properties")}
    if "properties" not in body:
        return kept
    fields = {f.name: f for f in dataclasses.fields(getattr(home, name))}
    kept["properties"] = {key: _stripped(value) for key, value in body["properties"].items()}
    kept["required"] = [key for key in kept["properties"] if _always_there(fields[key])]
    kept["additionalProperties"] = False
    return kept


def _stripped(value: Json) -> Json:
    plain = {key: one for key, one in value.items() if key not in ("title", "default")}
    options = [one for one in plain.pop("anyOf", []) if one != {"type": "null"}]
    return {**plain, **options[0]} if len(options) == 1 else {**plain, **({"anyOf": options} if options else {})}


def _always_there(field: dataclasses.Field[Any]) -> bool:
    if field.name in ALWAYS:
        return True
    has_default = field.default is not dataclasses.MISSING
    if has_default:
        return field.default == answer.SCHEMA_VERSION and field.name == "version"
    return field.name not in MAY_BE_EMPTY


SCHEMAS: Mapping[str, Callable[[], Json]] = {
    "profile": profile_schema,
    "request": request_schema,
    "decision": decision_schema,
    "replay": replay_schema,
}


def published(name: str) -> str:
    """Return a schema as the text of its file, `docs/schema/NAME-1.json`."""
    return json.dumps(SCHEMAS[name](), indent=2, ensure_ascii=False) + "\n"


def _source(fact: Fact) -> str:
    return fact.supplied_by if fact.derived_from else f"from {fact.supplied_by}"
