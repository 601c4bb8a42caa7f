"""Mapping files, stores and repeats: how lists of any source are read, renewed, and shown once."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from tests.adapters.cli_kit import run

from alpr_policy.source import SourceFile
from alpr_policy_adapters.hotlists import (
    Deduplicator,
    Hit,
    HotListEntry,
    HotListError,
    HotListStore,
    LoadMode,
    Matcher,
    PartialPlate,
    hit_facts,
    load_csv,
    load_list,
    load_mapping,
    mapping_schema,
    shipped_mappings,
)
from alpr_policy_adapters.hotlists.mapping import parse_mapping

HEADER = "plate,state,category,source,effective,expires,entry_id"
LOADED = datetime(2026, 5, 4, 12, tzinfo=UTC)
BASE = "mapping: 1\nid: mine\nabout: a test\n"
PLAIN_FIELDS = "fields:\n  plate: {column: p}\n  category: {column: c}\n"


@dataclass(frozen=True)
class Read:
    plate: str
    state: str | None = "MA"
    captured_at: datetime | None = None
    camera: str | None = None
    track: str | None = None
    raw: str = ""
    alternates: tuple[str, ...] = ()


def entry(plate: str, **more: object) -> HotListEntry:
    """Make an entry with nothing remarkable about it but what is given."""
    plain = {"state": "MA", "category": "bolo", "source": "", "effective": None, "expires": None}
    return HotListEntry(plate=plate, **{**plain, "entry_id": "E1", "line": 2, **more})  # type: ignore[arg-type]  # each test names fields that exist


def write(folder: Path, text: str, name: str = "list.csv") -> Path:
    """Write a file."""
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("mapping", "text", "expected"),
    [
        ("genetec", "Category;MatchPlate;PlateState;EffectiveDate;ExpiryDate\n"
         "Stolen Vehicle;1ABC23;MA;2026-05-01;2026-06-01\n",
         ("1ABC23", "MA", "stolen_vehicle", date(2026, 5, 1), date(2026, 6, 1), "")),
        ("learn_delimited", "Hot Plate,State,Alert,Order Date,Owner,Comment\n1ABC23,MA,WARRANT,20260501,State,old\n",
         ("1ABC23", "MA", "warrant", date(2026, 5, 1), None, "old")),
        ("learn_fixed_width", f"{'1ABC23':10}MA{'STOLEN PLATE':21}20260501\n",
         ("1ABC23", "MA", "stolen_plate", date(2026, 5, 1), None, "")),
        ("flock_custom", json.dumps({"entries": [{"plate": "1abc23", "state": "massachusetts",
         "reason": "Missing person", "caseNumber": "26-1",
         "expiry": "2026-09-08T00:00:00Z", "note": {"message": "x"}}]}),
         ("1ABC23", "MA", "department_list", None, datetime(2026, 9, 8, tzinfo=UTC), "Missing person")),
    ],
)  # fmt: skip
def test_shipped_mappings_read_their_lists(
    tmp_path: Path, mapping: str, text: str, expected: tuple[object, ...]
) -> None:
    """A list as its maker lays it out becomes entries with our states, categories and days."""
    (found,) = load_list(write(tmp_path, text), mapping).entries

    assert expected == (found.plate, found.state, found.category, found.effective, found.expires, found.reason)


@pytest.mark.parametrize("name", sorted(shipped_mappings()))
def test_shipped_mappings_are_sound(name: str) -> None:
    """Each mapping that ships can be read, is named as its file, and fits the published schema."""
    import yaml
    from jsonschema import Draft202012Validator

    Draft202012Validator(json.loads(mapping_schema())).validate(yaml.safe_load(shipped_mappings()[name]))
    assert name == load_mapping(name).id


def test_the_schema_is_published(golden: Callable[..., None]) -> None:
    """The JSON Schema of a mapping is the one that lies in the manual."""
    golden("../../docs/schema/hotlist-mapping-1.json", mapping_schema())


@pytest.mark.parametrize(
    ("text", "line", "code"),
    [
        (BASE + "formt: json\n" + PLAIN_FIELDS, 4, "unknown-key"),
        (BASE + "delimiter: colon\n" + PLAIN_FIELDS, 4, "bad-choice"),
        (BASE + "category: bolo\n" + PLAIN_FIELDS, 4, "both-forms"),
        (BASE + "timezone: America/Boston\n" + PLAIN_FIELDS, 4, "unknown-timezone"),
        (BASE + "expires_after: 2 years\n" + PLAIN_FIELDS, 4, "bad-period"),
        (BASE + "fields:\n  category: {column: c}\n", 4, "missing-key"),
        (BASE + PLAIN_FIELDS + "  effective: {column: e, date: MDYYYY}\n", 4, "date-form"),
        (BASE + PLAIN_FIELDS + "  effective: {column: e, date: YYYY-DD}\n", 4, "date-form"),
        (BASE + PLAIN_FIELDS + "  state: {from: 1, to: 2}\n", 4, "mapping-column"),
        (BASE + PLAIN_FIELDS + "  change: {column: x}\n", 4, "mapping-column"),
    ],
)
def test_a_bad_mapping_is_refused_at_its_place(text: str, line: int, code: str) -> None:
    """What is wrong in a mapping is told with its line."""
    with pytest.raises(HotListError) as caught:
        parse_mapping(SourceFile("mine.yaml", text))
    assert [(line, code)] == [(d.span.line, d.code) for d in caught.value.diagnostics]


def test_codes_and_unknowns_mean_what_the_mapping_says(tmp_path: Path) -> None:
    """A source's codes are read by its table, texts for the unknown as nothing, and other codes refuse the line."""
    text = BASE + (
        "header: false\nexpires_after: 30 days\nfields:\n  plate: {column: 1}\n  state: {column: 2, unknown: XX}\n"
        "  category: {column: 3, values: {SV: stolen_vehicle}}\n  effective: {column: 4, date: M/D/YYYY}\n"
    )
    mapping = parse_mapping(SourceFile("mine.yaml", text))
    found = load_list(write(tmp_path, "1ABC23,XX,sv,5/1/2026\n2ABC34,MA,QQ,5/1/2026\n"), mapping, loaded_at=LOADED)

    assert [(None, "stolen_vehicle", date(2026, 5, 31))] == [(e.state, e.category, e.expires) for e in found.entries]
    assert [(2, "`QQ` is no category")] == [(d.span.line, d.message) for d in found.report]


