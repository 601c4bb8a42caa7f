"""`from-portal`: a draft from what an agency publishes, each guess marked, and none of its words taken over."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.adapters.cli_kit import run

from alpr_policy.errors import ExitCode
from alpr_policy.questions.drafting import files_of
from alpr_policy.reading.profiles import load_source
from alpr_policy.source import SourceFile
from alpr_policy_adapters.logs.portal import portal_of
from alpr_policy_adapters.logs.portal_drafting import portal_draft, profile_id

HERE = Path(__file__).parent
CASES = yaml.safe_load((HERE / "portal_drafts.yaml").read_text(encoding="utf-8"))
PHRASES = yaml.safe_load(
    (HERE.parents[1] / "adapters" / "alpr_policy_adapters" / "logs" / "portal_phrases.yaml").read_text(encoding="utf-8")
)["claims"]
DAY = dt.date(2026, 5, 4)
# The order to which one record refers, and whose words must not be in a draft.
JUNK = "zebra xylophone order"


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_what_a_record_becomes(case: dict[str, Any]) -> None:
    """Each known claim becomes its statement, each marked for review, and what is not known is named by its field."""
    files = files_of(portal_draft(portal_of(case["record"]), today=DAY))
    loaded = load_source(SourceFile("quay.yaml", files.profile))
    assert loaded.profile is not None

    assert ["official-use", *case["statements"]] == sorted(
        (one.id for one in loaded.profile.statements), key=lambda one: (one != "official-use", one)
    )
    assert files.reviews >= len(case["statements"])
    joined = " ".join(line.strip().removeprefix("# ") for line in files.profile.splitlines())
    assert [] == [text for text in case.get("holds", ()) if text not in joined]
    assert "zebra" not in files.profile.casefold() + files.suite.casefold() + files.page.casefold()


ITEMS = [phrase for entry in PHRASES["prohibited_uses"] for phrase in entry["phrases"]]
SENTENCES = {
    name: [f"It {phrase}." for entry in PHRASES[name] for phrase in entry["phrases"]] + [f"{JUNK.capitalize()}."]
    for name in ("acceptable_use_policy", "access_policy", "hotlist_policy")
}
NUMBERS = st.integers(-5, 10**6) | st.just("30") | st.none() | st.floats(allow_nan=False)
RECORDS = st.fixed_dictionaries(
    {
        "crawled_slug": st.sampled_from(["quay-pd", "-9 Éa pd", "!!!"]),
        "prohibited_uses": st.lists(st.sampled_from([*ITEMS, JUNK]), max_size=12).map(", ".join),
        "hotlists_alerted_on": st.sampled_from(["", "NCMEC Amber Alert", f"California SVS, {JUNK}"]),
        "data_retention_days": NUMBERS,
        "sharing_outbound_count": NUMBERS,
        **{name: st.lists(st.sampled_from(several), max_size=3).map(" ".join) for name, several in SENTENCES.items()},
    },
    optional={
        "crawled_name": st.text(max_size=30), "last_updated": st.sampled_from(["2026-04-01", "soon", "0001-01-01"]),
        "policy_info": st.sampled_from([JUNK, f"<b>{JUNK}</b>"]),
    },
)  # fmt: skip


@given(RECORDS)
@settings(max_examples=40, deadline=None)
def test_whatever_is_published_the_draft_holds(record: dict[str, Any]) -> None:
    """Any record gives a profile that loads and checks, whose answers hold, without a free word of the record."""
    files = files_of(portal_draft(portal_of(record), today=DAY))

    assert "zebra" not in files.profile + files.suite + files.page
    assert files.reviews >= files.statements


def test_one_of_several_records(tmp_path: Path) -> None:
    """The record of the agency that is named is drafted, and nothing is written over."""
    lines = [{"crawled_slug": slug, "data_retention_days": days} for slug, days in (("quay-pd", 21), ("mole-pd", 7))]
    portal = tmp_path / "portal.jsonl"
    portal.write_text("\n".join(map(json.dumps, lines)), encoding="utf-8")
    words = ("from-portal", str(portal), "--agency", "mole-pd", "--folder", str(tmp_path / "new"))
    first, again = run(*words), run(*words)

    assert ExitCode.OK == first.exit_code, first.stderr
    assert "at_most: 7 days" in (tmp_path / "new" / "mole_pd.yaml").read_text(encoding="utf-8")
    assert "decide each" in first.stdout
    for command in ("check", "test"):
        assert ExitCode.OK == run(command, str(tmp_path / "new" / "mole_pd.yaml")).exit_code, command
    assert ExitCode.USAGE == again.exit_code
    assert "[file-exists]" in again.stderr


def test_whose_record_it_is_must_be_said(tmp_path: Path) -> None:
    """Of several records one has to be named, and an unknown agency is none of them."""
    portal = tmp_path / "portal.jsonl"
    portal.write_text('{"crawled_slug": "quay-pd"}\n{"crawled_slug": "mole-pd"}\n', encoding="utf-8")

    assert "there are 2 records" in run("from-portal", str(portal)).stderr
    assert "did you mean `mole-pd`?" in run("from-portal", str(portal), "--agency", "mole-p").stderr


@pytest.mark.parametrize("text", ["", "[1, 2]", '{"crawled_slug": ', "\x00", "a: [", "- 1"])
def test_a_file_that_is_no_record(text: str, tmp_path: Path) -> None:
    """What is no record is refused in a sentence, and nothing is written."""
    portal = tmp_path / "portal.json"
    portal.write_text(text, encoding="utf-8")
    result = run("from-portal", str(portal), "--folder", str(tmp_path / "new"))

    assert result.exit_code in (ExitCode.BAD_INPUT, ExitCode.USAGE)
    assert "error" in result.stderr
    assert not (tmp_path / "new").exists()


def test_an_id_is_made_of_the_slug() -> None:
    """The id of a profile is the slug in small letters, and begins with one."""
    assert ["quay_pd", "agency_9_a_pd", "agency"] == [
        profile_id(portal_of({"crawled_slug": slug})) for slug in ("Quay PD", "-9 Éa pd", "!!!")
    ]


def test_the_published_records_of_our_study() -> None:
    """Every record that was collected can be drafted; its profile checks and its expected answers hold."""
    file = HERE.parents[1].parent / "shared" / "data" / "flock-audit" / "portal_policies.jsonl"
    if not file.is_file():
        pytest.skip("the collected records are not here")
    made = [
        files_of(portal_draft(portal_of(json.loads(line)), today=DAY))
        for line in file.read_text(encoding="utf-8").splitlines()[::8]
    ]

    assert len(made) == sum(one.answers >= 3 for one in made)
