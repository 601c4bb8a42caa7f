"""What a word of a profile means, in a few lines of Markdown: for a hover and beside a completion."""

from __future__ import annotations

from alpr_policy.questions.editing import Draft, Mention
from alpr_policy.questions.editing_scan import Group, Items, Word, spots, words_in
from alpr_policy.questions.telling import Teller
from alpr_policy.reading.groups import Record
from alpr_policy.vocabulary import Fact, Vocabulary

SHOWN = 12
# What one statement of each block is.
ONE_OF = {
    "permissions": "permission",
    "prohibitions": "prohibition",
    "requirements": "requirement",
    "approvals": "approval",
    "checks": "check",
    "documents": "document",
    "retention": "retention statement",
    "holds": "hold",
    "duties": "duty",
}


def gist(text: Draft, one: Mention) -> str:
    """Return what a word stands for; empty where there is nothing to say."""
    match one.sort:
        case "fact":
            fact = text.words.facts.get(one.name)
            return fact_gist(fact, text.words) if fact is not None else ""
        case "act":
            return act_gist(one.name, text.words)
        case "group":
            acts = "\n".join(f"- {act_gist(act, text.words)}" for act in text.words.groups[one.name])
            return f"**{one.name}**: all of these acts\n\n{acts}"
        case "role":
            return _role(text, one.name)
        case "term":
            return _term(text, one.name)
        case "parameter":
            return _parameter(text, one.name)
        case "clause":
            return clause_gist(text, one.name)
        case "statement":
            return statement_gist(text, one.name)
        case "key":
            return _key(text, one)
        case "value":
            return _value(text, one)
    return ""


def first_line(told: str) -> str:
    """Return the first line of what is said below a heading, without its marks."""
    lines = [line.strip("*- ") for line in told.split("\n") if line.strip()]
    return lines[1] if len(lines) > 1 else ""


def _few(values: tuple[str, ...]) -> str:
    shown = ", ".join(f"`{value}`" for value in values[:SHOWN])
    return shown + (f" and {len(values) - SHOWN} more" if len(values) > SHOWN else "")


def fact_gist(fact: Fact, words: Vocabulary) -> str:
    """Return a fact's meaning, unit, values, supplier and acts."""
    lines = [f"**{fact.name}** ({fact.unit})", "", fact.means]
    values = words.lists.get(fact.list_name, ()) if fact.list_name else fact.values
    if values:
        lines += ["", f"Values: {_few(tuple(values))}"]
    lines += ["", f"Supplied by: {fact.supplied_by}"]
    if fact.actions:
        every = fact.actions >= set(words.actions)
        lines += ["", "Acts: all" if every else f"Acts: {_few(tuple(sorted(fact.actions)))}"]
    if fact.personal is not None:
        lines += ["", f"Personal: {fact.personal}"]
    return "\n".join(lines)


def act_gist(act: str, words: Vocabulary) -> str:
    """Return an act's meaning."""
    known = words.actions.get(act)
    return f"**{act}**: {known.means}" if known is not None else ""


def _plain(part: object) -> str:
    return part.text if isinstance(part, Word) else ""


def _role(text: Draft, name: str) -> str:
    part = text.declared("roles").get(name)
    if not isinstance(part, Group):
        return ""
    stands_in = [key for key in ("designee", "acting") if _plain(part.get(key)) == "true"]
    told = {"designee": "a designee may stand in", "acting": "one acting for the holder may stand in"}
    lines = [f"**{name}**: {_plain(part.get('title')) or 'a role without a title'}"]
    lines += [f"- {told[key]}" for key in stands_in] or ["- nobody may stand in"]
    return "\n".join([lines[0], "", *lines[1:], *_cited(part)])


def _term(text: Draft, name: str) -> str:
    part = text.declared("terms").get(name)
    values = part.get("values") if isinstance(part, Group) else None
    if isinstance(values, Group):
        told = [f"- `{entry.key.text}` ({_plain(entry.value)})" for entry in values.entries if entry.colon]
    elif isinstance(values, Items | Word):
        told = [f"- `{word.text}`" for word in words_in(values)]
    else:
        return ""
    return "\n".join([f"**{name}**: a term", "", *told, *_cited(part)])


def _parameter(text: Draft, name: str) -> str:
    part = text.declared("parameters").get(name)
    if isinstance(part, Word):
        return f"**{name}**: `{part.text}`"
    if not isinstance(part, Group):
        return ""
    value = _plain(part.get("value"))
    told = f"`{value}`" if value and value not in ("null", "~") else "not filled"
    lines = [f"**{name}** ({_plain(part.get('type')) or 'no type'}): {told}"]
    if _plain(part.get("set_by")):
        lines += ["", f"Set by: `{_plain(part.get('set_by'))}`"]
    return "\n".join([*lines, *_cited(part)])


def _cited(part: object) -> list[str]:
    words = words_in(part.get("cite")) if isinstance(part, Group) else ()
    return ["", "Clauses: " + ", ".join(word.text for word in words)] if words else []


def statement_gist(text: Draft, name: str) -> str:
    """Return a statement in words where the profile can be used, or else its own text for the officer."""
    known = text.statements.get(name)
    if known is None:
        return ""
    kind, part = known
    said = _told(text, name) or _plain(part.get("text"))
    return "\n".join([f"**{name}**: {ONE_OF[kind]}", *(["", said] if said else []), *_cited(part)])


def _told(text: Draft, name: str) -> str:
    profile = text.loaded.profile
    found = next((one for one in profile.statements if one.id == name), None) if profile is not None else None
    return Teller(profile).tell(found).text if profile is not None and found is not None else ""


def clause_gist(text: Draft, clause: str) -> str:
    """Return what a clause comes to: the statements that encode it, or why none does."""
    lines: list[str] = []
    for name, (kind, part) in text.statements.items():
        if any(word.text == clause for word in words_in(part.get("cite"))):
            said = _told(text, name) or _plain(part.get("text"))
            lines.append(f"- {ONE_OF[kind]} `{name}`{f': {said}' if said else ''}")
    listed = text.root.get("not_enforced")
    for item in listed.items if isinstance(listed, Items) else ():
        if isinstance(item, Group) and any(word.text == clause for word in words_in(item.get("cite"))):
            lines.append(f"- not enforced ({_plain(item.get('why'))}): {_plain(item.get('note'))}")
    for block in ("roles", "terms"):
        for name, declared in text.declared(block).items():
            if any(s.word.text == clause and "cite" in s.path for s in spots(declared) if not s.is_key):
                lines.append(f"- {block.removesuffix('s')} `{name}`")
    if clause not in text.outline:
        lines.append("- not a clause of the outline")
    return "\n".join([f"**{clause}**", "", *(lines or ["- nothing encodes it"])])


def _key(text: Draft, one: Mention) -> str:
    for wanted in text.wanted(one.path):
        if isinstance(wanted, Record):
            spec = next((field for field in wanted.fields if field.key == one.name), None)
            if spec is not None:
                needed = "\n\nRequired." if spec.required else ""
                what = f"\n\nTakes {spec.shape.what}." if spec.shape.what else ""
                return f"**{one.name}**: {spec.doc}{what}{needed}"
    return ""


def _value(text: Draft, one: Mention) -> str:
    fact = text.words.facts.get(one.fact)
    return f"**{one.name}**: a value of `{fact.name}`\n\n{fact.means}" if fact is not None else ""
