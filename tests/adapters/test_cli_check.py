"""`check`: every error of every file at once, with its place, and a summary of what can be used."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.adapters.cli_kit import FILES, ROOT, run

from alpr_policy.errors import ExitCode

Golden = Callable[[str, str], None]
HEADER = """language: 1
profile: {name}
department: Example
policy: {{title: Readers, number: "1", effective: 2025-01-01}}
timezone: America/New_York
silence: allow
"""


def test_good_profile_is_summed_up(golden: Golden) -> None:
    """A profile that can be used is summed up in one line, and the command succeeds."""
    result = run("check", "town.yaml")

    assert ExitCode.OK == result.exit_code
    golden("check-good.txt", result.stdout)


def test_every_error_is_shown_at_once(golden: Golden) -> None:
    """All errors come at once, each with its line, a caret and what to do; the good file is still summed up."""
    result = run("check", "town.yaml", "broken.yaml")

    assert ExitCode.BAD_PROFILE == result.exit_code
    golden("check-broken.txt", result.stdout)


def test_json_says_the_same() -> None:
    """The machine's answer names the same errors, places and profiles."""
    result = run("check", "town.yaml", "broken.yaml", "--json")
    data = json.loads(result.stdout)

    assert ExitCode.BAD_PROFILE == result.exit_code
    assert data["passed"] is False
    assert ["exampletown"] == [one["profile"] for one in data["profiles"]]
    assert {"severity": "error", "code": "unknown-value", "file": "broken.yaml", "line": 8, "column": 67} == {
        key: data["diagnostics"][0][key] for key in ("severity", "code", "file", "line", "column")
    }


def test_shipped_profiles_can_be_used() -> None:
    """Without a file the profiles that ship are checked, and all of them can be used."""
    data = json.loads(run("check", "--json").stdout)

    assert data["passed"], data["diagnostics"]
    assert sorted(p.stem for p in (ROOT / "policies").glob("*.yaml")) == sorted(p["profile"] for p in data["profiles"])


@pytest.mark.parametrize(
    ("content", "code"),
    [
        pytest.param(b"", "yaml-empty", id="empty"),
        pytest.param(b"\x00\x01\x02" * 50, "file-binary", id="binary"),
        pytest.param("language: 1\n".encode("utf-16"), "file-encoding", id="UTF-16"),
        pytest.param(b"# nothing\n", "yaml-empty", id="comments only"),
        pytest.param(b"- a\n- b\n", "yaml-top-level", id="a list"),
        pytest.param(b"a: &x 1\nb: *x\n", "yaml-anchor", id="an anchor"),
    ],
)
def test_unusable_file_is_named(tmp_path: Path, content: bytes, code: str) -> None:
    """A file that is no profile is refused with a code of its own, and never with a traceback."""
    file = tmp_path / "profile.yaml"
    file.write_bytes(content)
    result = run("check", str(file), "--json")

    assert ExitCode.BAD_PROFILE == result.exit_code
    assert code in {one["code"] for one in json.loads(result.stdout)["diagnostics"]}


def test_huge_file_is_not_read(tmp_path: Path) -> None:
    """A file of a gigabyte is refused by its size."""
    file = tmp_path / "huge.yaml"
    with file.open("wb") as stream:
        stream.truncate(1_000_000_000)
    result = run("check", str(file), "--json")

    assert ExitCode.BAD_PROFILE == result.exit_code
    assert ["file-too-large"] == [one["code"] for one in json.loads(result.stdout)["diagnostics"]]


@pytest.mark.parametrize(("name", "code"), [("missing.yaml", "file-missing"), ("empty", "no-profiles")])
def test_place_without_profile_is_an_error(tmp_path: Path, name: str, code: str) -> None:
    """A missing file and a folder without a profile are errors."""
    (tmp_path / "empty").mkdir()
    result = run("check", str(tmp_path / name), "--json")

    assert ExitCode.BAD_PROFILE == result.exit_code
    assert [code] == [one["code"] for one in json.loads(result.stdout)["diagnostics"]]


