"""The settings behind a scenario: counts of published logs, what is usual, and what may go wrong."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

from alpr_policy.errors import Diagnostic, PolicyError
from alpr_policy.reading.text_files import read_text
from alpr_policy.suggest import did_you_mean
from alpr_policy.vocabulary import VOCABULARY, Vocabulary
from alpr_policy_adapters.scenarios.words import Value, read_value

HERE: Final = Path(__file__).parent
KEYS: Final = ("acts", "rate", "set", "drop", "self", "fail", "reason", "age")
RECORDED: Final = ("approvals", "checks", "documents")
AGES: Final = ("older", "younger")
MOST: Final = 200


class ScenarioError(PolicyError):
    """A scenario cannot be made as it was asked for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Violation:
    """One thing that goes wrong in `rate` of the rows of `acts` to which it can be done; no acts are all acts."""

    name: str
    acts: tuple[str, ...] = ()
    rate: float = 0.0
    set: Mapping[str, tuple[Value, ...]] = field(default_factory=dict)
    drop: str = ""
    self_: str = ""
    fail: str = ""
    reason: str = ""
    age: Mapping[str, str] = field(default_factory=dict)


@lru_cache(maxsize=4)
def settings(name: str) -> dict[str, Any]:
    """Return a file of settings that comes with the package."""
    import yaml

    found: dict[str, Any] = yaml.safe_load((HERE / f"{name}.yaml").read_text(encoding="utf-8"))
    return found


def reason_share(name: str) -> float:
    """Return the share of a class of typed reasons in published logs."""
    classes = settings("figures")["reasons"]
    return float(classes[name] / sum(classes.values()))


def load_violations(path: Path | None, words: Vocabulary = VOCABULARY) -> dict[str, Violation]:
    """Return the violations that come with the package, with those of a file; raises ScenarioError, for all at once.

    A line of the file is a name with its rate, or with all that a violation has.
    """
    raw: dict[str, Any] = dict(settings("violations"))
    if path is not None:
        given = _read(path)
        for name, one in given.items():
            raw[name] = {**raw.get(name, {}), **(one if isinstance(one, dict) else {"rate": one})}
    wrong: list[Diagnostic] = []
    found: dict[str, Violation] = {}
    for name, one in raw.items():
        try:
            found[name] = _violation(name, one, words)
        except ValueError as error:
            wrong.append(_bad(f"`{name[:40]}`: {error}"))
    if wrong:
        raise ScenarioError(wrong)
    return found


def _read(path: Path) -> dict[str, Any]:
    """Read a file by the reader of profiles, which bounds it and refuses what YAML would make of it."""
    from alpr_policy.reading.yaml_nodes import parse
    from alpr_policy.reading.yaml_plain import to_plain

    source, found = read_text(path)
    node = None
    if source is not None:
        node, problems = parse(source)
        found = [*found, *problems]
    if any(one.is_error for one in found):
        raise ScenarioError(found)
    plain = to_plain(node) if node is not None else None
    if not isinstance(plain, dict) or len(plain) > MOST:
        raise ScenarioError([_bad(f"`{path.name}` is no list of violations with their rates")])
    return {str(name): one for name, one in plain.items()}


def _violation(name: str, raw: Mapping[str, Any], words: Vocabulary) -> Violation:
    strange = [key for key in raw if key not in KEYS]
    if strange:
        raise ValueError(f"`{strange[0]}` is no part of a violation; {did_you_mean(strange[0], KEYS)}")
    acts = _acts(raw.get("acts", "any"), words)
    reason, drop, self_, fail = (str(raw.get(key, "")) for key in ("reason", "drop", "self", "fail"))
    if reason and reason not in settings("figures")["reasons"]:
        raise ValueError(f"`{reason[:40]}` is no class of reasons")
    if self_ and self_ not in ("approvals", "checks"):
        raise ValueError("`self` takes approvals or checks")
    if drop and drop not in (*RECORDED, *words.lists["checks"]):
        raise ValueError(f"`{drop[:40]}` is no list of records and no check")
    if fail and fail not in words.lists["checks"]:
        raise ValueError(f"`{fail[:40]}` is no check")
    age = _group("age", raw)
    if any(one not in AGES for one in age.values()):
        raise ValueError("`age` takes older or younger")
    given = {str(fact): _values(str(fact), value, words) for fact, value in _group("set", raw).items()}
    if not (given or drop or self_ or fail or reason or age):
        raise ValueError("says a rate and not what goes wrong; a violation that is known is named as it is")
    return Violation(
        name=name,
        acts=acts,
        rate=_rate(name, raw, reason),
        set=given,
        drop=drop,
        self_=self_,
        fail=fail,
        reason=reason,
        age=age,
    )


def _group(key: str, raw: Mapping[str, Any]) -> dict[str, Any]:
    found = raw.get(key) or {}
    if not isinstance(found, dict):
        raise ValueError(f"`{key}` takes facts, each with what becomes of it")
    return {str(name): one for name, one in found.items()}


def _acts(raw: Any, words: Vocabulary) -> tuple[str, ...]:
    if raw == "any":
        return ()
    if not isinstance(raw, str | list):
        raise ValueError("`acts` takes an act, a list of them, or any")
    listed = [raw] if isinstance(raw, str) else raw
    acts = words.expand(tuple(map(str, listed)))
    strange = [one for one in acts if one not in words.actions and one not in VOCABULARY.actions]
    if strange:
        raise ValueError(f"`{strange[0][:40]}` is no act")
    return acts


def _values(fact: str, raw: Any, words: Vocabulary) -> tuple[Value, ...]:
    known = words.facts.get(fact)
    if known is None or known.derived_from:
        hint = did_you_mean(fact, words.facts)
        raise ValueError(f"`{fact[:60]}` is no recorded fact" + (f"; {hint}" if hint else ""))
    return tuple(read_value(one, known.kind) for one in (raw if isinstance(raw, list) else [raw]))


def _rate(name: str, raw: Mapping[str, Any], reason: str) -> float:
    if "rate" not in raw:
        if reason:
            return reason_share(reason)
        if name == "no_case":
            return float(settings("figures")["no_case_number"])
        raise ValueError("says no rate")
    rate = _share(raw["rate"])
    if rate is None or not 0 <= rate <= 1:
        raise ValueError('a rate is from 0 to 100 percent; a part of one is a text, such as "0.5"')
    return rate


def _share(raw: Any) -> float | None:
    """Return a rate in per cent, which is a number or a text, as a share."""
    if isinstance(raw, bool):
        return None
    try:
        return float(str(raw).removesuffix("percent").removesuffix("%")) / 100
    except ValueError:
        return None


def _bad(told: str) -> Diagnostic:
    return Diagnostic("scenario-violations", told, help="the grammar of violations is in docs/generate.md")
