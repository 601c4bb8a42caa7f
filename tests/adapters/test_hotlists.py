"""Hot lists: what is imported, what is refused and why, and what counts as a hit."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from alpr_policy_adapters.hotlists import (
    Difference,
    HitKind,
    HotListEntry,
    HotListError,
    HotListLimits,
    Matcher,
    load_csv,
    match,
)
from alpr_policy_adapters.plate_read import PlateRead
from alpr_policy_adapters.plates.syntax import alternates

HEADER = "plate,state,category,source,effective,expires,entry_id"
DEMO = Path(__file__).resolve().parents[2] / "examples" / "demo"


def write(folder: Path, *lines: str, header: str = HEADER) -> Path:
    """Write a list with these lines below its header."""
    path = folder / "list.csv"
    path.write_text("\n".join([header, *lines]) + "\n", encoding="utf-8")
    return path


def entry(plate: str = "ABC123", state: str | None = "MA", **more: object) -> HotListEntry:
    """Make an entry with nothing remarkable about it but what is given."""
    values = {"category": "bolo", "source": "", "effective": None, "expires": None, "entry_id": "E1", "line": 2}
    return HotListEntry(plate=plate, state=state, **{**values, **more})  # type: ignore[arg-type]  # each test names fields that exist


@dataclass(frozen=True)
class Read:
    plate: str
    state: str | None = "MA"
    captured_at: datetime | None = None

    @property
    def alternates(self) -> tuple[str, ...]:
        return alternates(self.plate)


def test_line_is_taken_as_it_means(tmp_path: Path) -> None:
    """A line's plate and state are normalised, its days read, and a column we do not know is not kept."""
    line = "abc-12·3,Massachusetts,stolen_vehicle,ncic,2025-01-02,2025-02-03T04:05:06-05:00,E7,some words"
    loaded = datetime(2025, 3, 1, tzinfo=UTC)
    found = load_csv(write(tmp_path, line, header=HEADER + ",note"), loaded_at=loaded)
    expires = datetime(2025, 2, 3, 4, 5, 6, tzinfo=timezone(timedelta(hours=-5)))

    assert () == found.report
    assert (
        HotListEntry(
            plate="ABC123",
            state="MA",
            category="stolen_vehicle",
            source="ncic",
            effective=date(2025, 1, 2),
            expires=expires,
            entry_id="E7",
            line=2,
            listed_as="abc-12·3",
            list_name="list.csv",
            loaded_at=loaded,
        ),
    ) == found.entries


def test_empty_cells_are_not_known(tmp_path: Path) -> None:
    """An entry without state and days is taken with nothing assumed, and named by its line."""
    (found,) = load_csv(write(tmp_path, "", "ABC123,,bolo,,,,")).entries

    assert (None, None, None, "line-3") == (found.state, found.effective, found.expires, found.entry_id)


@pytest.mark.parametrize(
    ("line", "message"),
    [
        (",MA,bolo,,,,", "the plate is missing"),
        ("ABC*,MA,bolo,,,,", "`ABC*` is no plate"),
        ("ABC12345678,MA,bolo,,,,", "`ABC12345678` is no plate"),
        ("А123,MA,bolo,,,,", "`А123` is no plate"),
        ("ABC123,ZZ,bolo,,,,", "`ZZ` is no state"),
        ("ABC123,MA,stolen_vehicel,,,,", "`stolen_vehicel` is no category"),
        ("ABC123,MA,,,,,", "`` is no category"),
        ("ABC123,MA,bolo,,2025-02-30,,", "`2025-02-30` is no day for `effective`"),
        ("ABC123,MA,bolo,,,2025,", "`2025` is no day for `expires`"),
        ("ABC123,MA,bolo,,,2025-W01-1,", "`2025-W01-1` is no day for `expires`"),
        ("ABC123,MA,bolo,,,2025-01-01T10:00:00,", "`2025-01-01T10:00:00` is no day for `expires`"),
        ("ABC123,MA,bolo,,2025-02-01,2025-01-31,", "it expires on 2025-01-31, before it is effective on 2025-02-01"),
        ("ABC123,MA,bolo,,,", "the line has 6 cells, the header has 7"),
        ("ABC123,MA,bolo,,,,E1,more", "the line has 8 cells, the header has 7"),
    ],
)
def test_bad_line_is_refused_by_number(tmp_path: Path, line: str, message: str) -> None:
    """A bad line is named in the report with its number and reason, and the lines around it are taken."""
    found = load_csv(write(tmp_path, "AAA111,MA,bolo,,,,E1", line, "BBB222,MA,bolo,,,,E3"))

    assert [(3, "hotlist-line", message)] == [(d.span.line, d.code, d.message) for d in found.report]
    assert (["AAA111", "BBB222"], 1) == ([e.plate for e in found.entries], found.refused)


