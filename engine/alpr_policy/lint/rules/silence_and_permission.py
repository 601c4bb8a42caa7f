"""An act that is permitted although silence allows it anyway."""

from __future__ import annotations

from collections.abc import Iterator

from alpr_policy.ir.nodes import TRUE
from alpr_policy.lint.rule import Found, Options, Rule
from alpr_policy.lint.subject import Subject


def check(subject: Subject, options: Options) -> Iterator[Found]:
    """Find acts under `silence: {allow: [...]}` that a permission without condition allows, and idle lists."""
    silence = subject.profile.silence
    spans = subject.profile.spans
    if silence.otherwise == "allow" and silence.allow:
        message = "silence allows every act here, so its list says nothing"
        yield Found(message=message, span=subject.at("silence"), help="write `silence: allow`, or `otherwise: deny`")
        return
    silent = {act: name for name in silence.allow for act in subject.words.expand((name,))}
    for permission in subject.profile.permissions:
        if permission.only or subject.applies(permission) != TRUE:
            continue
        for act in sorted(subject.acts(permission) & silent.keys()):
            yield Found(
                message=f"`{act}` is left to silence, and `{permission.id}` in line {permission.span.line} permits it",
                span=spans.get(f"silence={silent[act]}", subject.at("silence")),
                help="take it from the list: the text is not silent on it",
            )


RULE = Rule("silence-and-permission", "an act named under `silence` that a permission allows too", check)