def test_bare_days_are_those_of_the_lists_time_zone() -> None:
    """An entry's last day ends where the list says, whatever the offset of the read."""
    listed = entry("ABC123", expires=date(2026, 5, 4), timezone="America/New_York")

    assert listed.in_force(datetime(2026, 5, 5, 3, 59, tzinfo=UTC))
    assert not listed.in_force(datetime(2026, 5, 5, 4, 0, tzinfo=UTC))


@pytest.mark.parametrize(
    ("pattern", "plate", "fits"),
    [
        ("AB?123", "ABC123", True), ("AB?123", "AB123", False), ("AB*3", "ABC123", True), ("AB*3", "AB3", True),
        ("AB@123", "ABC123", True), ("AB@123", "AB0123", False), ("AB#123", "AB0123", True),
        ("AB[38B]123", "AB8123", True), ("AB[38B]123", "ABC123", False), ("*C123", "ABC123", True),
    ],
)  # fmt: skip
def test_wildcards(pattern: str, plate: str, fits: bool) -> None:
    """Each wildcard takes what it stands for and nothing else."""
    assert fits == PartialPlate.parse(pattern).matches(plate)


@pytest.mark.parametrize("text", ["***", "?", "[", "A[]B", "A" * 11, "A!B"])
def test_a_pattern_that_says_nothing_is_refused(text: str) -> None:
    """A partial plate without a known character, such as a mark of redaction, or of another shape is refused."""
    with pytest.raises(HotListError) as caught:
        PartialPlate.parse(text)

    assert ["partial-plate"] == [one.code for one in caught.value.diagnostics]


def test_a_partial_plate_is_never_an_exact_hit() -> None:
    """A hit on a partial plate is possible alone, and says so where it searches an area."""
    hits = Matcher([entry("AB?123", entry_id="1"), entry("A*3", entry_id="2")]).match(Read("ABC123"))

    assert ["possible", "possible"] == [hit.kind for hit in hits]
    assert [False, True] == ["area" in hit.why for hit in hits]


