"""The command `alpr-policy`: its commands, and the guard that turns all that goes wrong into one of our codes."""

from __future__ import annotations

import importlib.metadata
import os
import sys
from collections.abc import Callable, Sequence
from typing import Annotated, Any, cast

import typer
from typer.core import TyperGroup

from alpr_policy.errors import Diagnostic, ExitCode, PolicyError
from alpr_policy.outputs import WRITERS
from alpr_policy_adapters.cli.audit import audit
from alpr_policy_adapters.cli.audit_log import audit_log, audit_log_schema
from alpr_policy_adapters.cli.audit_portal import audit_portal
from alpr_policy_adapters.cli.case_kept import case
from alpr_policy_adapters.cli.check import check
from alpr_policy_adapters.cli.ci import ci
from alpr_policy_adapters.cli.compare import compare
from alpr_policy_adapters.cli.coverage import coverage
from alpr_policy_adapters.cli.decide import decide
from alpr_policy_adapters.cli.directory import directory
from alpr_policy_adapters.cli.docs import docs
from alpr_policy_adapters.cli.doctor import doctor
from alpr_policy_adapters.cli.duties import duties
from alpr_policy_adapters.cli.evidence import evidence
from alpr_policy_adapters.cli.explain import explain
from alpr_policy_adapters.cli.facts import facts
from alpr_policy_adapters.cli.fmt import fmt
from alpr_policy_adapters.cli.from_portal import from_portal
from alpr_policy_adapters.cli.generate import generate
from alpr_policy_adapters.cli.hotlist import hotlist
from alpr_policy_adapters.cli.ingest_options import ingest
from alpr_policy_adapters.cli.ledger_reading import ledger
from alpr_policy_adapters.cli.lint import lint
from alpr_policy_adapters.cli.log import log
from alpr_policy_adapters.cli.lsp import lsp
from alpr_policy_adapters.cli.matrix import matrix
from alpr_policy_adapters.cli.new import new
from alpr_policy_adapters.cli.options import UsageError
from alpr_policy_adapters.cli.output import RefusedError, as_data, one_text, print_json, show_diagnostics, to_stderr
from alpr_policy_adapters.cli.override import override
from alpr_policy_adapters.cli.read import read
from alpr_policy_adapters.cli.replay import replay
from alpr_policy_adapters.cli.reports import form_among, print_report
from alpr_policy_adapters.cli.retention import retention
from alpr_policy_adapters.cli.run_options import run
from alpr_policy_adapters.cli.schema import schema
from alpr_policy_adapters.cli.serve import serve
from alpr_policy_adapters.cli.show import show
from alpr_policy_adapters.cli.test import test
from alpr_policy_adapters.cli.token import token
from alpr_policy_adapters.cli.transparency import transparency
from alpr_policy_adapters.cli.verify import verify
from alpr_policy_adapters.cli.why_not import why_not

NAME = "alpr-policy"
INTERRUPTED = 130
# The base class of what the option parser raises, wherever this version of typer keeps it.
BAD_CALL = cast(
    "type[Exception]", next(base for base in typer.BadParameter.__mro__ if base.__name__ == "ClickException")
)


class Guarded(TyperGroup):
    """A group of commands that never ends in a traceback."""

    def main(
        self,
        args: Sequence[str] | None = None,
        prog_name: str | None = None,
        complete_var: str | None = None,
        standalone_mode: bool = True,
        windows_expand_args: bool = True,
        **extra: Any,
    ) -> Any:
        """Run the command line; `standalone_mode` ends the process with the exit code."""
        words = [str(word) for word in (sys.argv[1:] if args is None else args)]
        for stream in (sys.stdout, sys.stderr):
            if hasattr(stream, "reconfigure"):  # a letter that a terminal cannot show must not end the command
                stream.reconfigure(errors="backslashreplace")
        parent = super().main
        code = guarded(
            lambda: parent(args=words, prog_name=NAME, standalone_mode=False, **extra), form=form_among(words)
        )
        if standalone_mode:
            sys.exit(code)
        return code

    def invoke(self, ctx: Any) -> Any:
        """Run the command named; here rather than in `main`, so that a gone reader is not reported as a failure."""
        try:
            result = super().invoke(ctx)
            sys.stdout.flush()
            return result
        except BrokenPipeError:
            _let_go_of_output()
            # Nobody got the answer, and an answer that nobody got allows nothing.
            raise typer.Exit(int(ExitCode.INTERNAL)) from None


