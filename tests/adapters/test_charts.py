"""Charts: SVG that is the same every time, safe inside a page, and tells its figures to those who cannot see it."""

from __future__ import annotations

import dataclasses
import re
import sys
import xml.etree.ElementTree as ET

import pytest
from tests.replay_kit import HOSTILE, SERIES, answered, replayed

from alpr_policy.errors import MissingExtraError
from alpr_policy.questions.replay_report import summary
from alpr_policy.questions.replay_summary import ReplaySummary
from alpr_policy_adapters.charts.replay import months, replay_charts
from alpr_policy_adapters.charts.svg import COLOURS, figure, short, svg

pytest.importorskip("matplotlib", reason="needs the extra `report`")
SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture(scope="module")
def told() -> ReplaySummary:
    """Sum up the expected answers of two departments, decided under both."""
    extra = dict.fromkeys(("retention", "storage", "audits"), SERIES)
    return summary(replayed(answered("leicester", "cambridge"), "leicester", "cambridge", extra=extra))


@pytest.fixture(scope="module")
def charts(told: ReplaySummary) -> dict[str, str]:
    """Draw every chart once."""
    return replay_charts(told)


def test_each_part_has_its_chart(charts: dict[str, str]) -> None:
    """There is a chart for each part of a replay for which there is something to draw."""
    assert {"matrix", "months", "acts", "workload", "retention", "storage", "audits"} == charts.keys()


def test_nothing_to_draw(told: ReplaySummary) -> None:
    """Without rows there are no charts."""
    empty = dataclasses.replace(
        told, directions=(), by_act=(), by_month=(), workload=(), retention=(), storage=(), audits=()
    )

    assert {} == replay_charts(empty)


def test_charts_are_the_same_every_time(told: ReplaySummary, charts: dict[str, str]) -> None:
    """The same figures give the same bytes."""
    assert charts == replay_charts(told)


def test_charts_are_safe_in_a_page(charts: dict[str, str]) -> None:
    """A chart has no style for others, no script, nothing from elsewhere, and shares no id with another chart."""
    ids: list[str] = []
    for text in charts.values():
        root = ET.fromstring(text)
        ids += [one.attrib["id"] for one in root.iter() if "id" in one.attrib]
        tags = {one.tag.removeprefix(SVG) for one in root.iter()}
        links = [value for one in root.iter() for name, value in one.attrib.items() if name.endswith("href")]

        assert not {"style", "script", "metadata", "image", "foreignObject"} & tags
        assert all(link.startswith("#") for link in links)
    assert sorted(set(ids)) == sorted(ids)


def test_charts_tell_their_figures(told: ReplaySummary, charts: dict[str, str]) -> None:
    """A chart has a title and a label with its figures, and its words are text."""
    root = ET.fromstring(charts["matrix"])
    title = root.find(f"{SVG}title")
    words = [one.text for one in root.iter(f"{SVG}text")]
    flips = next(f"{one.rows:,}" for one in told.directions if (one.before, one.after) == ("allow", "needs"))

    assert title is not None
    assert root.attrib["aria-label"] == title.text
    assert f"allow to needs {flips}" in str(title.text)
    assert {"before", "after", "allow", "needs", "deny", flips} <= set(words)


def test_charts_take_the_colours_of_the_page(charts: dict[str, str]) -> None:
    """Each colour is one that the page may set, so that a chart can be read in light and in dark."""
    for text in charts.values():
        used = {found.lower() for found in re.findall(r"(?:fill|stroke): (#[0-9a-fA-F]{6})", text)}

        assert set() == used
        assert "var(--ink, " in text


def test_parts_are_told_apart_without_colour(charts: dict[str, str]) -> None:
    """Of three parts two are hatched, each in its own way, and of two sides one is, or its line is broken."""
    assert 2 <= charts["months"].count("<pattern")
    assert 1 <= charts["workload"].count("<pattern")
    assert "stroke-dasharray" in charts["retention"]


def test_names_are_no_markup(told: ReplaySummary) -> None:
    """A name from a log is shown as it is, neither formula nor markup, and cut where it is long."""
    (first, *rest) = told.by_month
    text = months([dataclasses.replace(first, name=HOSTILE), *rest])
    words = [one.text or "" for one in ET.fromstring(text).iter(f"{SVG}text")]

    assert any(one.startswith("<b onclick=x>&") and "$x_2$" in one for one in words)
    assert 34 == len(short("x" * 90))


def test_every_colour_has_its_own_name() -> None:
    """No two colours of the style are alike, so that none is taken for another."""
    assert len(COLOURS) == len(set(COLOURS.values()))


def test_missing_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without matplotlib the error names the extra that brings it."""
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)

    with pytest.raises(MissingExtraError) as raised, figure(1, 1):
        pass
    assert "report" == raised.value.extra


def test_a_figure_leaves_the_settings_of_others_alone() -> None:
    """What a caller has set for its own figures stays."""
    import matplotlib

    before = dict(matplotlib.rcParams)
    with figure(1, 1) as drawn:
        drawn.subplots()
        svg(drawn, name="x", label='a "b" <c>')

    assert before == dict(matplotlib.rcParams)
