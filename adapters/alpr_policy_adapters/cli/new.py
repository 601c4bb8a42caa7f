"""`alpr-policy new`: an interview, or flags, that become a department's profile, expected answers and a page."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, TypeVar
from zoneinfo import ZoneInfo

import typer

from alpr_policy.errors import Diagnostic
from alpr_policy.questions.drafting import Draft, Topic, files_of, topics, usual
from alpr_policy.suggest import did_you_mean
from alpr_policy.vocabulary import VOCABULARY
from alpr_policy_adapters.cli.new_files import placed, say_written, texts_of, write_together
from alpr_policy_adapters.cli.options import Json, Policies, UsageError, decision_point
from alpr_policy_adapters.cli.output import one_text, to_stderr

T = TypeVar("T")


def _yes_or_no(name: str) -> Any:
    """Return the flag of a question that is answered by yes or no, with the question as its help."""
    topic = next(one for one in topics() if one.name == name)
    flag = name.replace("_", "-")
    return typer.Option(f"--{flag}/--no-{flag}", help=topic.asks, show_default=False)


def new(
    name: Annotated[str, typer.Argument(metavar="NAME", help="The id of the new profile, such as `mill_brook`.")],
    department: Annotated[str | None, typer.Option(metavar="TEXT", help="The department's name.")] = None,
    title: Annotated[str | None, typer.Option(metavar="TEXT", help="The title of its policy.")] = None,
    number: Annotated[str | None, typer.Option(metavar="TEXT", help="The number of its policy.")] = None,
    effective: Annotated[str | None, typer.Option(metavar="DATE", help="The first day on which it binds.")] = None,
    timezone: Annotated[str | None, typer.Option(metavar="ZONE", help="Such as `America/New_York`.")] = None,
    silence: Annotated[
        str | None, typer.Option(metavar="deny|allow", help="What follows where the policy says nothing.")
    ] = None,
    chief: Annotated[str | None, typer.Option(metavar="TEXT", help="The title of the office that approves.")] = None,
    purpose: Annotated[
        list[str] | None, typer.Option(metavar="PURPOSE", help="What readers may be used for; may be given again.")
    ] = None,
    immigration: Annotated[bool | None, _yes_or_no("immigration")] = None,
    traits: Annotated[bool | None, _yes_or_no("traits")] = None,
    reason: Annotated[bool | None, _yes_or_no("reason")] = None,
    case: Annotated[bool | None, _yes_or_no("case")] = None,
    others: Annotated[bool | None, _yes_or_no("others")] = None,
    visual: Annotated[bool | None, _yes_or_no("visual")] = None,
    status: Annotated[bool | None, _yes_or_no("status")] = None,
    second_look: Annotated[bool | None, _yes_or_no("second_look")] = None,
    written_request: Annotated[bool | None, _yes_or_no("written_request")] = None,
    sale: Annotated[bool | None, _yes_or_no("sale")] = None,
    retention_days: Annotated[
        int | None, typer.Option(metavar="N", help="Days after which reads are deleted; 0 if it does not say.")
    ] = None,
    evidence: Annotated[bool | None, _yes_or_no("evidence")] = None,
    audit: Annotated[
        str | None, typer.Option(metavar="RHYTHM", help="Searches are audited each month, quarter, year, or never.")
    ] = None,
    training_years: Annotated[
        int | None, typer.Option(metavar="N", help="Years after which users are trained again; 0 if it does not say.")
    ] = None,
    clause: Annotated[
        list[str] | None, typer.Option(metavar="TOPIC=CLAUSE", help="The text's own number, such as `audit=IV.C.6`.")
    ] = None,
    yes: Annotated[
        bool, typer.Option("--yes", "-y", help="Ask nothing: what no flag answers is as it is proposed.")
    ] = False,
    folder: Annotated[Path, typer.Option(metavar="DIR", help="Where the files are written.")] = Path(),
    policies: Policies = None,
    as_json: Json = False,
) -> None:
    """Write a new department's profile, with expected answers and a page, from an interview or from flags.

    What is answered becomes statements; the rest stands in the profile as comments. Nothing is ever written over.
    """
    given = dict(locals())
    if name in decision_point(policies).catalog.names:
        help = "take another id; a further version of a policy is a copy of its file with a new `effective`"
        raise UsageError([Diagnostic("usage", f"there is a profile `{name}` already", help=help)])
    paths = placed(folder, name)
    ask = _Interview(asking=not yes)
    likely = usual(name, dt.date.today())
    draft = Draft(
        profile=name,
        department=ask.text("The department's name", department, likely.department),
        title=ask.text("The title of its policy", title, likely.title),
        number=ask.text("The number of its policy", number, likely.number),
        effective=ask.day("The first day on which it binds", effective, likely.effective),
        timezone=ask.text("Its time zone", timezone, likely.timezone, _is_zone),
        silence=ask.text(
            "What follows where it says nothing, deny or allow", silence, likely.silence, ("deny", "allow").__contains__
        ),
        chief=ask.text("The office that approves", chief, likely.chief),
        purposes=ask.purposes(purpose, likely.purposes),
        taken={one.name: ask.topic(one, given[one.name]) for one in topics() if one.kind != "always"},
        clauses=_clauses(clause or []),
    )
    files = files_of(draft)
    write_together(texts_of(paths, files))
    say_written(paths, files, as_json=as_json)


class _Interview:
    """Asks what no flag answered; every question has a proposal, which an empty line takes."""

    def __init__(self, *, asking: bool) -> None:
        self.asking = asking
        if asking:
            said = "Each question has a proposal in brackets; Enter takes it. Answer by the adopted text."
            to_stderr().say(said)

    def text(
        self, question: str, given: str | None, proposed: str, fits: Callable[[str], bool] = lambda _: True
    ) -> str:
        """Return one line of text; asks again until it fits. What a flag says is judged with all other answers."""
        if given is not None or not self.asking:
            return (given if given is not None else proposed).strip()

        def read() -> str:
            found = str(typer.prompt(question, default=proposed, err=True)).strip()
            if not fits(found):
                raise ValueError(f"`{found[:60]}` is no answer to this")
            return found

        return self._until(read, None)

    def day(self, question: str, given: str | None, proposed: dt.date) -> dt.date:
        """Return a day."""
        return self._until(lambda: dt.date.fromisoformat(self.text(question, given, proposed.isoformat())), given)

    def purposes(self, given: list[str] | None, likely: tuple[str, ...]) -> tuple[str, ...]:
        """Return the purposes for which readers may be used."""
        if given:
            return tuple(dict.fromkeys(given))
        question = "What the readers may be used for (`alpr-policy facts --lists` has all purposes)"

        def read() -> tuple[str, ...]:
            names = [one.strip() for one in self.text(question, None, ", ".join(likely)).split(",") if one.strip()]
            for one in names:
                if one not in VOCABULARY.lists["purposes"]:
                    hint = did_you_mean(one, VOCABULARY.lists["purposes"])
                    raise ValueError(f"`{one[:60]}` is not a purpose" + (f"; {hint}" if hint else ""))
            return tuple(dict.fromkeys(names))

        return self._until(read, None)

    def topic(self, topic: Topic, given: Any) -> Any:
        """Return the answer to a question of the table."""
        if given is not None or not self.asking:
            return given if given is not None else topic.sample
        if topic.kind == "yes":
            return typer.confirm(topic.asks, default=bool(topic.sample), err=True)
        if topic.kind == "number":
            fits = self.text(topic.asks, None, str(topic.sample), lambda one: one.isdecimal() and topic.fits(int(one)))
            return int(fits)
        return self.text(f"{topic.asks} ({', '.join(topic.choices)})", None, str(topic.sample), topic.fits)

    def _until(self, read: Callable[[], T], given: str | None) -> T:
        """Ask again until the answer can be read; a flag that cannot be read ends the command with a UsageError."""
        while True:
            try:
                return read()
            except ValueError as error:
                if given is not None or not self.asking:
                    raise UsageError([Diagnostic("usage", one_text(str(error)).lower())]) from None
                to_stderr().say(one_text(str(error)))


def _is_zone(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return False
    return True


def _clauses(given: list[str]) -> dict[str, str]:
    """Return the clauses of topics from `TOPIC=CLAUSE`; raises UsageError."""
    for one in given:
        if "=" not in one:
            help = "write `TOPIC=CLAUSE`, such as `audit=IV.C.6`"
            raise UsageError([Diagnostic("usage", f"`{one[:60]}` names no clause", help=help)])
    return {
        topic.strip().replace("-", "_"): number.strip() for topic, _, number in (one.partition("=") for one in given)
    }
