"""The stories of a scenario: for each act the settings in which it is met, lawful or with something wrong."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final
from zoneinfo import ZoneInfo

from alpr_policy.errors import Diagnostic
from alpr_policy.model.profile import Profile
from alpr_policy.questions.decide import PolicyDecisionPoint
from alpr_policy.questions.texts import BindingText
from alpr_policy.suggest import did_you_mean
from alpr_policy.vocabulary import MACHINE_ACTIONS, Fact
from alpr_policy_adapters.scenarios.lawful import Judge, Search
from alpr_policy_adapters.scenarios.palette import DAY, Palette
from alpr_policy_adapters.scenarios.people import REFRESHED, Kind, Person, kinds, roster
from alpr_policy_adapters.scenarios.settings import ScenarioError, Violation, load_violations, settings
from alpr_policy_adapters.scenarios.story import CAPTURED, FOLLOWING, LAGS, LISTS, Story
from alpr_policy_adapters.scenarios.words import UNKNOWN, Band, Value, drawn, read_value, spread
from alpr_policy_adapters.scenarios.wrong import broken

READ: Final = "read.capture"
MOST_DAYS: Final = 3_660
# By this step numbers spread evenly from zero to one, however many there are.
GOLDEN: Final = 0.6180339887498949
# Facts of a person of which each row takes what the roster says.
KEPT: Final = ("requester.trained_on", "requester.designated_on")
Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """All that a log is made from: stories with the share of the rows of each, people, and the days of the log."""

    department: str
    zone: ZoneInfo
    first: dt.date
    days: int
    seed: int
    stories: tuple[Story, ...]
    people: tuple[Person, ...]
    facts: Mapping[str, Fact]

    def rates(self) -> dict[str, float]:
        """Return the share of all rows that each violation has."""
        found: dict[str, float] = {}
        for story in self.stories:
            if story.planted:
                found[story.planted] = found.get(story.planted, 0.0) + story.weight
        return dict(sorted(found.items()))


def scenario(
    pdp: PolicyDecisionPoint,
    department: str,
    *,
    seed: int,
    first: dt.date,
    days: int = 365,
    mix: str = "working",
    officers: int = 150,
    detail: float = 1.0,
    violations: Mapping[str, Violation] | None = None,
    progress: Progress = lambda done, of: None,
) -> Scenario:
    """Draw the stories of a department's log, and the people in it.

    Everything comes from the profile, the vocabulary and the settings: the same seed gives the same scenario. `detail`
    below one draws fewer settings of each act, which is quicker and makes a log with less in it. Raises
    UnknownProfileError, and ScenarioError where it cannot be made so.
    """
    _bounded(days, mix, officers)
    profile = pdp.catalog.latest(department)
    middle = dt.datetime.combine(first, dt.time(15), dt.UTC) + dt.timedelta(days=days // 2)
    text = pdp.texts.supposed(department, middle)
    if not isinstance(text, BindingText):
        raise ScenarioError(
            [Diagnostic("scenario-bounds", f"no text of `{department}` can be judged under: {text.text}")]
        )
    palette = Palette(text.rulesets)
    _room(violations or {})
    maker = _Maker(
        profile,
        palette,
        Judge(pdp, department, middle, palette),
        seed,
        load_violations(None) if violations is None else violations,
        detail,
    )
    stories = maker.all(_shares(mix, palette), progress)
    limit = palette.limit("requester.trained_on", REFRESHED * DAY) // DAY
    people = roster(maker.kinds, officers, first, limit, random.Random(f"{seed} people"))
    facts = {fact.name: fact for action in palette.words.actions for fact in palette.facts_on(action)}
    return Scenario(
        department=department,
        zone=ZoneInfo(profile.timezone),
        first=first,
        days=days,
        seed=seed,
        stories=stories,
        people=people,
        facts=facts,
    )


def _bounded(days: int, mix: str, officers: int) -> None:
    mixes = settings("ordinary")["mixes"]
    if mix not in mixes:
        raise ScenarioError(
            [Diagnostic("scenario-bounds", f"`{mix[:40]}` is no mix of acts", help=did_you_mean(mix, mixes))]
        )
    if not 1 <= days <= MOST_DAYS or not 1 <= officers <= 100_000:
        told = f"a log has from 1 to {MOST_DAYS:,} days and from 1 to 100,000 officers"
        raise ScenarioError([Diagnostic("scenario-bounds", told)])


def _room(violations: Mapping[str, Violation]) -> None:
    """Refuse rates that leave no lawful rows of an act."""
    acts = {act for one in violations.values() for act in one.acts} | {""}
    for act in sorted(acts):
        rate = sum(one.rate for one in violations.values() if not one.acts or act in one.acts)
        if rate > 0.95:
            told = f"violations of `{act or 'every act'}` come to {rate:.0%} of the rows, and at most 95% can be wrong"
            raise ScenarioError([Diagnostic("scenario-bounds", told, help="give lower rates")])


def _shares(mix: str, palette: Palette) -> dict[str, float]:
    """Return the share of all rows that each act has."""
    usual = settings("ordinary")
    reads = usual["reads"][mix] / 1000
    weights = {act: float(weight) for act, weight in usual["mixes"][mix].items()}
    own = [act for act in palette.words.actions if act not in weights and act not in usual["mixes"]["working"]]
    known = {act for act in own if any(palette.reads(act, fact.name) for fact in palette.facts_on(act))}
    weights |= {act: float(usual["own_act"]) for act in sorted(known - {READ})}
    total = sum(weights.values())
    return {READ: reads} | {act: (1 - reads) * weight / total for act, weight in weights.items()}


class _Maker:
    """Draws the stories of one department."""

    def __init__(
        self,
        profile: Profile,
        palette: Palette,
        judge: Judge,
        seed: int,
        violations: Mapping[str, Violation],
        detail: float,
    ) -> None:
        self.palette, self.judge, self.seed, self.violations, self.detail = palette, judge, seed, violations, detail
        self.kinds = kinds(profile.roles)
        self.usual: dict[str, Any] = settings("ordinary")
        self.own_reasons = profile.reasons
        self.share = 0.5

    def all(self, shares: Mapping[str, float], progress: Progress) -> tuple[Story, ...]:
        found: list[Story] = []
        for place, (act, share) in enumerate(shares.items()):
            progress(place, len(shares))
            found += self._act(act, share)
        progress(len(shares), len(shares))
        return tuple(found)

    def _act(self, act: str, share: float) -> list[Story]:
        usual = self.usual["settings"]
        many = max(4, round(self.detail * usual.get(act, usual["otherwise"])))
        found: list[Story] = []
        known = frozenset(fact.name for fact in self.palette.facts_on(act))
        for number in range(many):
            rng = random.Random(f"{self.seed} {act} {number}")
            self.share = (number + 0.5) * GOLDEN % 1
            story = Search(self.judge, self.kinds, rng).lawful(self._drawn(act, rng))
            story = self.judge.settled(self._cut(story, rng))
            story.weight = share / many
            found += [story, *self._wrong(story, known, rng)]
        return found

    def _wrong(self, story: Story, known: frozenset[str], rng: random.Random) -> list[Story]:
        """Return the story with each thing that can go wrong, each taking its share of the story's rows."""
        found: list[Story] = []
        whole = story.weight
        for one in self.violations.values():
            if not one.rate or (one.acts and story.action not in one.acts):
                continue
            wrong = broken(story, one, self.judge, known, rng)
            if wrong is not None:
                wrong.weight = whole * one.rate
                story.weight -= wrong.weight
                found.append(wrong)
        return found

    def _drawn(self, act: str, rng: random.Random) -> Story:
        """Draw an act as it usually is; what is the department's own is left for its text to ask for."""
        machine = act in MACHINE_ACTIONS
        story = Story(action=act, records={} if machine else {name: [] for name in LISTS})
        story.lags = {name: LAGS[name] for name in story.records}
        for fact in self.palette.facts_on(act):
            value = self._usual(act, fact, rng)
            if value != UNKNOWN:
                story.facts[fact.name] = value
        captured = story.facts.get(CAPTURED)
        if captured is not None:
            story.facts |= {name: captured for name in FOLLOWING if name in story.facts}
        if not machine:
            self._person(story, rng)
            self._typed(story, rng)
        if "plate.number" in story.facts or any(fact.name == "plate.number" for fact in self.palette.facts_on(act)):
            story.facts["plate.number"] = "{plate}"
        return story

    def _usual(self, act: str, fact: Fact, rng: random.Random) -> Value:
        weights = self.usual["differing"].get(act, {}).get(fact.name) or self.usual["facts"].get(fact.name)
        if fact.name == "purpose" and weights is None:
            return spread(settings("figures")["purposes"], self.share)
        if weights is not None:
            word = drawn(weights, rng)
            return UNKNOWN if word == UNKNOWN else read_value(word, fact.kind)
        if not self.palette.reads(act, fact.name) or fact.personal is not None:
            return UNKNOWN
        return rng.choice(self.palette.values(fact))

    def _person(self, story: Story, rng: random.Random) -> None:
        weights = self.usual["persons"].get(story.action, self.usual["persons"]["otherwise"])
        family = drawn(weights, rng)
        kind: Kind = rng.choice([one for one in self.kinds.values() if one.family == family] or [*self.kinds.values()])
        story.kind = kind.name
        story.facts |= kind.facts
        story.facts["requester.id"] = "{person}"
        story.facts |= {name: Band(30 * DAY, 180 * DAY, kept=True) for name in KEPT}

    def _typed(self, story: Story, rng: random.Random) -> None:
        """Say why the act is done, where that is typed in, and for which case."""
        if story.action in self.usual["typed"]:
            story.facts["case.number"] = "{case}"
            story.facts["reason.text"] = rng.choice(self.usual["reasons"]["told"])
            if self.own_reasons is None:
                story.facts["reason.defects"] = ()
            return
        story.facts |= {"case.number": None, "case.state": "none", "reason.text": None, "reason.recorded": False}

    def _cut(self, story: Story, rng: random.Random) -> Story:
        """Narrow each moment to a part that the text judges alike, so that all rows of a story have its answer."""
        for name, value in sorted(story.facts.items()):
            if isinstance(value, Band) and not value.kept:
                parts = self.palette.within(name, value)
                same = [part for part in parts if self._alike(story, name, part)]
                weights = [part.greatest - part.least for part in same]
                if same and parts != [value]:
                    story = story.with_facts({name: rng.choices(same, weights=weights)[0]})
        return story

    def _alike(self, story: Story, name: str, part: Band) -> bool:
        after = story.with_facts({name: part})
        return self.judge.decide(after).outcome == story.outcome