def test_stacked_letters_are_compared_both_ways(tmp_path: Path) -> None:
    """With its stacked letters a plate is met exactly, without them as a possible hit that shows them."""
    matcher = Matcher(load_csv(write(tmp_path, f"{HEADER}\n(DV)1234,MA,bolo,,,,E1\n")).entries)
    (exact,), (short,) = matcher.match(Read("DV1234")), matcher.match(Read("1234"))

    assert ("exact", "possible") == (exact.kind, short.kind)
    assert ["D", "V"] == [d.listed for d in short.differences]
    assert "(DV)1234" == short.entry.listed_as


def test_one_plate_on_several_lists_is_several_hits(tmp_path: Path) -> None:
    """A plate on two lists gives two hits, each with its list and that list's age."""
    store = HotListStore()
    for name in ("a", "b"):
        store.load(write(tmp_path, f"{HEADER}\nABC123,MA,bolo,,,,E1\n"), name=name, loaded_at=LOADED)
    hits = store.matcher().match(Read("ABC123"), at=LOADED + timedelta(hours=5))

    assert [("a", timedelta(hours=5), True), ("b", timedelta(hours=5), True)] == [
        (hit.entry.list_name, hit.list_age, hit.list_older_than(timedelta(hours=4))) for hit in hits
    ]
    assert {"hotlist.loaded": LOADED.isoformat()} == hit_facts(hits[0])


def test_age_that_is_not_known_is_not_guessed() -> None:
    """An entry of a list of unknown loading has no age and no fact about it."""
    (hit,) = Matcher([entry("ABC123")]).match(Read("ABC123"), at=LOADED)

    assert (None, None, None, {}) == (hit.list_age, hit.list_older_than(timedelta(0)), hit.historical, hit_facts(hit))


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (f"{HEADER}\n", "hotlist-empty"),
        (f"{HEADER}\nAAA111,MA,bolo,,,,1\n", "hotlist-shrunk"),
        ("no list\n", "hotlist-header"),
        (f"{HEADER}\n\0", "hotlist-unreadable"),
    ],
)
def test_a_failed_load_keeps_the_last_good_list(tmp_path: Path, text: str, code: str) -> None:
    """A file that is no list, is empty or loses too much leaves the list in use and raises an alarm."""
    alarms: list[object] = []
    store = HotListStore(on_alarm=alarms.append)
    lines = "".join(f"AAA11{n},MA,bolo,,,,{n}\n" for n in range(4))
    store.load(write(tmp_path, f"{HEADER}\n{lines}"), name="l")
    outcome = store.load(write(tmp_path, text), name="l")

    assert ([code], 4) == ([d.code for d in outcome.alarm], len(store.lists["l"].entries))
    assert [outcome] == alarms
    if code == "hotlist-shrunk":
        assert store.load(write(tmp_path, text), name="l", allow_shrink=True).accepted


def test_incremental_reports_what_it_does_not_know(tmp_path: Path) -> None:
    """An incremental file changes, adds and removes, and reports what refers to no entry or to one too many."""
    store = HotListStore()
    path = write(tmp_path, f"{HEADER}\nAAA111,MA,bolo,,,,1\nAAA222,MA,bolo,,,,2\n")
    early = store.load(path, "changes_csv", name="l", mode=LoadMode.INCREMENTAL)
    store.load(path, name="l")
    lines = ["change,BBB111,MA,bolo,,,,1", "remove,AAA222,MA,bolo,,,,2", "add,CCC333,MA,bolo,,,,3"]
    lines += ["remove,X1,MA,bolo,,,,9", "change,X1,MA,bolo,,,,8", "add,X1,MA,bolo,,,,3"]
    text = "\n".join([f"change,{HEADER}", *lines])
    outcome = store.load(write(tmp_path, text), "changes_csv", name="l", mode=LoadMode.INCREMENTAL)

    assert not early.accepted
    assert (1, 1, 1) == (outcome.added, outcome.changed, outcome.removed)
    assert [("hotlist-unknown-entry", n) for n in (5, 6, 7)] == [(d.code, d.span.line) for d in outcome.report]
    assert {"1": "BBB111", "3": "CCC333"} == {e.entry_id: e.plate for e in store.lists["l"].entries}


def test_a_list_of_removals_takes_out(tmp_path: Path) -> None:
    """Every line of a list of removals takes out the entry that it names by plate, state and category."""
    store = HotListStore()
    store.load(write(tmp_path, f"{HEADER}\nAAA111,MA,bolo,,,,\nAAA222,MA,bolo,,,,\n"), name="l")
    store.load(write(tmp_path, f"{HEADER}\nAAA222,MA,bolo,,,,\n"), name="l", mode=LoadMode.REMOVALS)

    assert ["AAA111"] == [e.plate for e in store.lists["l"].entries]


