"""Words of a profile's own, of which only the name is known, as parts of a sentence: tasks, events, things, clauses."""

from __future__ import annotations

from typing import Final

from alpr_policy.vocabulary.phrases import EVENTS, TASKS


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# A task that begins with one of these is what somebody does; any other is a thing that is seen to.
VERBS: Final = _words("""
    add alert analyze answer appoint approve archive arrange ask assign audit brief bring call certify change
    check clear close collect compare compile complete confirm consult copy correct count create deactivate
    debrief delete deliver deny destroy disable disclose discuss draft encrypt end ensure erase escalate
    escort examine export file find follow forward freeze give hand hear hold identify inform inspect install
    interview inventory investigate invite issue keep label lift list load lock log mail make mark measure
    mend mention move name note notify obtain open pass pay post prepare present preserve print produce
    provide publish purge put read reconcile record refer refresh register release remind remove renew repair
    replace reply report request rescind restore retrain return review revoke ring rotate scan schedule seal
    search secure see seek seize send serve set share show sign stop store strike submit summarize suspend
    take tell terminate test train transfer turn update upload validate verify visit warn withdraw write
""")
# An event that ends in one of these, or in -ed, is what was done to something; in one of the others, what it did.
PARTICIPLES: Final = _words("""
    begun broken brought built caught cut done drawn driven fought found forgiven frozen given held hit hurt kept known
    laid lent lost made met paid put read said seen sent set shot shown shut sold spent stolen struck sworn taken taught
    told torn withdrawn won worn written
""")
BY_ITSELF: Final = _words("""
    appeared arrived changed come died elapsed ended expired failed fallen finished gone grown happened landed lapsed
    left matured moved occurred passed resigned retired returned risen started stopped vanished
""")
# `not` stands behind the one of these that a clause has, if it has no other and none of the words that reach over it.
AUXILIARIES: Final = _words("is was are were has have had can may will")
REACHING: Final = _words("""
    that which who whose whom where when if any anybody anyone anything every everybody everyone all some somebody both
    either or and no not
""")


# Behind a verb, these take no `the`.
NO_ARTICLE: Final = _words("""
    a about again all an any at away back by down each every for from in into it of off on out over the their to up with
""")


def plainly(name: str) -> str:
    """Return a name of the language as words: without underscores, dots and dashes."""
    return name.replace("_", " ").replace(".", " ").replace("-", " ")


def with_article(noun: str) -> str:
    """Return a noun with `a` or `an`, unless it has an article."""
    if noun.startswith(("a ", "an ", "the ")):
        return noun
    return f"{'an' if noun[:1].lower() in 'aeiou' else 'a'} {noun}"


def several(noun: str) -> str:
    """Return a noun in the plural."""
    if noun.endswith(("s", "data")):
        return noun
    if noun.endswith("y") and noun[-2:-1] not in "aeiou":
        return f"{noun[:-1]}ies"
    return f"{noun}es" if noun.endswith(("x", "ch", "sh", "z")) else f"{noun}s"


def denied(clause: str) -> str:
    """Turn a clause round by its one auxiliary verb, where it has just one and nothing that reaches over it."""
    words = clause.split()
    found = [at for at, word in enumerate(words) if word in AUXILIARIES]
    if len(found) != 1 or REACHING & set(words):
        return f"it is not so that {clause}"
    return " ".join([*words[: found[0] + 1], "not", *words[found[0] + 1 :]])


def task_words(task: str) -> str:
    """Return a task as what somebody must do; one of a profile's own by the verb that it begins with, or as a thing."""
    if task in TASKS:
        return TASKS[task]
    verb, *things = plainly(task).split()
    if verb not in VERBS:
        return f"see to the {plainly(task)}"
    return " ".join([verb, *(["the"] if things and things[0] not in NO_ARTICLE else []), *things])


def event_words(event: str) -> str:
    """Return what has happened; for an event of a profile's own this is read from its last word."""
    if event in EVENTS:
        return EVENTS[event]
    *things, last = plainly(event).split()
    thing = " ".join(things)
    if things and last in BY_ITSELF:
        return f"the {thing} has {last}"
    if things and (last.endswith("ed") or last in PARTICIPLES):
        return f"the {thing} has been {last}"
    return f"there has been {with_article(plainly(event))}"
