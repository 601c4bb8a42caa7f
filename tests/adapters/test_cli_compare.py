"""`compare` and `verify`: what differs and what can be proven, for people and for programs."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tests.adapters.cli_kit import FILES, run
from tests.testing_kit import PROFILE

from alpr_policy.errors import ExitCode, Severity
from alpr_policy.questions.decide import PolicyDecisionPoint
from alpr_policy.questions.proving import Finding, Verdict
from alpr_policy.questions.suites import read_suite
from alpr_policy.questions.verify import Verified
from alpr_policy_adapters.cli.comparing_forms import verified_diagnostics


def test_differences_are_told_with_their_rule() -> None:
    """Each difference is a line: the act, what matters, both outcomes, and the rule with its clause."""
    result = run("compare", "cambridge", "leicester", "--action", "search.run")
    told = " ".join(result.stdout.split())

    assert ExitCode.OK == result.exit_code
    assert (
        "where a reason has not been typed in: needs → allow; cambridge says so in `search-reason` (IV.C.6.a)" in told
    )
    assert "Not covered" in told


def test_the_machine_is_told_the_same() -> None:
    """The JSON holds every difference with its request, and what was not covered."""
    data = json.loads(run("compare", "cambridge", "leicester", "--action", "search.run", "--json").stdout)
    (act,) = data["acts"]
    reason = next(one for one in act["differences"] if one["rule"] == "search-reason")

    assert "both" == data["relation"]
    assert ("needs", "allow", True) == (reason["first"], reason["second"], reason["laxer"])
    assert "search.run" == reason["request"]["action"]


def test_a_text_beside_itself() -> None:
    """A text comes to the same as itself, and as a floor of itself it is kept."""
    same = run("compare", "waltham", "waltham")

    assert ExitCode.OK == same.exit_code
    assert same.stdout.startswith("waltham and waltham come to the same")
    assert ExitCode.OK == run("compare", "waltham", "waltham", "--floor", "--action", "use").exit_code


def test_a_laxer_text_fails_beside_a_floor() -> None:
    """With `--floor` the command fails where the second text is laxer."""
    result = run("compare", "cambridge", "leicester", "--floor", "--action", "stop.start")

    assert ExitCode.BELOW_THRESHOLD == result.exit_code
    assert result.stdout.startswith("leicester is laxer than its floor cambridge")


def test_forms_of_ci_servers_hold_the_same() -> None:
    """Each difference is a finding in the second text, an error only beside a floor; the exit codes stay."""
    words = ("compare", "cambridge", "leicester", "--action", "stop.start")
    (act,) = json.loads(run(*words, "--json").stdout)["acts"]
    plain, floor = run(*words, "--format", "sarif"), run(*words, "--floor", "--format", "sarif")
    results = json.loads(plain.stdout)["runs"][0]["results"]

    assert (ExitCode.OK, ExitCode.BELOW_THRESHOLD) == (plain.exit_code, floor.exit_code)
    assert len(act["differences"]) == len(results)
    assert {"note", "warning"} >= {one["level"] for one in results}
    assert {"error"} == {one["level"] for one in json.loads(floor.stdout)["runs"][0]["results"]}
    places = {one["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] for one in results}
    assert {"leicester.yaml"} == {Path(place).name for place in places}


def test_what_is_new_stands_at_its_statement(tmp_path: Path) -> None:
    """What only the draft allows stands at the statement by which it does, since the first text has no rule for it."""
    wider = PROFILE.replace("[criminal_investigation,", "[criminal_investigation, traffic_enforcement,")
    for name, text in (("before.yaml", PROFILE), ("draft.yaml", wider)):
        (tmp_path / name).write_text(text, encoding="utf-8")
    words = ("compare", str(tmp_path / "before.yaml"), str(tmp_path / "draft.yaml"), "--format", "gitlab")
    lines = [one["location"]["lines"]["begin"] for one in json.loads(run(*words).stdout)]

    assert [1 + wider.splitlines().index("  - id: official")] == lines


def test_what_does_not_hold_stands_at_its_statement() -> None:
    """In the forms for CI servers a claim that fails is an error, and a shadowed statement a hint at its own line."""
    words = ("verify", "town.yaml", "--never", "search.run: {purpose: missing_person}")
    findings = json.loads(run(*words, "--json").stdout)["findings"]
    result = run(*words, "--format", "gitlab")
    found = json.loads(result.stdout)

    assert ExitCode.BELOW_THRESHOLD == result.exit_code
    assert sum(one["verdict"] != "holds" for one in findings) == len(found)
    assert 1 == sum(one["check_name"] == "proof-fails" and "never: `never" in one["description"] for one in found)


def test_what_is_not_decided_stands_at_the_name() -> None:
    """A question of `verify` that was not decided in time is told as such, at the name of the profile."""
    profile = PolicyDecisionPoint.load(FILES / "town.yaml").catalog.latest("exampletown")
    open_ = Finding(kind="never", about="stop.start", verdict=Verdict.UNDECIDED, told="not decided in time")
    (told,) = verified_diagnostics(Verified(profile="exampletown", findings=(open_,), not_covered=()), profile)

    assert ("proof-undecided", Severity.ERROR) == (told.code, told.severity)
    assert "never: `stop.start`: not decided in time" == told.message
    assert profile.spans["profile"] == told.span


def test_differences_are_kept(tmp_path: Path) -> None:
    """`--save` writes a file of expected answers, two for each difference, and leaves nothing else behind."""
    kept = tmp_path / "kept.yaml"
    result = run("compare", "cambridge", "leicester", "--action", "device.install", "--save", str(kept), "--json")
    (act,) = json.loads(result.stdout)["acts"]

    assert 2 * len(act["differences"]) == len(read_suite(kept).cases)
    assert [kept] == list(tmp_path.iterdir())


def test_words_that_are_wrong() -> None:
    """An act that is none, a profile that is not known and a day that is none are refused."""
    assert ExitCode.USAGE == run("compare", "cambridge", "leicester", "--action", "search.ran").exit_code
    assert ExitCode.BAD_PROFILE == run("compare", "cambridge", "lester").exit_code
    assert ExitCode.USAGE == run("verify", "cambridge@never").exit_code
    assert ExitCode.USAGE == run("verify", "leicester", "--never", "search.run").exit_code


def test_what_can_be_proven() -> None:
    """A claim that fails is shown with a request, and the command fails; one that holds is said to hold."""
    failing = run("verify", "leicester", "--never", "search.run: {purpose: personal}")
    holding = run("verify", "leicester", "--never", "search.run: {purpose: immigration_enforcement}", "--json")

    assert ExitCode.BELOW_THRESHOLD == failing.exit_code
    assert "search.run: {purpose: personal}: fails: search.run comes to allow" in failing.stdout
    assert {"never", "allowable", "shadowed", "overlap", "gap"} == {
        one["kind"] for one in json.loads(holding.stdout)["findings"]
    }


def test_a_counterexample_is_kept(tmp_path: Path) -> None:
    """`verify --save` writes each counterexample as an expected answer, which fails until the text is mended."""
    kept = tmp_path / "kept.yaml"
    claim = "search.run: {purpose: personal}"
    run("verify", "leicester", "--never", claim, "--save", str(kept), "--json")
    (case,) = read_suite(kept).cases

    assert "deny" == case.expect["outcome"]
    assert f"never {claim}: search.run comes to allow" == case.name


def test_who_is_stricter() -> None:
    """`matrix --stricter` tells how many texts each is stricter and laxer than, and who is strictest of all."""
    result = run("matrix", "search.request", "--stricter")
    told = result.stdout.splitlines()

    assert ExitCode.OK == result.exit_code
    assert "Who is stricter: 5 texts on 1 act" == told[0]
    assert ["search.request", "+1", "−3", "+2", "−2", "−4", "+3", "−1", "+4", "waltham"] == next(
        line.split() for line in told if line.startswith("search.request")
    )


def test_who_is_stricter_for_machines_and_for_print(tmp_path: Path) -> None:
    """The JSON holds every pair on every act; the page and the picture are whole files that fetch nothing."""
    pytest.importorskip("matplotlib", reason="the extra report is not installed")
    page, picture = tmp_path / "page.html", tmp_path / "map.svg"
    options = ("-p", "waltham", "-p", "leicester", "--html", str(page), "--svg", str(picture), "--json")
    data = json.loads(run("matrix", "search.run", "--stricter", *options).stdout)
    acts = {act["action"]: act["relations"]["waltham"]["leicester"] for act in data["acts"]}

    assert {"search.run": "both"} == acts
    assert {"page.html", "map.svg"} == {path.name for path in tmp_path.iterdir()}
    assert 2 == page.read_text(encoding="utf-8").count("<svg")
    assert "http" not in page.read_text(encoding="utf-8").replace("http://www.w3.org", "").replace("http-equiv", "")
    assert picture.read_text(encoding="utf-8").startswith("<?xml")


def test_what_goes_with_stricter_alone() -> None:
    """A picture without `--stricter`, a day with it, one text alone and a topic without acts are refused."""
    assert ExitCode.USAGE == run("matrix", "search.run", "--svg", "x.svg").exit_code
    assert ExitCode.USAGE == run("matrix", "search.run", "--stricter", "--as-of", "2026-05-01").exit_code
    assert ExitCode.USAGE == run("matrix", "search.run", "--stricter", "-p", "waltham").exit_code
