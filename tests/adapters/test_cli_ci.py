"""`ci`: a change of profiles judged as a whole, beside a revision and without git."""

from __future__ import annotations

import json
import shutil
import subprocess
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any

import pytest
from tests.adapters.cli_kit import ROOT, run
from tests.testing_kit import PROFILE, searching, write

from alpr_policy.errors import Diagnostic, ExitCode
from alpr_policy.formatting import format_text
from alpr_policy.questions.compare import Relation
from alpr_policy.source import SourceFile
from alpr_policy_adapters.cli.ci_parts import Found, _relation
from alpr_policy_adapters.cli.ci_report import ORDER, Part, code_of, markdown

ALLOWED = "outcome: allow, rules: [official], obligations: [log_transaction]"
GOOD = "cases:\n" + searching("A lost child may be searched for.", ALLOWED, more="clause: '2', ")
LAID = format_text(SourceFile("smallville.yaml", PROFILE), 120).text
NAMES = ["check", "lint", "fmt", "test", "compare"]


def git(folder: Path, *words: str) -> None:
    """Run git in a folder, as nobody in particular."""
    who = ("-c", "user.name=a", "-c", "user.email=a@example.org", "-c", "commit.gpgsign=false")
    subprocess.run(["git", "-C", str(folder), *who, *words], check=True, capture_output=True)


def change(folder: Path, text: str) -> None:
    """Write what a profile says now."""
    (folder / "smallville.yaml").write_text(text, encoding="utf-8")


def judged(folder: Path, *words: str) -> tuple[int, dict[str, Any], dict[str, Any]]:
    """Return the exit code, the report, and its parts by name."""
    result = run("ci", str(folder), *words, "--json")
    data = json.loads(result.stdout)
    return result.exit_code, data, {part["part"]: part for part in data["parts"]}


def codes(part: dict[str, Any]) -> list[str]:
    """Return the codes of what a part found."""
    return [one["code"] for one in part["diagnostics"]]


@pytest.fixture
def town(tmp_path: Path) -> Path:
    """Return a repository with one commit, a profile and its suite, at `main`."""
    write(tmp_path, GOOD, profile=LAID)
    git(tmp_path, "init", "-q", "-b", "main")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-q", "-m", "first")
    return tmp_path


def test_without_git_the_rest_is_asked(tmp_path: Path) -> None:
    """Without a base all is looked at, nothing is compared, and the report says so."""
    write(tmp_path, GOOD, profile=LAID)
    code, data, parts = judged(tmp_path)

    assert (ExitCode.OK, True, NAMES) == (code, data["passed"], list(parts))
    assert "left out" == parts["compare"]["result"]
    assert ["not compared: no --diff-base was given"] == parts["compare"]["told"]
    assert all(part["seconds"] >= 0 for part in parts.values())


