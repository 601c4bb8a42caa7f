"""The tab *Try* in a real browser: what it answers is what the command line answers."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import yaml
from tests.adapters.cli_kit import run
from tests.page.browser_kit import Tab, violations

AT = "2026-05-04T12:00:00-04:00"


def test_an_act_that_is_filled_in_step_by_step_ends_in_what_the_command_line_says(tab: Tab, tmp_path: Path) -> None:
    """The page's answer, as the facts are chosen one by one, is in the end that of `decide --json`, byte for byte."""
    page = tab.go("/")
    tab.marked("at").locator("input").fill(AT)
    tab.choose("purpose", "criminal_investigation")
    tab.choose("basis.kind", "specific_facts")
    tab.choose("basis.concerns", "criminal_investigation")
    tab.choose("basis.protected_trait", "none")
    page.get_by_text("The request as a file").click()
    page.get_by_text("The answer as JSON").click()
    request = yaml.safe_load(tab.marked("request-text").locator("pre").inner_text())
    path = tmp_path / "request.yaml"
    path.write_text(yaml.safe_dump(request))
    told: Any = json.loads(run("decide", str(path), "--json").stdout)
    assert "needs" == told["outcome"] and AT == told["at"]
    assert told == json.loads(tab.marked("answer-json").locator("pre").inner_text())
    assert "needs more" == tab.marked("outcome").inner_text()
    tab.shot("try")


def test_the_form_can_be_worked_and_read_by_everybody(tab: Tab) -> None:
    """Axe finds nothing against WCAG 2.1 A and AA in the form and the answer."""
    tab.go("/")
    assert [] == violations(tab)
