"""What the tab *Compare* shows, without a browser: tables, who may read what, and a difference as a filled form."""

from __future__ import annotations

import dataclasses
import re

import pytest

pytest.importorskip("nicegui", reason="needs the extra: pip install 'alpr-policy[web]'")

from alpr_policy import PolicyDecisionPoint
from alpr_policy.durations import parse_moment
from alpr_policy.questions.compare import Side, compare
from alpr_policy.questions.matrix import Matrix, matrix
from alpr_policy.questions.pairs import ranking
from alpr_policy.questions.sides import side_of
from alpr_policy.reading.grammar import KINDS
from alpr_policy_adapters.web.compare_pair import form_of
from alpr_policy_adapters.web.compare_shown import (
    acts_sheet,
    difference_told,
    for_reader,
    group_sheets,
    heat,
    kept_sheet,
    stance_sheet,
    subjects,
    texts_sheet,
)
from alpr_policy_adapters.web.forms import filled, request_of
from alpr_policy_adapters.web.html_tables import Cell, sheet
from alpr_policy_adapters.web.try_tab import request_in

AT = parse_moment("2026-05-04T12:00:00-04:00")


@pytest.fixture(scope="module")
def pdp() -> PolicyDecisionPoint:
    """Give the shipped profiles."""
    return PolicyDecisionPoint.load()


@pytest.fixture(scope="module")
def sides(pdp: PolicyDecisionPoint) -> tuple[Side, Side]:
    """Give two texts that differ on searches."""
    return side_of(pdp, "waltham")[0], side_of(pdp, "cambridge")[0]


def plain(text: str) -> str:
    """Return a table as its words alone."""
    return re.sub(r"<[^>]+>", " ", text)


def asked(pdp: PolicyDecisionPoint, subject: str) -> Matrix:
    """Ask for two departments side by side."""
    return matrix(pdp, subject, as_of=AT, profiles=("waltham", "leicester"))


def test_every_text_of_a_table_is_escaped() -> None:
    """No heading, cell, line, note or caption becomes markup, and a sign that turns text round becomes visible."""
    bad = '<b title="x">\u202e'
    made = sheet(bad, (bad, bad), [(bad, Cell(bad, "", ((bad, bad),)))])
    assert "<b" not in made and "\u202e" not in made
    assert 8 == made.count("&lt;b title=&quot;x&quot;&gt;\\u202e")


def test_a_table_says_which_way_its_headings_go() -> None:
    """The first cell of a row is its heading, unless the rows have no names."""
    assert '<th scope="row">a</th><td>b</td>' in sheet("c", ("x", "y"), [("a", "b")])
    assert '<td>a</td><td class="good">b</td>' in sheet("c", ("x", "y"), [("a", Cell("b", "good"))], named=False)


def test_what_can_be_asked_about_has_its_words(pdp: PolicyDecisionPoint) -> None:
    """Topics come first, then groups and acts, each once and with what it means."""
    found = subjects(pdp.catalog.profiles)
    assert "access" == next(iter(found))
    assert "Searches and other use of data (topic searches)" == found["searches"]
    assert found["search.run"].startswith("search.run: ") and "use" in found


def test_silence_stands_in_the_table_as_silence(pdp: PolicyDecisionPoint) -> None:
    """Where a text says nothing of a class of data, the cell says so in words and in its colour."""
    found = asked(pdp, "retention")
    assert '<td class="mute">silent</td>' in kept_sheet(found)
    assert "silent: " in plain(stance_sheet(asked(pdp, "training")))
    assert "" == kept_sheet(asked(pdp, "training"))
    titles = [title for title, _ in group_sheets(asked(pdp, "searches"), readings=False)]
    assert "What forbids" in titles and "What allows" in titles


def test_readings_are_shown_when_they_are_asked_for(pdp: PolicyDecisionPoint) -> None:
    """How a doubtful clause is read stands below its sentence, or nowhere."""
    found = asked(pdp, "retention")
    readings = [one.reading for column in found.columns for one in column.statements if one.reading]
    with_them = plain("".join(table for _, table in group_sheets(found, readings=True)))
    without = plain("".join(table for _, table in group_sheets(found, readings=False)))
    assert readings
    assert len(without) < len(with_them)


def test_statements_for_auditors_are_left_out_for_others(pdp: PolicyDecisionPoint) -> None:
    """They are counted, and an auditor sees all of them."""
    found = asked(pdp, "searches")
    first = found.columns[0]
    hidden = dataclasses.replace(first.statements[0], confidential=True)
    column = dataclasses.replace(first, statements=(hidden, *first.statements[1:]))
    marked = dataclasses.replace(found, columns=(column, *found.columns[1:]))
    shown, left_out = for_reader(marked, confidential=False)
    assert 1 == left_out and first.statements[1:] == shown.columns[0].statements
    assert (marked, 0) == for_reader(marked, confidential=True)


@pytest.mark.parametrize(
    ("leaning", "kind"),
    [(0.0, ""), (0.2, "cold1"), (0.5, "cold1"), (1.0, "cold2"), (-0.2, "warm1"), (-1.0, "warm2")],
)
def test_colours_follow_which_way_the_rules_lean(leaning: float, kind: str) -> None:
    """Stricter is cold and laxer warm, deeper from half of the rules on."""
    assert kind == heat(leaning)


def test_a_ranking_has_a_row_for_each_act_and_words_in_each_cell(sides: tuple[Side, Side]) -> None:
    """No cell rests on its colour alone."""
    found = ranking(sides, actions=("search.run", "hotlist.load"))
    acts = acts_sheet(found)
    assert 3 == acts.count("<tr>")
    assert "both beside 1 (rules " in plain(acts) and "all the same" in plain(acts)
    assert "the same text" in plain(texts_sheet(found)) and "both on 1, the same on 1" in plain(texts_sheet(found))


def test_a_filled_form_makes_the_request_of_the_difference(sides: tuple[Side, Side]) -> None:
    """Whatever a difference is shown by, the form that is filled with it asks for the very same."""
    found = compare(*sides, actions=("search.run", "data.share", "hotlist.add"))
    several = [one.request for act in found.acts for one in act.differences]
    assert 20 < len(several)
    for request in several:
        values, records = filled(request)
        made = request_of(request["action"], request["at"], values, records=records)
        assert request["facts"] == made["facts"]
        again = request_in(form_of(request, ["waltham", "cambridge"]))
        assert {**made, "departments": ["waltham", "cambridge"]} == again


def test_a_difference_that_rests_on_a_statement_for_auditors_is_told_to_them_alone(sides: tuple[Side, Side]) -> None:
    """Others read the outcomes, and that such a statement makes the difference, but neither its id nor its clause."""
    first, second = sides
    one = next(d for act in compare(*sides, actions=("search.run",)).acts for d in act.differences if d.laxer)
    assert one.rule in difference_told(one, *sides, confidential=False)
    kinds = {
        kind: tuple(dataclasses.replace(r, confidential=r.id == one.rule) for r in getattr(first.profile, kind))
        for kind in KINDS
    }
    hidden = dataclasses.replace(first, profile=dataclasses.replace(first.profile, **kinds))
    told = difference_told(one, hidden, second, confidential=False)
    assert one.rule not in told and "auditors alone" in told
    assert one.rule in difference_told(one, hidden, second, confidential=True)