def test_base_that_cannot_be_read_fails(town: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    """A revision that is not known, or no repository, ends with 2 after all else was asked."""
    bare = tmp_path_factory.mktemp("bare")
    write(bare, GOOD, profile=LAID)
    for folder, told in ((town, "git knows no revision `nix`"), (bare, "lies in no git repository")):
        code, _, parts = judged(folder, "--diff-base", "nix")

        assert (ExitCode.USAGE, "passed", "failed") == (code, parts["test"]["result"], parts["compare"]["result"])
        assert told in parts["compare"]["told"][0]


def test_nothing_changed(town: Path) -> None:
    """Where nothing changed nothing is linted or compared, and the suites run all the same."""
    code, data, parts = judged(town, "--diff-base", "main", "--fail-under", "100")

    assert (ExitCode.OK, ["no profile says something else"]) == (code, parts["compare"]["told"])
    assert data["since"].startswith("0 of 1 file, changed since main (")
    assert "1 test held" == parts["test"]["told"][0]


def test_laxer_text_is_told_at_its_statement(town: Path) -> None:
    """A longer period is a warning at its own line with a sentence, and an error only where that is asked."""
    change(town, LAID.replace("30 days", "45 days"))
    line = LAID.splitlines().index(next(one for one in LAID.splitlines() if "month" in one)) + 1
    code, _, parts = judged(town, "--diff-base", "main")
    strict, _, failing = judged(town, "--diff-base", "main", "--fail-on-laxer")
    found = [one for one in parts["compare"]["diagnostics"] if "`month`" in one["message"]]

    assert (ExitCode.OK, ["smallville is laxer than before, and nowhere stricter"]) == (code, parts["compare"]["told"])
    assert [("text-laxer", "warning", line)] == [(one["code"], one["severity"], one["line"]) for one in found]
    assert "deny → allow; smallville before says so in `month` (6)" in found[0]["message"]
    assert (ExitCode.BELOW_THRESHOLD, {"error"}) == (
        strict,
        {one["severity"] for one in failing["compare"]["diagnostics"]},
    )


def test_stricter_text_passes(town: Path) -> None:
    """A shorter period is a hint, even where a laxer one would fail."""
    change(town, LAID.replace("30 days", "20 days"))
    code, _, parts = judged(town, "--diff-base", "main", "--fail-on-laxer")

    assert (ExitCode.OK, {"text-stricter"}) == (code, set(codes(parts["compare"])))


def test_changed_statement_without_a_test(town: Path) -> None:
    """Only what changed counts for the shares, and a changed statement that no test applies is a warning."""
    change(town, LAID.replace("30 days", "20 days"))
    code, _, parts = judged(town, "--diff-base", "main", "--fail-under", "statements=1")

    assert (ExitCode.BELOW_THRESHOLD, ["changed-untested"]) == (code, codes(parts["test"]))
    assert "`month`" in parts["test"]["diagnostics"][0]["message"]


def test_what_main_gained_meanwhile_is_no_change(town: Path) -> None:
    """The text is held against the commit at which the branch left the revision, not against what came there later."""
    git(town, "checkout", "-q", "-b", "draft")
    git(town, "checkout", "-q", "main")
    change(town, LAID.replace("30 days", "10 days"))
    git(town, "commit", "-q", "-a", "-m", "meanwhile")
    git(town, "checkout", "-q", "draft")
    _, _, parts = judged(town, "--diff-base", "main")

    assert ["no profile says something else"] == parts["compare"]["told"]


def test_history_without_a_common_commit(town: Path) -> None:
    """Where git does not know at which commit the branch began, the text is held against the revision itself."""
    git(town, "checkout", "-q", "--orphan", "draft")
    change(town, LAID.replace("30 days", "45 days"))
    git(town, "commit", "-q", "-a", "-m", "as if nothing had been")
    _, _, parts = judged(town, "--diff-base", "main")

    assert ["smallville is laxer than before, and nowhere stricter"] == parts["compare"]["told"]


def test_changed_template_is_held_for_what_adopts_it(tmp_path: Path) -> None:
    """A file that adopts a template did not change, and its department is compared and its statements counted."""
    demo = ROOT / "examples" / "demo" / "policies"
    for file in (ROOT / "policies" / "model.yaml", demo / "examplefield.yaml"):
        shutil.copy(file, tmp_path)
    git(tmp_path, "init", "-q", "-b", "main")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-q", "-m", "first")
    model = (tmp_path / "model.yaml").read_text(encoding="utf-8")
    (tmp_path / "model.yaml").write_text(model.replace("at_most: 1 year", "at_most: 2 years"), encoding="utf-8")
    suite = str(ROOT / "tests" / "policies" / "examplefield.yaml")
    _, data, parts = judged(tmp_path, "--diff-base", "main", "--tests", suite, "--seconds", "0.05")

    assert data["since"].startswith("2 of 2 files")
    assert ["examplefield", "model"] == [one.split()[0] for one in parts["compare"]["told"]]
    assert "model: of the changed statements tests hold 0 of 1 statements" in parts["test"]["told"][1]


@pytest.mark.parametrize(
    ("relation", "codes", "told"),
    [
        (Relation.LAXER, ["text-laxer"], "is laxer than before, and nowhere stricter"),
        (Relation.EQUIVALENT, [], "comes to the same as before"),
        (Relation.UNDECIDED, ["text-undecided"], "could not be held against its former text in full"),
        (
            Relation.UNDECIDED,
            ["text-undecided", "text-laxer"],
            "is laxer than before in some cases, and could not be held against its former text in full",
        ),
    ],
)
def test_laxer_is_named_beside_what_is_not_decided(relation: Relation, codes: list[str], told: str) -> None:
    """The line on a profile says that it is laxer, even where something else about it was not decided."""
    assert told == _relation(relation, [Diagnostic(code, "") for code in codes])


def test_file_that_is_gone_and_one_that_is_new(town: Path) -> None:
    """A profile under another id is new, and a file that is no more is told and fails as laxer."""
    (town / "smallville.yaml").unlink()
    (town / "tests" / "smallville.yaml").unlink()
    (town / "big.yaml").write_text(LAID.replace("profile: smallville", "profile: big"), encoding="utf-8")
    code, _, parts = judged(town, "--diff-base", "main", "--fail-on-laxer")

    assert ExitCode.BELOW_THRESHOLD == code
    assert "smallville.yaml is no more" in parts["compare"]["told"][0]
    assert "big 1 is new, or could not be read then" == parts["compare"]["told"][1]


def test_changed_floor_changes_what_stands_on_it(town: Path) -> None:
    """A profile whose text did not change is compared where its floor did."""
    upper = PROFILE.replace("profile: smallville", "profile: upper").replace("30 days", "20 days")
    upper = upper.replace("language: 1", "language: 1\nfloor: smallville", 1)
    (town / "upper.yaml").write_text(upper, encoding="utf-8")
    git(town, "add", ".")
    git(town, "commit", "-q", "-m", "second")
    change(town, LAID.replace("missing_person]", "missing_person, training]"))
    _, _, parts = judged(town, "--diff-base", "main")

    assert ["smallville is", "upper comes"] == [" ".join(one.split()[:2]) for one in parts["compare"]["told"]]


@pytest.mark.parametrize(
    ("old", "new", "code", "failed"),
    [
        ("language: 1", "language: 1\nlanguege: 2", ExitCode.BAD_PROFILE, {"check"}),
        ("unless: {case.state: closed}", "unless: {case.state: open}", ExitCode.TEST_FAILED, {"test"}),
        ("silence: deny", "silence:   deny", ExitCode.BELOW_THRESHOLD, {"fmt"}),
    ],
)
def test_each_part_has_its_code(town: Path, old: str, new: str, code: ExitCode, failed: set[str]) -> None:
    """A key that is not known, a test that does not hold and a layout that is off end with 5, 10 and 7."""
    assert old in LAID
    change(town, LAID.replace(old, new, 1))
    found, _, parts = judged(town, "--diff-base", "main")

    assert (code, failed) == (found, {name for name, part in parts.items() if part["result"] == "failed"})


def test_suite_that_cannot_be_used(town: Path) -> None:
    """A suite with an unknown key ends with 6, and the comparison is made all the same."""
    (town / "tests" / "smallville.yaml").write_text("profil: smallville\ncases: []\n", encoding="utf-8")
    code, _, parts = judged(town, "--diff-base", "main")

    assert (ExitCode.BAD_INPUT, "failed", "passed") == (code, parts["test"]["result"], parts["compare"]["result"])


def test_no_suite_is_told_and_fails_where_shares_are_asked(tmp_path: Path) -> None:
    """Without any suite the tests are left out, which is below every share."""
    change(tmp_path, LAID)
    code, _, parts = judged(tmp_path)

    assert (ExitCode.OK, "left out") == (code, parts["test"]["result"])
    assert ExitCode.BELOW_THRESHOLD == judged(tmp_path, "--fail-under", "1")[0]


def test_forms_point_at_the_text(town: Path) -> None:
    """In each form for CI servers the laxer statement has its line; the parts are told on standard error."""
    change(town, LAID.replace("30 days", "45 days"))
    words = ("ci", str(town), "--diff-base", "main", "--format")
    github = run(*words, "github")
    (result,) = [
        one
        for one in json.loads(run(*words, "sarif").stdout)["runs"][0]["results"]
        if one["ruleId"] == "text-laxer" and "`month`" in one["message"]["text"]
    ]
    line = result["locations"][0]["physicalLocation"]["region"]["startLine"]

    assert "month" in LAID.splitlines()[line - 1]
    assert f",line={line}," in github.stdout and all(one.startswith("::") for one in github.stdout.splitlines())
    assert NAMES == [one.partition(":")[0] for one in github.stderr.splitlines()]
    assert "testsuites" == ET.fromstring(run(*words, "junit").stdout).tag
    assert "text-laxer" in {one["check_name"] for one in json.loads(run(*words, "gitlab").stdout)}


def test_summary_is_added(town: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    """The summary goes behind what the file holds, and the terminal names what is laxer."""
    change(town, LAID.replace("30 days", "45 days"))
    page = tmp_path_factory.mktemp("page") / "summary.md"
    page.write_text("before\n", encoding="utf-8")
    shown = run("ci", str(town), "--diff-base", "main", "--summary", str(page)).stdout
    text = page.read_text(encoding="utf-8")

    assert text.startswith("before\n## alpr-policy: passed\n")
    assert "| compare | passed |" in text
    assert "laxer: setting how long a system keeps data" in shown and shown.endswith("passed\n")


def test_summary_obeys_no_policy() -> None:
    """What a policy says is neither a link, nor an image, nor markup, nor a new row of the table."""
    found = Found(told=("![x](http://example.org) | <b> `a`\n# head",))
    (row,) = [one for one in markdown([Part(name="test", found=found, seconds=0)], "all").splitlines() if "test" in one]

    assert r"| test | passed | 0.0 | \!\[x\]\(http://example.org\) \| &lt;b&gt; \`a\` \# head |" == row


def test_worst_code_wins() -> None:
    """Of the codes of the parts the first in the documented order is that of the whole, and every code has its rank."""
    ranked = [code for code in ORDER if code not in (ExitCode.INTERNAL, ExitCode.OK)]
    for n, code in enumerate(ranked):
        parts = [
            Part(name="a", found=Found(told=(), code=one), seconds=0) for one in (*reversed(ranked[n:]), ORDER[-1])
        ]

        assert code == code_of(parts)
    assert [5, 6, 2, 8, 10, 7] == [int(code) for code in ranked]


def test_calls_that_make_no_sense(tmp_path: Path) -> None:
    """Shares of mutants, an unknown form and a path that is not there are refused."""
    assert ExitCode.USAGE == run("ci", str(tmp_path), "--fail-under", "mutants=1").exit_code
    assert ExitCode.USAGE == run("ci", str(tmp_path), "--format", "xml").exit_code
    assert ExitCode.BAD_PROFILE == run("ci", str(tmp_path / "none.yaml")).exit_code
    assert ExitCode.BAD_PROFILE == run("ci", str(tmp_path / "none"), "--diff-base", "main").exit_code
