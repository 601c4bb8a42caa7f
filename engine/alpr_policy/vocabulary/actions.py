"""The actions of an ALPR system and their groups (language.md §9.1)."""

from __future__ import annotations

from alpr_policy.vocabulary.types import Action

ACTIONS: dict[str, Action] = {
    name: Action(name, means)
    for name, means in (
        ("read.capture", "a camera reads plates"),
        ("device.install", "put up or move a reader"),
        ("device.operate", "keep a reader running"),
        ("device.repair", "mend a reader"),
        ("deployment.start", "begin an operational use of readers"),
        ("alert.subscribe", "turn alert categories on for a user"),
        ("alert.deliver", "show a hit to a person"),
        ("stop.start", "stop or contact a vehicle or its occupants"),
        ("hotlist.request", "ask for a hot-list entry"),
        ("hotlist.add", "make a hot-list entry"),
        ("hotlist.change", "alter a hot-list entry"),
        ("hotlist.remove", "take off a hot-list entry"),
        ("hotlist.load", "fetch a hot list from its source"),
        ("access.grant", "give a person access to the system"),
        ("access.use", "log in to the system"),
        ("credential.share", "let another person have a login"),
        ("role.assign", "appoint a person to a role"),
        ("search.request", "ask for a search of stored reads"),
        ("search.run", "run a search of stored reads"),
        ("data.use", "use data in another way, such as analytics or product training"),
        ("data.export", "copy data out of the system"),
        ("data.share", "give or show data to anyone else"),
        ("data.store", "keep data where it is"),
        ("data.purge", "delete data"),
        ("data.set_period", "set how long a system keeps data"),
        ("log.write", "write a record of an act"),
        ("training.record", "enter that training was done"),
        ("duty.complete", "report that a duty was done"),
    )
}

# A stop on other grounds is no use of ALPR, so stop.start is not in `use` (language.md §9.1).
GROUPS: dict[str, tuple[str, ...]] = {
    "use": (
        "deployment.start",
        "alert.subscribe",
        "alert.deliver",
        "hotlist.request",
        "hotlist.add",
        "hotlist.change",
        "hotlist.remove",
        "search.request",
        "search.run",
        "data.use",
        "data.export",
        "data.share",
    ),
    "keeping": ("data.store", "data.purge", "data.set_period"),
}

# What a machine does by itself has no requester, so the facts of human acts do not belong to it.
MACHINE_ACTIONS = frozenset({"read.capture", "hotlist.load"})
HUMAN_ACTIONS = frozenset(ACTIONS) - MACHINE_ACTIONS
# What is judged by the standing of the record, and so by retention and holds.
STORED = frozenset({"data.store", "data.purge"})
