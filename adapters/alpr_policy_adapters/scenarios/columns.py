"""The columns of a log in SQL: what a story has in common, and what each row has of its own."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, Final

from alpr_policy.vocabulary import Fact, FactKind
from alpr_policy_adapters.scenarios.clock import RHYTHMS
from alpr_policy_adapters.scenarios.people import SHIFTS
from alpr_policy_adapters.scenarios.settings import settings
from alpr_policy_adapters.scenarios.stories import Scenario
from alpr_policy_adapters.scenarios.story import DAYS, LISTS, OWN, Story
from alpr_policy_adapters.scenarios.words import Band, Numbers

LOW, HIGH, SPAN = "~low", "~high", "~span"
PLAIN: Final = {FactKind.BOOL: "BOOLEAN", FactKind.COUNT: "BIGINT"}
WEEK: Final = 7 * 86_400
SEARCH: Final = "search.run"


def quoted(name: str) -> str:
    """Return a name as SQL takes it, whatever it holds."""
    return '"' + name.replace('"', '""') + '"'


class Columns:
    """The columns of one scenario's log of `rows` rows."""

    def __init__(self, made: Scenario, rows: int, cuts: int, tickets: int, places: int) -> None:
        """Look which facts any story knows; a fact that none knows gets no column."""
        self.made, self.rows, self.cuts, self.tickets, self.places = made, rows, cuts, tickets, places
        told = {name for story in made.stories for name, value in story.facts.items() if value is not None}
        self.facts: list[Fact] = [made.facts[name] for name in sorted(told)]
        self.kinds = {kind: n for n, kind in enumerate(dict.fromkeys(one.kind for one in made.people), start=1)}

    # What stories have in common

    def story_types(self) -> dict[str, str]:
        """Return the columns of the table of stories with their types."""
        types = {"id": "INTEGER", "lo": "INTEGER", "hi": "INTEGER", "action": "VARCHAR", "agency": "VARCHAR"}
        types |= {"kind": "INTEGER", "none": "VARCHAR", "withheld": "VARCHAR", "planted": "VARCHAR"}
        for fact in self.facts:
            if fact.kind in (FactKind.TIME, FactKind.COUNT):
                types |= {fact.name + LOW: "BIGINT", fact.name + HIGH: "BIGINT"}
            else:
                types[fact.name] = PLAIN.get(fact.kind, "VARCHAR")
        for name in LISTS:
            types |= {name: "VARCHAR", name + LOW: "BIGINT", name + HIGH: "BIGINT", name + SPAN: "BIGINT"}
        return types

    def stories(self, rhythm: Callable[[str], str]) -> list[dict[str, Any]]:
        """Return the stories as rows, each with its tickets among those of its rhythm."""
        found: list[dict[str, Any]] = []
        for place, name in enumerate(RHYTHMS):
            these = [story for story in self.made.stories if rhythm(story.action) == name]
            total, done = sum(story.weight for story in these), 0.0
            for story in these:
                low, done = round(done / total * self.tickets), done + story.weight
                high = round(done / total * self.tickets)
                base = place * self.tickets
                found.append({"id": len(found), "lo": base + low, "hi": base + high, **self._story(story)})
        return found

    def _story(self, story: Story) -> dict[str, Any]:
        agency = story.facts.get("requester.agency", "own")
        row: dict[str, Any] = {"action": story.action, "kind": self.kinds.get(story.kind, 0), "planted": story.planted}
        row["agency"] = self.made.department if agency == "own" else agency
        row["none"] = " ".join(sorted(name for name, value in story.facts.items() if value is None)) or None
        for fact in self.facts:
            value = story.facts.get(fact.name)
            if fact.kind in (FactKind.TIME, FactKind.COUNT):
                row |= _ends(fact.name, value)
            elif value is not None:
                row[fact.name] = "|".join(value) if isinstance(value, tuple) else value
        for name in LISTS:
            if name in story.records:
                row[name] = json.dumps(story.records[name], separators=(",", ":"))
                if story.records[name]:
                    lag = story.lags[name]
                    row |= {name + LOW: lag.least, name + HIGH: lag.greatest}
                    row[name + SPAN] = max(one["earlier"] for one in story.records[name])
        return row

    # What rows have of their own

    def log(self) -> str:
        """Return the query that gives the whole log, in order of time."""
        shown = ["i AS row", 'moment AS "at"', "action", "agency", "unit"]
        shown += [f"{self._fact(fact)} AS {quoted(fact.name)}" for fact in self.facts]
        shown += ['"none"', "withheld"]
        for place, name in enumerate(LISTS):
            last = f"moment - to_seconds({_between(name, place)})"
            shown += [
                f"{quoted(name)}",
                f'{last} - to_seconds({quoted(name + SPAN)}) AS "{name}.first"',
                f'{last} AS "{name}.last"',
            ]
        return f"{self._rows()} SELECT {', '.join(shown)} FROM full_row"

    def planted(self) -> str:
        """Return the query that gives the rows in which something is wrong, and what."""
        return f"{self._rows()} SELECT i AS row, action, planted FROM full_row WHERE planted <> ''"

    def _rows(self) -> str:
        seed, cuts, rows, tickets = self.made.seed, self.cuts, self.rows, self.tickets
        case = self._case()
        return f"""
WITH drawn AS (
  SELECT range AS i, hash(range, {seed}, 1) AS h1, hash(range, {seed}, 2) AS h2, hash(range, {seed}, 3) AS h3,
    (range + (h1 >> 40) / 16777216.0) * ({cuts} / {rows}.0) AS mark
  FROM range({rows})),
placed AS (
  SELECT i, h1, h2, h3, shift, (start + length * (mark - floor(mark)))::BIGINT AS second,
    (CASE WHEN (h1 & 1048575) / 1048576.0 < traffic THEN 0 WHEN (h1 & 1048575) / 1048576.0 < people THEN 1 ELSE 2 END)
      * {tickets} + ((h1 >> 20) & {tickets - 1})::INTEGER AS number
  FROM drawn JOIN cut ON cut.n = least(floor(mark), {cuts - 1})::INTEGER),
told AS (
  SELECT placed.* EXCLUDE (shift, number), make_timestamp(second * 1000000) AS moment,
    story.*, ((kind * {SHIFTS} + shift) * {self.places} + (h2 & {self.places - 1}))::INTEGER AS seat
  FROM placed JOIN ticket ON ticket.n = number JOIN story ON story.id = ticket.story),
full_row AS (
  SELECT told.*, place.* EXCLUDE (n), second // 86400 AS day, {case} AS "~case",
    format('ZQ{{:06d}}', {self._plate()}) AS "~plate"
  FROM told JOIN place ON place.n = seat)"""

    def _case(self) -> str:
        """Number the cases of a week, some of which come up far more often than others."""
        usual = settings("ordinary")["cases"]
        named = (story for story in self.made.stories if story.facts.get("case.number") == "{case}")
        # The published counts are of searches, which share their cases with what else is done on them.
        share = sum(story.weight for story in named if story.action == SEARCH)
        weeks = max(1.0, self.made.days / 7)
        cases = max(1, round(self.rows * share / weeks / usual["rows_for_each"]))
        drawn = f"floor({cases} * pow(((h2 >> 10) & 16777215) / 16777216.0, {usual['skew']}))"
        number = f"mod(((second // {WEEK}) * {cases} + {drawn})::BIGINT, 10000000)"
        return f"format('{{:02d}}-9{{:07d}}', extract(year FROM moment) % 100, {number})"

    def _plate(self) -> str:
        """Number the plates: some come up again and again."""
        plates = min(999_999, max(20, self.rows // 300))
        return f"floor({plates} * pow((h2 >> 40) / 16777216.0, 2))::BIGINT"

    def _fact(self, fact: Fact) -> str:
        name = quoted(fact.name)
        if fact.kind is FactKind.TIME:
            # One draw for all times of a record, so that it is not stored before it was captured.
            place = 0 if fact.name.startswith("record.") else sum(map(ord, fact.name)) % 4
            told = f"moment - to_seconds({_between(fact.name, place)})"
            if fact.name == "requester.trained_on":
                last = "trained + ((day - 2 - trained) // every) * every"
                kept = f"WHEN {quoted(fact.name + LOW)} < 0 THEN DATE '1970-01-01' + ({last})::INTEGER "
                return f"CASE {kept}ELSE ({told})::DATE END"
            if fact.name == "requester.designated_on":
                kept = f"WHEN {quoted(fact.name + LOW)} < 0 THEN DATE '1970-01-01' + designated "
                return f"CASE {kept}ELSE ({told})::DATE END"
            return f"({told})::DATE" if fact.name in DAYS else told
        if fact.kind is FactKind.COUNT:
            return _between(fact.name, sum(map(ord, fact.name)) % 4)
        found = name
        if fact.kind is FactKind.TEXT:
            values = {value for story in self.made.stories if isinstance(value := story.facts.get(fact.name), str)}
            for mark, source in zip(OWN, ("person", '"~plate"', '"~case"'), strict=True):
                if any(mark in value for value in values):
                    alone = values == {mark}
                    found = (
                        f"CASE WHEN {name} IS NOT NULL THEN {source} END"
                        if alone
                        else f"replace({found}, '{mark}', {source})"
                    )
        return found


def _between(name: str, place: int) -> str:
    """Return a whole number between the ends of a story, drawn by some bits of the row's own."""
    low, high = quoted(name + LOW), quoted(name + HIGH)
    return f"{low} + (((h3 >> {16 * place if place < 4 else 24}) & 65535) / 65536.0 * ({high} - {low}))::BIGINT"


def _ends(name: str, value: Any) -> dict[str, int]:
    match value:
        case Band(kept=True):
            return {name + LOW: -1, name + HIGH: -1}
        case Band(least=low, greatest=high) | Numbers(least=low, greatest=high):
            return {name + LOW: low, name + HIGH: high}
        case int():
            return {name + LOW: value, name + HIGH: value}
        case _:
            return {}