def test_misspelt_category_gets_a_hint(tmp_path: Path) -> None:
    """The report offers the category that is nearest to a misspelt one."""
    (found,) = load_csv(write(tmp_path, "ABC123,MA,stolen_vehicel,,,,")).report

    assert "did you mean `stolen_vehicle`?" == found.help


def test_every_fault_of_a_line_is_said(tmp_path: Path) -> None:
    """A line with several faults is refused once, with all of them."""
    found = load_csv(write(tmp_path, ",ZZ,nothing,,soon,,"))

    assert (4, 1) == (len(found.report), found.refused)


def test_profile_may_add_a_category(tmp_path: Path) -> None:
    """A category that a profile adds is taken when it is passed in, and only then."""
    path = write(tmp_path, "ABC123,MA,elder_alert,,,,")

    assert 1 == len(load_csv(path, categories={"elder_alert"}).entries)
    assert 0 == len(load_csv(path).entries)


def test_lines_are_counted_through_quoted_breaks(tmp_path: Path) -> None:
    """A cell that holds a line break does not shift the numbers of the lines after it."""
    found = load_csv(write(tmp_path, 'AAA111,MA,bolo,"one\ntwo",,,E1', "?,MA,bolo,,,,"))

    assert [4] == [d.span.line for d in found.report]


def test_repeated_line_counts_once(tmp_path: Path) -> None:
    """The same entry twice is one entry and a warning."""
    found = load_csv(write(tmp_path, "ABC123,MA,bolo,,,,E1", "ABC123,MA,bolo,,,,E1"))

    assert (1, 0) == (len(found.entries), found.refused)
    assert [("hotlist-repeated", False)] == [(d.code, d.is_error) for d in found.report]


def test_byte_order_mark_is_no_fault(tmp_path: Path) -> None:
    """A file that a spreadsheet saved, with a mark before its header and carriage returns, is read."""
    path = tmp_path / "list.csv"
    path.write_bytes(b"\xef\xbb\xbf" + f"{HEADER}\r\nABC123,MA,bolo,,,,E1\r\n".encode())

    assert ["ABC123"] == [e.plate for e in load_csv(path).entries]


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "hotlist-header"),
        (b"plate,state\nABC123,MA\n", "hotlist-header"),
        (f"{HEADER},plate\n".encode(), "hotlist-header"),
        (HEADER.encode() + b"\nABC123,MA,bolo,\xff\xfe,,,\n", "hotlist-unreadable"),
        (HEADER.encode() + b'\nABC123,MA,bolo,"a"b,,,\n', "hotlist-unreadable"),
        (HEADER.encode() + b"\n" + b"A" * 200_000 + b",MA,bolo,,,,\n", "hotlist-unreadable"),
        (HEADER.encode() + b"\nABC123,MA,bolo,,,,1\nABC124,MA,bolo,,,,2\nABC125,MA,bolo,,,,3\n", "hotlist-too-large"),
        (HEADER.encode() + b"\n" * 400_000, "hotlist-too-large"),
    ],
)
def test_file_that_is_no_list_is_refused_whole(tmp_path: Path, content: bytes, code: str) -> None:
    """A file that cannot be a list, or is beyond the bounds, is refused with one error and no entry."""
    path = tmp_path / "list.csv"
    path.write_bytes(content)

    with pytest.raises(HotListError) as caught:
        load_csv(path, limits=HotListLimits(max_rows=2, max_bytes=300_000))
    assert [code] == [d.code for d in caught.value.diagnostics]


def test_missing_file_and_folder_are_refused(tmp_path: Path) -> None:
    """A path that leads to no ordinary file is an error, not a traceback."""
    for path in (tmp_path / "none.csv", tmp_path, Path("a\0b")):
        with pytest.raises(HotListError) as caught:
            load_csv(path)
        assert ["hotlist-missing"] == [d.code for d in caught.value.diagnostics]


