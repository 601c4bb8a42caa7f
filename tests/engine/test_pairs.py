"""Several texts against each other: who is stricter on what."""

from __future__ import annotations

from tests.comparing_kit import made, shipped_side

from alpr_policy.questions.compare import Relation, compare
from alpr_policy.questions.pairs import ranking

APPROVED = "approvals:\n  - {id: by-office, cite: a, action: search.run, by: [{role: chief}]}\n"
BANNED = "prohibitions:\n  - {id: none, cite: a, action: search.run, when: {purpose: warrant}}\n"


def test_who_is_strictest_and_laxest() -> None:
    """Of a plain text, one that asks more and one that forbids some, the plain one is laxest and none is strictest."""
    sides = [made("plain"), made("asking", APPROVED), made("banning", BANNED)]
    (act,) = ranking(sides, actions=["search.run"]).acts

    assert (("plain",), ()) == (act.laxest, act.strictest)
    # An approval is two rules: it is asked for, and a refusal denies.
    assert [(0, 3), (4, 1), (2, 2)] == [act.balance(place) for place in range(3)]
    assert Relation.BOTH is act.relations[1][2] is act.relations[2][1]
    assert not act.all_alike


def test_where_all_are_alike() -> None:
    """Texts that come to the same are all strictest and all laxest."""
    (act,) = ranking([made("one"), made("two")], actions=["search.run"]).acts

    assert act.all_alike
    assert ("one", "two") == act.strictest == act.laxest


def test_the_table_says_what_comparing_says() -> None:
    """Each cell says how the text of its row stands to that of its column, whichever way round they are compared."""
    sides = [shipped_side(name) for name in ("leicester", "cambridge", "model")]
    found = ranking(sides)
    for row, one in enumerate(sides):
        for column, other in enumerate(sides):
            if row != column:
                said = [act.relation for act in compare(other, one, each=False).acts]

                assert said == [act.relations[row][column] for act in found.acts]
                assert len(found.acts) == found.counted(row, column).total()