def hits(read: Read, *listed: HotListEntry) -> tuple[Hit, ...]:
    """Match one read."""
    return Matcher(listed or [entry("ABC123")], look_alikes=1).match(read)


def test_repeats_are_held_back_and_counted() -> None:
    """The same hit at a camera is shown once per window and along a track once, and what was held back is counted."""
    once = Deduplicator(timedelta(seconds=60))
    times = [once.first(hits(Read("ABC123", "MA", LOADED + timedelta(seconds=s), "c1"))) for s in (0, 30, 60)]

    assert [1, 0, 0] == [len(shown) for shown in times]
    assert (2, [2]) == (once.suppressed, [one.suppressed for one in once.repeats()])
    assert 1 == len(once.first(hits(Read("ABC123", "MA", LOADED + timedelta(seconds=61), "c1"))))
    track = Deduplicator(timedelta(seconds=60))
    times = [
        track.first(hits(Read("ABC123", "MA", LOADED + timedelta(seconds=s), None, "t"))) for s in (0, 50, 100, 161)
    ]
    assert [1, 0, 0, 1] == [len(shown) for shown in times]


@pytest.mark.parametrize(
    "other",
    [
        hits(Read("A8C123", "MA", LOADED, "c1")),
        hits(Read("ABC123", None, LOADED, "c1")),
        hits(Read("ABC123", "MA", LOADED, "c2")),
        hits(Read("ABC123", "MA", LOADED, "c1"), entry("ABC123", entry_id="E2")),
        hits(Read("ABC123", "MA", LOADED, "c1"), entry("ABC123", list_name="other")),
        hits(Read("ABC123", "MA", None, "c1")),
        hits(Read("ABC123", "MA", LOADED)),
    ],
)
def test_what_is_new_is_always_shown(other: tuple[Hit, ...]) -> None:
    """Another plate, state, camera or entry, or a hit of unknown time or place, is never held back."""
    once = Deduplicator(timedelta(hours=1))
    once.first(hits(Read("ABC123", "MA", LOADED, "c1")))

    assert other == once.first(other)


def test_check_reports_refused_lines(tmp_path: Path) -> None:
    """The command names each refused line, counts, and its code says whether some lines were refused or all."""
    path = write(tmp_path, f"{HEADER}\nAAA111,MA,bolo,,,,1\n?,MA,bolo,,,,2\n")
    told, data = run("hotlist", "check", str(path)), run("hotlist", "check", str(path), "--json")

    none = run("hotlist", "check", str(write(tmp_path, f"{HEADER}\n?,MA,bolo,,,,2\n", "none.csv")))
    match = run("hotlist", "match", "BBB222", str(path))
    assert (9, 6, 9, True) == (told.exit_code, none.exit_code, match.exit_code, "1 line refused" in match.stderr)
    assert (True, "no hit\n") == ("list.csv:3:1: error: `?` is no plate" in told.output, match.stdout)
    written = json.loads(data.stdout)
    assert (1, 1, [3]) == (written["entries"], written["refused"], [d["line"] for d in written["report"]])


def test_match_looks_a_plate_up(tmp_path: Path) -> None:
    """The command shows hits with what differs, and says when there is none."""
    path = str(write(tmp_path, f"{HEADER}\nABC123,MA,bolo,,,,1\n"))
    found = run("hotlist", "match", "A8C 123", path, "--state", "MA", "--look-alikes", "1", "--json")

    assert [{"place": 2, "read": "8", "listed": "B"}] == json.loads(found.stdout)[0]["differences"]
    assert "no hit\n" == run("hotlist", "match", "A8C123", path, "--state", "MA").stdout
    assert 2 == run("hotlist", "match", "A8C123", path, "--state", "ZZ").exit_code


def test_mappings_can_be_listed_and_printed() -> None:
    """The command lists the mappings that ship, prints one, and suggests a name for a misspelt one."""
    assert {*shipped_mappings()} <= set(run("hotlist", "mappings").stdout.split())
    assert shipped_mappings()["genetec"] == run("hotlist", "mappings", "genetec").stdout
    assert "did you mean `genetec`?" in run("hotlist", "mappings", "genetek").output