def test_shown_cell_is_short_and_harmless(tmp_path: Path) -> None:
    """A cell in an error is cut, and what would move a cursor is replaced."""
    (found,) = load_csv(write(tmp_path, "\x1b[2J" + "*" * 90 + ",MA,bolo,,,,")).report

    assert "`?[2J" + "*" * 36 + "…` is no plate" == found.message


LOOK = "only by taking one look-alike character for another"
SWAP = "only by taking O for 0 or I for 1"


@pytest.mark.parametrize(
    ("read", "state", "listed", "listed_state", "tolerance", "expected"),
    [
        ("ABC123", "MA", "ABC123", "MA", 0, ("exact", "", "")),
        ("ABC123", None, "ABC123", "MA", 0, ("possible", "state not known", "")),
        ("ABC123", "MA", "ABC123", None, 0, ("possible", "state not known", "")),
        ("ABC123", None, "ABC123", None, 0, ("possible", "state not known", "")),
        ("ABC123", "NH", "ABC123", "MA", 2, None),
        ("ABC124", "MA", "ABC123", "MA", 2, None),
        ("ABC12", "MA", "ABC123", "MA", 2, None),
        ("A8C123", "MA", "ABC123", "MA", 0, None),
        ("A8C123", "MA", "ABC123", "MA", 1, ("possible", LOOK, "2:8B")),
        ("A8CI23", "MA", "ABC123", "MA", 1, None),
        ("A8CI23", "MA", "ABC123", "MA", 2, ("possible", LOOK, "2:8B 4:I1")),
        ("A8C123", None, "ABC123", "MA", 1, ("possible", f"state not known; {LOOK}", "2:8B")),
        ("A8C123", "NH", "ABC123", "MA", 1, None),
        ("QD0", "MA", "QDD", "MA", 1, ("possible", LOOK, "3:0D")),
        ("5Z6", "MA", "5ZG", "MA", 1, ("possible", LOOK, "3:6G")),
        ("AB0123", "MA", "ABO123", "MA", 0, ("possible", SWAP, "3:0O")),
        ("AB0I23", "MA", "ABO123", "MA", 0, ("possible", SWAP, "3:0O 4:I1")),
        ("AB0123", "NH", "ABO123", "MA", 0, None),
    ],
)
def test_match(
    read: str,
    state: str | None,
    listed: str,
    listed_state: str | None,
    tolerance: int,
    expected: tuple[str, str, str] | None,
) -> None:
    """Same characters and state hit; an unknown state, a swap or a tolerated look-alike is possible; else none."""
    hits = match(Read(read, state), [entry(listed, listed_state)], look_alikes=tolerance)
    said = [(h.kind, h.why, " ".join(f"{d.place}:{d.read}{d.listed}" for d in h.differences)) for h in hits]

    assert ([expected] if expected else []) == said


def test_exact_hits_come_first() -> None:
    """A read that meets several entries gives all of them, the exact one first."""
    entries = [entry(state=None, entry_id="A"), entry("A8C123", entry_id="B"), entry(entry_id="C")]
    hits = match(Read("ABC123"), entries, look_alikes=1)

    assert [("C", "exact"), ("A", "possible"), ("B", "possible")] == [(h.entry.entry_id, h.kind) for h in hits]


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        ("2025-05-31T23:59:59-04:00", []),
        ("2025-06-01T00:00:00-04:00", [True]),
        ("2025-06-30T23:59:59-04:00", [True]),
        ("2025-07-01T00:00:00-04:00", []),
        (None, [None]),
    ],
)
def test_entry_counts_only_while_in_force(at: str | None, expected: list[bool | None]) -> None:
    """An entry is met from its first day to its last, and a hit of unknown time says that the days were not checked."""
    listed = entry(effective=date(2025, 6, 1), expires=date(2025, 6, 30))
    when = datetime.fromisoformat(at) if at else None

    assert expected == [h.in_force for h in match(Read("ABC123", captured_at=when), [listed])]
    assert expected == [h.in_force for h in match(Read("ABC123"), [listed], at=when)]


def test_entry_may_end_at_an_instant() -> None:
    """An end with a time of day is compared as an instant, whatever offset either side is written in."""
    listed = entry(expires=datetime(2025, 6, 1, 12, tzinfo=UTC))
    before = datetime.fromisoformat("2025-06-01T08:00:00-04:00")

    assert 1 == len(match(Read("ABC123"), [listed], at=before))
    assert 0 == len(match(Read("ABC123"), [listed], at=before + timedelta(seconds=1)))