def test_draft_of_a_known_profile_stands_alone(tmp_path: Path) -> None:
    """A draft may carry the id and the date of a profile that is known already: it is checked in its place."""
    draft = tmp_path / "draft.yaml"
    draft.write_bytes((FILES / "town.yaml").read_bytes())

    assert ExitCode.OK == run("check", str(draft), "--policies", "town.yaml").exit_code


def test_two_files_of_one_version_clash(tmp_path: Path) -> None:
    """Two files with one id and one first day cannot both hold, and the error names both."""
    for name in ("a", "b"):
        (tmp_path / f"{name}.yaml").write_text(HEADER.format(name="twin"), encoding="utf-8")
    result = run("check", str(tmp_path), "--json")

    assert ExitCode.BAD_PROFILE == result.exit_code
    assert "same-version" in {one["code"] for one in json.loads(result.stdout)["diagnostics"]}


def test_floor_is_found_among_known_profiles(tmp_path: Path) -> None:
    """A floor may be among the files themselves or the known profiles; one that is nowhere is an error."""
    (tmp_path / "base.yaml").write_text(HEADER.format(name="base"), encoding="utf-8")
    above = tmp_path / "above.yaml"
    above.write_text(HEADER.format(name="above") + "floor: base\n", encoding="utf-8")

    assert ExitCode.OK == run("check", str(above), "--policies", str(tmp_path / "base.yaml")).exit_code
    assert ExitCode.BAD_PROFILE == run("check", str(above)).exit_code


def test_laxer_profile_than_its_floor_is_refused(tmp_path: Path) -> None:
    """A floor may not be weakened: `check` shows it, and nothing is decided under such a profile."""
    rule = "  - {id: trained, cite: '1', action: access.use, must: {requester.trained: true}}\noutline: ['1']\n"
    (tmp_path / "base.yaml").write_text(HEADER.format(name="base") + "requirements:\n" + rule, encoding="utf-8")
    (tmp_path / "above.yaml").write_text(HEADER.format(name="above") + "floor: base\n", encoding="utf-8")
    checked = run("check", str(tmp_path), "--json")
    decided = run("decide", "search.json", "--policies", str(tmp_path))

    assert [ExitCode.BAD_PROFILE] * 2 == [checked.exit_code, decided.exit_code]
    assert "weaker-than-floor" in {one["code"] for one in json.loads(checked.stdout)["diagnostics"]}


def test_what_only_rules_show_is_checked(tmp_path: Path) -> None:
    """A floor past a ceiling shows only in the rules, and is found all the same."""
    text = HEADER.format(name="deep").replace("silence: allow", "silence: allow\noutline: ['1']")
    file = tmp_path / "deep.yaml"
    file.write_text(
        text + "retention:\n  - {id: k, cite: '1', data: read, at_least: 30 days, at_most: 14 days}\n", encoding="utf-8"
    )
    result = run("check", str(file), "--json")

    assert ExitCode.BAD_PROFILE == result.exit_code
    assert "floor-above-ceiling" in {one["code"] for one in json.loads(result.stdout)["diagnostics"]}


def test_user_text_is_harmless(tmp_path: Path) -> None:
    """Neither markup of our terminal library nor control characters of a file reach the terminal as such."""
    file = tmp_path / "evil.yaml"
    file.write_text(HEADER.format(name="evil") + '"[red]\\e[2Jgone[/red]": 1\n', encoding="utf-8")
    result = run("check", str(file))

    assert "[red]" in result.stdout
    assert "\x1b" not in result.stdout


@pytest.mark.parametrize(
    ("form", "sign"), [("sarif", '"ruleId": '), ("github", "::error file="), ("junit", "<failure ")]
)
def test_check_for_ci_servers(form: str, sign: str) -> None:
    """`check` writes what it found in the forms that CI servers read, and ends as it always does."""
    result = run("check", "broken.yaml", "--format", form)

    assert ExitCode.BAD_PROFILE == result.exit_code
    assert sign in result.stdout
    assert "broken.yaml" in result.stdout
