"""The language server, asked by a client over its pipes as an editor asks it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.adapters.lsp_client import ROOT, Client

from alpr_policy.errors import MissingExtraError
from alpr_policy_adapters.lsp.server import require

pytest.importorskip("pygls", reason="the extra `lsp` is not installed")
BY_CHIEF = "    by: chief\n    self: holder\n    each: true\n    reading:\n      chosen: each"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make a folder with a profile and its expected answers."""
    made = tmp_path_factory.mktemp("department")
    (made / "tests").mkdir()
    shutil.copy(ROOT / "policies" / "leicester.yaml", made)
    shutil.copy(ROOT / "tests" / "policies" / "leicester.yaml", made / "tests")
    return made


@pytest.fixture(scope="module")
def client(folder: Path) -> Iterator[Client]:
    """Start a server, and see it end well."""
    made = Client(folder)
    yield made
    assert 0 == made.close()


@pytest.fixture
def text(folder: Path) -> str:
    """Return the profile as it is on disk."""
    return (folder / "leicester.yaml").read_text(encoding="utf-8")


@pytest.fixture
def uri(folder: Path, client: Client, text: str) -> Iterator[str]:
    """Open the profile, and close it."""
    address = (folder / "leicester.yaml").as_uri()
    client.open(address, text)
    yield address
    client.tell("textDocument/didClose", {"textDocument": {"uri": address}})


def place(text: str, word: str, after: str = "") -> tuple[int, int]:
    """Return line and character, from 0, of a word behind another."""
    at = text.index(word, text.index(after))
    return text.count("\n", 0, at), at - text.rfind("\n", 0, at) - 1


def test_a_sound_profile_has_no_findings(client: Client, uri: str) -> None:
    """A shipped profile is found to be without fault."""
    assert [] == client.found(uri)


def test_errors_come_and_go_while_typing(client: Client, uri: str, text: str) -> None:
    """A misspelt role is marked under its letters with its mend, which takes it away."""
    wrong = text.replace(BY_CHIEF, BY_CHIEF.replace("chief", "cheif", 1))
    client.change(uri, wrong)
    found = client.found_with(uri, "unknown-role")
    line, column = place(wrong, "cheif")
    span = {"start": {"line": line, "character": column}, "end": {"line": line, "character": column + 5}}
    asked = {"textDocument": {"uri": uri}, "range": span, "context": {"diagnostics": [found]}}
    (action,) = [one for one in client.ask("textDocument/codeAction", asked) if one["title"] == "Write chief"]

    assert (span, 1) == (found["range"], found["severity"])
    assert [{"range": span, "newText": "chief"}] == action["edit"]["changes"][uri]
    client.change(uri, text)
    assert [] == client.found(uri)


@pytest.mark.parametrize("ending", ["\n", "\r\n"])
def test_the_linter_speaks_and_mends(client: Client, uri: str, text: str, ending: str) -> None:
    """What the linter finds is shown as a warning, and its certain mend is offered at the right letters."""
    twice = text.replace("when: {purpose: [routine_patrol,", "when: {purpose: [routine_patrol, routine_patrol,")
    client.change(uri, twice.replace("\n", ending))
    found = client.found_with(uri, "duplicate-value")
    asked = {"textDocument": {"uri": uri}, "range": found["range"], "context": {"diagnostics": [found]}}
    (action,) = client.ask("textDocument/codeAction", asked)
    (edit,) = action["edit"]["changes"][uri]
    line, column = place(twice, ", routine_patrol,")

    assert (2, "Mend: duplicate-value", "") == (found["severity"], action["title"], edit["newText"])
    assert {"line": line, "character": column} == edit["range"]["start"]
    assert {"line": line, "character": column + len(", routine_patrol")} == edit["range"]["end"]


def test_half_typed_text(client: Client, uri: str, text: str) -> None:
    """With a bracket left open there is a syntax error, and what stands below can be completed."""
    broken = text.replace(BY_CHIEF, BY_CHIEF.replace("by: chief", "by: [chief, {role: ", 1))
    client.change(uri, broken)

    assert any(one["code"].startswith("yaml-") for one in client.found(uri))
    for word, after, wanted in (
        ("specific_crime}", "id: particular-crime", "approved_uses"),
        ("department", "retention:\n", "vendor"),
    ):
        items = client.at("completion", uri, *place(broken, word, after))["items"]
        assert wanted in {one["label"] for one in items}