def test_hit_as_json_names_the_differences() -> None:
    """A hit's JSON names the entry, the kind, the reason and each differing character."""
    (hit,) = match(Read("A8C123", None), [entry(effective=date(2025, 6, 1))], look_alikes=1)
    written = hit.to_dict()

    assert (Difference(place=2, read="8", listed="B"),) == hit.differences
    assert ("A8C123", None, "possible", None) == tuple(written[k] for k in ("plate", "state", "kind", "in_force"))
    assert [{"place": 2, "read": "8", "listed": "B"}] == written["differences"]
    assert ("E1", "2025-06-01") == (written["entry"]["entry_id"], written["entry"]["effective"])


def test_negative_tolerance_is_refused() -> None:
    """A tolerance below zero means nothing and is refused."""
    with pytest.raises(ValueError, match="negative"):
        Matcher([], look_alikes=-1)


def test_matcher_takes_the_plate_readers_reads() -> None:
    """A read as the plate reader makes it can be matched as it is."""
    read = PlateRead(
        image="x.png",
        image_sha256="0" * 64,
        raw="ABC 123",
        plate="ABC123",
        confidence=0.9,
        box=(0, 0, 1, 1),
        detection_score=0.9,
        detector="d",
        reader="r",
        model_sha256s={},
    )

    assert [HitKind.POSSIBLE] == [h.kind for h in match(read, [entry()])]


PLATES = st.text("AB8O0DI1", min_size=1, max_size=5)
STATES = st.sampled_from(["MA", "NH", None])


@given(PLATES, STATES, PLATES, STATES, st.integers(0, 3))
def test_exact_means_the_same(plate: str, state: str | None, listed: str, listed_state: str | None, n: int) -> None:
    """A hit is exact only for the same characters in the same known state, and one that differs says where."""
    for hit in match(Read(plate, state), [entry(listed, listed_state)], look_alikes=n):
        assert (plate == listed and state == listed_state is not None) == (hit.kind is HitKind.EXACT)
        assert (plate == listed) == (not hit.differences)
        assert (hit.kind is HitKind.EXACT) == (not hit.why)


@given(PLATES, STATES, st.lists(st.tuples(PLATES, STATES), max_size=6), st.integers(0, 3))
def test_tolerance_only_adds_possible_hits(
    plate: str, state: str | None, listed: list[tuple[str, str | None]], n: int
) -> None:
    """More tolerance keeps every hit as it was and adds possible ones alone."""
    entries = [entry(p, s, entry_id=f"E{i}") for i, (p, s) in enumerate(listed)]
    strict = match(Read(plate, state), entries, look_alikes=n)
    loose = match(Read(plate, state), entries, look_alikes=n + 1)

    assert [] == [hit for hit in strict if hit not in loose]
    assert {HitKind.POSSIBLE} >= {hit.kind for hit in loose if hit not in strict}


def test_demo_list_is_clean() -> None:
    """The demo's hot list is taken whole, and every plate in it is of the demo's recipe or near to one of it."""
    found = load_csv(DEMO / "hotlist.csv")
    recipe = yaml.safe_load((DEMO / "scenes.yaml").read_text(encoding="utf-8"))
    plates = {v["plate"] for scene in recipe["scenes"] for v in scene.get("vehicles", [])}

    assert (0, ()) == (found.refused, found.report)
    assert 7 == len(found.entries)
    assert all(
        any(len(e.plate) == len(p) and sum(map(str.__ne__, e.plate, p)) <= 1 for p in plates) for e in found.entries
    )


@pytest.mark.parametrize(
    ("read", "listed", "differences", "expected"),
    [
        ("ABC123", "ABD123", 0, []),
        ("ABC123", "ABD123", 1, ["possible"]),
        ("ABC123", "ABC12", 1, ["possible"]),
        ("ABC123", "ABD12", 1, []),
        ("ABC123", "ABC123", 1, ["exact"]),
    ],
)
def test_differences_within_the_tolerance_are_possible(
    read: str, listed: str, differences: int, expected: list[str]
) -> None:
    """A character changed, added or dropped within the tolerance makes a possible hit, and never an exact one."""
    hits = Matcher([entry(listed, "MA")], differences=differences).match(Read(read, "MA"))

    assert expected == [hit.kind.value for hit in hits]
