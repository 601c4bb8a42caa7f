"""`alpr-policy override`: acting against a denial where the policy lets somebody, written down before."""

from __future__ import annotations

from typing import Annotated

import typer

from alpr_policy.errors import Diagnostic, ExitCode
from alpr_policy.model.overrides import Authority
from alpr_policy_adapters.cli.directory_options import DirectoryPath, PeopleUrl, load_directory
from alpr_policy_adapters.cli.ledger import Place
from alpr_policy_adapters.cli.office_options import office_on
from alpr_policy_adapters.cli.options import Json, Policies, UsageError, decision_point, finish
from alpr_policy_adapters.cli.output import Screen, one_text, print_json
from alpr_policy_adapters.office import authority_of
from alpr_policy_adapters.office import override as made


def override(
    row: Annotated[int, typer.Argument(metavar="ROW", help="The row of the denial in the ledger.")],
    place: Place,
    by: Annotated[str, typer.Option("--by", metavar="ID", help="The person who takes it upon them.")],
    why: Annotated[str, typer.Option("--why", metavar="TEXT", help="The reason, for whoever reviews it.")],
    roles: Annotated[
        list[str] | None, typer.Option("--role", metavar="ROLE", help="A role held, where there is no directory.")
    ] = None,
    directory: DirectoryPath = None,
    people_url: PeopleUrl = None,
    policies: Policies = None,
    as_json: Json = False,
) -> None:
    """Let a person act against a denial, where the policies that denied let them; 3 where they do not.

    It is written to the ledger before, is owed a review, and stands in the next audit. Without `override` in the
    profile nobody may.
    """
    people = load_directory(directory, people_url) if directory is not None else None
    office = office_on(place, decision_point(policies), directory=people)
    at = office.clock()
    person = authority_of(people, by, at) if people is not None else Authority(id=by, roles=tuple(roles or ()))
    if person is None:
        told = f"the directory does not say which roles `{one_text(by)[:60]}` holds"
        raise UsageError([Diagnostic("usage", told, help="add the person, with `roles`, to the directory")])
    found = made(office, row, person=person, at=at, why=why)
    if as_json:
        kept = found.record.to_wire() if found.record is not None else None
        place_of = found.receipt.seq if found.receipt is not None else None
        print_json({"answer": found.answer.to_wire(), "override": kept, "row": place_of})
    elif found.record is None or found.receipt is None:
        Screen().say(one_text(f"no override: {found.answer.why}"), style="bold red")
    else:
        screen, record = Screen(), found.record
        screen.say(one_text(f"override {record.id} as {record.role}, row {found.receipt.seq}"), style="bold yellow")
        reviewers = ", ".join(one.replace("_", " ") for one in record.review_by)
        screen.say(f"  good until {record.until.isoformat(' ', 'seconds')}")
        screen.say(f"  to be reviewed by {one_text(reviewers)} until {record.review_due.isoformat(' ', 'seconds')}")
    finish(ExitCode.OK if found.record is not None else ExitCode.DENY)