def test_places_count_as_the_editor_does(client: Client, uri: str, text: str) -> None:
    """Behind a sign that takes two units of UTF-16, errors, hovers and completions are still at the right letters."""
    line = "  chief: {title: Chief \U0001f694 of Police, designee: true, acting: maybe, cite: [III-s2, V-s3]}"
    old = next(one for one in text.split("\n") if one.startswith("  chief: "))
    client.change(uri, text.replace(old, line))
    found = client.found_with(uri, "wrong-type")
    start = len(line[: line.index("maybe")].encode("utf-16-le")) // 2
    row = place(text, "  chief: ")[0]

    assert (row, start, start + 5) == (
        found["range"]["start"]["line"],
        found["range"]["start"]["character"],
        found["range"]["end"]["character"],
    )
    clause = client.at("hover", uri, row, start + 15)
    assert "III-s2" in clause["contents"]["value"]
    edit = client.at("completion", uri, row, start + 2)["items"][0]["textEdit"]["range"]
    assert (start, start + 5) == (edit["start"]["character"], edit["end"]["character"])


def test_hover_definition_references(client: Client, uri: str, text: str) -> None:
    """A role under the pointer tells its title, leads to its declaration, and is found wherever it is named."""
    here = place(text, "chief", "approvals:")
    declared = place(text, "chief: {title")
    there = client.at("definition", uri, *here)
    used = client.at("references", uri, *here, context={"includeDeclaration": False})

    assert "Chief of Police" in client.at("hover", uri, *here)["contents"]["value"]
    assert declared == (there["range"]["start"]["line"], there["range"]["start"]["character"])
    assert 3 == len(used)


def test_rename(client: Client, uri: str, text: str, folder: Path) -> None:
    """A role gets another name in the profile and in the expected answers beside it; a bad name is refused in words."""
    line, character = place(text, "chief", "approvals:")
    edits = client.at("rename", uri, line, character, newName="head")["changes"]
    refused = client.reply(
        "textDocument/rename",
        {"textDocument": {"uri": uri}, "position": {"line": line, "character": character}, "newName": "No Good"},
    )

    assert {uri, (folder / "tests" / "leicester.yaml").as_uri()} == set(edits)
    assert {"head"} == {one["newText"] for several in edits.values() for one in several}
    assert "is not a name" in refused["error"]["message"]


def test_outline_and_layout(client: Client, uri: str, text: str) -> None:
    """The outline has the statements, and a profile out of layout is laid out as `fmt` does."""
    asked: dict[str, Any] = {"textDocument": {"uri": uri}}
    symbols = {one["name"]: one for one in client.ask("textDocument/documentSymbol", asked)}
    client.change(uri, text.replace("silence: allow", "silence:    allow"))
    edits = client.ask("textDocument/formatting", {**asked, "options": {"tabSize": 2, "insertSpaces": True}})

    assert "crime-targeting" in [one["name"] for one in symbols["approvals"]["children"]]
    assert 1 == len(edits)
    assert "silence: allow" in edits[0]["newText"]


def test_other_texts_are_left_alone(client: Client, folder: Path) -> None:
    """Expected answers and YAML of other programs get no findings, and odd questions no crash."""
    other = (folder / "compose.yaml").as_uri()
    client.open(other, "services:\n  web: {image: x}\n")
    assert [] == client.found(other)
    assert None is client.at("hover", other, 999, 999)
    assert (
        [] == client.ask("textDocument/documentSymbol", {"textDocument": {"uri": other}})[0]["children"][0]["children"]
    )
    client.open((folder / "large.yaml").as_uri(), "language: 1\n" + "#" * 1_000_001)
    assert ["file-too-large"] == [one["code"] for one in client.found((folder / "large.yaml").as_uri())]


def test_a_question_that_fails_gets_no_answer(client: Client, folder: Path) -> None:
    """Asked about a file that is not there the server answers nothing, writes a line in the log, and goes on."""
    client.notices.clear()

    assert None is client.at("hover", (folder / "gone.yaml").as_uri(), 0, 0)
    logged = [one["params"]["message"] for one in client.notices if one["method"] == "window/logMessage"]
    assert 1 == len(logged)
    assert "\n" not in logged[0]


def test_a_missing_extra_is_named() -> None:
    """Without the packages of the extra the command that brings them is named."""
    with pytest.raises(MissingExtraError) as refused:
        require("pygls.no_such_part")
    assert "lsp" == refused.value.extra