def _let_go_of_output() -> None:
    """Point standard output at nothing, so that what it still holds does not fail again when the process ends."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def guarded(call: Callable[[], Any], *, form: str) -> int:
    """Run a command and return its exit code, whatever happens; what refuses it is written in `form` as well."""
    try:
        result = call()
        return int(result) if isinstance(result, int) else int(ExitCode.OK)
    except RefusedError as refused:
        return _report(refused.error, form, refused)
    except PolicyError as error:
        return _report(error, form)
    except BAD_CALL as error:
        return _report(_bad_call(error), form)
    except (KeyboardInterrupt, typer.Abort):
        return INTERRUPTED
    except OSError as error:
        return _system(error)
    except Exception as error:
        return _internal(error)


def _report(error: PolicyError, form: str, refused: RefusedError | None = None) -> int:
    if form == "json":
        print_json({"errors": [as_data(one) for one in error.diagnostics]})
    elif form in WRITERS:
        # A CI server that reads nothing but this has to learn that nothing was judged; no line is shown, since it may
        # be one of a log.
        print_report(form, error.diagnostics, {})
    show_diagnostics(to_stderr(), error.diagnostics, refused.sources if refused else None)
    return int(error.exit_code)


def _bad_call(error: Any) -> PolicyError:
    context = getattr(error, "ctx", None)
    path = getattr(context, "command_path", NAME)
    message, _, hint = str(error.format_message()).replace("'", "`").partition(" Did you mean ")
    message = message.rstrip(".").replace("Value error, ", "")
    help = (f"did you mean {hint} " if hint else "") + f"see `{path} --help`"
    return UsageError([Diagnostic("usage", message[:1].lower() + message[1:], help=help)])


def _system(error: OSError) -> int:
    """Say what the system refused, such as to write to a full disk; everything read is reported with its place."""
    try:
        sys.stdout.flush()
    except OSError:
        _let_go_of_output()
    where = f"`{one_text(str(error.filename))}`: " if error.filename else ""
    sys.stderr.write(f"error: {where}{(error.strerror or 'reading or writing failed').lower()} [system]\n")
    return int(ExitCode.INTERNAL)


def _internal(error: Exception) -> int:
    said = one_text(f"{type(error).__name__}: {error}")[:300]
    sys.stderr.write(f"error: {said} [internal]\nhelp: this is a defect of {NAME}; please report it\n")
    return int(ExitCode.INTERNAL)


app = typer.Typer(
    cls=Guarded,
    name=NAME,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)


def _version(asked: bool) -> None:
    if asked:
        try:
            version = importlib.metadata.version(NAME)
        except importlib.metadata.PackageNotFoundError:
            version = "of a checkout that is not installed"
        sys.stdout.write(f"{NAME} {version}\n")
        raise typer.Exit


@app.callback(invoke_without_command=True)
def _start(
    ctx: typer.Context,
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version and end.")
    ] = False,
) -> None:
    """Judge what a licence plate reader system does against the department's own written policy.

    Exit codes: 0 fine or allowed, 2 wrong call, 3 deny, 4 needs, 5 a profile cannot be used, 6 the input cannot be
    read, 7 below a threshold, 8 an optional part is missing, 9 some of the input cannot be read,
    10 a test does not hold, 70 a defect.
    """
    if ctx.invoked_subcommand is None:
        sys.stdout.write(ctx.get_help() + "\n")
        raise typer.Exit(int(ExitCode.USAGE))


COMMANDS: dict[Callable[..., None], str] = {
    check: "Say everything that is wrong in profiles.",
    lint: "Find what may be meant otherwise than it is written.",
    lsp: "Serve an editor in which profiles are written.",
    fmt: "Lay profiles out anew, and change nothing they say.",
    ci: "Judge a change of profiles: all of these in one call.",
    facts: "Show the acts, facts and lists of the language.",
    decide: "Judge a request, or a stream of them.",
    explain: "Put one decision into words.",
    why_not: "Show what would lead to allow, the least first.",
    show: "Tell a whole profile in plain words.",
    docs: "Write a policy in plain words, as a page or Markdown.",
    matrix: "Set departments side by side on an act or topic.",
    compare: "Prove where one text is stricter or laxer than another.",
    verify: "Prove what one text never allows, and find what is dead in it.",
    replay: "Replay a log under two texts, and report what differs.",
    coverage: "Show which clauses are enforced, and what proves it.",
    test: "Run expected answers, and say what they hold.",
    duties: "Show what a department owes, and by when.",
    evidence: "Show how a policy answers a standard.",
    transparency: "Write the report that a department owes the public.",
    override: "Act against a denial, where a policy lets somebody.",
    new: "Write a new department's first profile.",
    from_portal: "Draft a profile from what an agency publishes.",
    schema: "Print a JSON Schema.",
    read: "Read plates from pictures, videos and cameras.",
    doctor: "Say which parts of the plate reader are here.",
    run: "Judge what photographs and a hot list lead to.",
    serve: "Answer over HTTP, by AuthZEN and a native API.",
    ingest: "Judge what payloads of other software, or cameras, lead to.",
    generate: "Write an invented log of a department's acts.",
}
for command, short in COMMANDS.items():
    app.command(short_help=short)(command)
audit.command(name="log", short_help="Say what the rows of a log need reviewed, by clause.")(audit_log)
audit.command(name="portal", short_help="Hold what is published against policy and log.")(audit_portal)
audit.command(name="schema", short_help="Print the JSON Schema of `audit log --json`.")(audit_log_schema)
app.add_typer(audit, name="audit", short_help="Audit a period, a log, or what is published.")
app.add_typer(case, name="case", short_help="Follow a case from event to event.")
app.add_typer(directory, name="directory", short_help="Check who is who, and show a person on a day.")
app.add_typer(hotlist, name="hotlist", short_help="Check hot lists and look plates up in them.")
app.add_typer(ledger, name="ledger", short_help="Keep, verify and prove what was decided.")
app.add_typer(log, name="log", short_help="Read audit logs of other systems, as requests to judge.")
app.add_typer(token, name="token", short_help="Say who may ask a server what.")
app.add_typer(retention, name="retention", short_help="Plan and purge what stored records must go.")


def main() -> None:
    """Run the command line and end the process with its exit code."""
    app()
