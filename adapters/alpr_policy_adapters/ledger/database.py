"""The database behind a ledger: how it is opened, brought up to date, and written to by one appender at a time."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from alpr_policy.errors import Diagnostic
from alpr_policy_adapters.ledger.errors import LedgerSchemaError, LedgerUnavailableError
from alpr_policy_adapters.ledger.extras import require
from alpr_policy_adapters.ledger.tables import HEAD

APPENDERS: Final = 4_201_973_001
"""The number of the PostgreSQL advisory lock under which rows are appended."""
WAIT: Final = 10.0
"""Seconds for which a writer waits for the others."""


def url_of(place: str) -> str:
    """Return a database URL: a plain path is an SQLite file, and PostgreSQL is reached by psycopg."""
    for short in ("postgresql://", "postgres://"):
        if place.startswith(short):
            return "postgresql+psycopg://" + place.removeprefix(short)
    return place if "://" in place else f"sqlite:///{place}"


class Database:
    """Connections to one database. Every failure of it comes out as LedgerUnavailableError."""

    def __init__(self, place: str, *, wait: float = WAIT) -> None:
        """Prepare connections to `place`, a path or URL; `wait` is how many seconds a writer waits for others.

        Nothing is opened yet. Raises MissingExtraError and LedgerSchemaError.
        """
        require("a ledger", "sqlalchemy")
        import sqlalchemy as sa

        try:
            self.url = sa.make_url(url_of(place))
        except Exception:
            raise unusable("the address of the ledger cannot be read", code="ledger-address") from None
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        # SQLite's own form of address, `sqlite:///file:NAME?mode=ro&uri=true`, by which a copy is opened for reading.
        self.is_uri = self.is_sqlite and str(self.url.database).startswith("file:")
        self.wait = wait
        self.shown = self.url.render_as_string(hide_password=True).replace("+psycopg:", ":")
        if self.is_sqlite:
            if not self.url.database or self.url.database == ":memory:":
                raise unusable("a ledger in SQLite is a file", "name one: ledger.db", code="ledger-address")
            self.engine = sa.create_engine(self.url, pool_timeout=wait, connect_args={"timeout": wait})
            sa.event.listen(self.engine, "connect", _sqlite_settings)
            sa.event.listen(self.engine, "begin", _begin)
        elif self.url.get_backend_name() == "postgresql":
            require("a ledger in PostgreSQL", "psycopg", extra="postgres")
            limits = f"-c lock_timeout={int(wait * 1000)} -c synchronous_commit=on"
            arguments = {"connect_timeout": max(2, int(wait)), "options": limits}
            self.engine = sa.create_engine(
                self.url,
                pool_timeout=wait,
                pool_pre_ping=True,
                connect_args=arguments,
                isolation_level="READ COMMITTED",
            )
        else:
            raise unusable(
                "a ledger lies in SQLite or PostgreSQL", "name a file or postgresql://…", code="ledger-address"
            )

    @contextmanager
    def reading(self) -> Iterator[Any]:
        """Give a connection on which everything is read as of one moment; raises LedgerUnavailableError."""
        with self.failures():
            options: dict[str, Any] = {} if self.is_sqlite else {"isolation_level": "REPEATABLE READ"}
            options["stream_results"] = True
            with self.engine.connect().execution_options(**options) as connection, connection.begin():
                yield connection

    @contextmanager
    def writing(self) -> Iterator[Any]:
        """Give the connection of the only appender; what it did is durable when this ends, or undone by an error.

        Raises LedgerUnavailableError: a commit that was interrupted may or may not have been carried out.
        """
        import sqlalchemy as sa

        with (
            self.failures(),
            self.engine.connect().execution_options(appends=True) as connection,
            connection.begin(),
        ):
            if not self.is_sqlite:
                connection.execute(sa.text("SELECT pg_advisory_xact_lock(:number)"), {"number": APPENDERS})
            yield connection

    @contextmanager
    def failures(self) -> Iterator[None]:
        """Turn what the database or the system raises into LedgerUnavailableError."""
        import sqlalchemy as sa

        try:
            yield
        except sa.exc.SQLAlchemyError as error:
            raise LedgerUnavailableError(reason(error)) from error
        except OSError as error:
            raise LedgerUnavailableError((error.strerror or "the system refused").lower()) from error
        except Exception as error:
            # A driver may raise its own while a connection breaks.
            if type(error).__module__.partition(".")[0] in ("sqlite3", "psycopg"):
                raise LedgerUnavailableError(reason(error)) from error
            raise

    # The schema

    def version(self) -> str | None:
        """Return the schema that is there, None where there is none; raises LedgerUnavailableError."""
        if self.is_sqlite and not self.is_uri and not Path(self.url.database).exists():
            return None
        with self.reading() as connection:
            return _version(connection)

    def require_newest(self) -> None:
        """Make sure that the schema is this program's; raises LedgerSchemaError, LedgerUnavailableError."""
        found = self.version()
        if found is None:
            told = f"there is no ledger at `{self.shown}`"
            raise unusable(told, "make one with `alpr-policy ledger init`", code="ledger-missing")
        if found != HEAD:
            raise _unlike(found)

    def migrate(self) -> None:
        """Bring the schema up to date, making it where there is none; raises LedgerSchemaError for a newer one."""
        if self.is_sqlite and not self.is_uri:
            _private_file(self.url.database)
        with self.writing() as connection:
            found = _version(connection)
            if found == HEAD:
                return
            if found is not None and found > HEAD:
                raise _unlike(found)
            _upgrade(connection)


def unusable(message: str, help: str = "", *, code: str) -> LedgerSchemaError:
    """Say why there is no ledger to work with."""
    return LedgerSchemaError([Diagnostic(code, message, help=help)])


def _unlike(found: str) -> LedgerSchemaError:
    if found > HEAD:
        told = f"the ledger has the schema {found[:20]}, and this program knows {HEAD} at most"
        return unusable(told, "use the program that made it, or a newer one", code="ledger-newer")
    told = f"the ledger has the older schema {found[:20]}; this program works with {HEAD}"
    return unusable(told, "keep a copy, then bring it up to date with `alpr-policy ledger init`", code="ledger-older")


def _version(connection: Any) -> str | None:
    import sqlalchemy as sa

    if not sa.inspect(connection).has_table("alembic_version"):
        return None
    found = connection.execute(sa.text("SELECT version_num FROM alembic_version")).scalar()
    return None if found is None else str(found)


def _upgrade(connection: Any) -> None:
    """Run what is missing of the migrations, inside the transaction that is open."""
    require("making a ledger", "alembic")
    from alembic.config import Config
    from alembic.runtime.environment import EnvironmentContext
    from alembic.script import ScriptDirectory
    from alembic.util import CommandError

    settings = Config()
    settings.set_main_option("script_location", str(Path(__file__).parent / "migrations").replace("%", "%%"))
    settings.set_main_option("path_separator", "newline")
    script = ScriptDirectory.from_config(settings)

    def upgrade(found: Any, _: Any) -> Any:
        return script._upgrade_revs(HEAD, found)

    try:
        with EnvironmentContext(settings, script, fn=upgrade, destination_rev=HEAD) as environment:
            environment.configure(connection=connection)
            environment.run_migrations()
    except CommandError:
        raise unusable("the schema of the ledger is none that any program made", code="ledger-older") from None


def _private_file(path: str) -> None:
    """Make the file of an SQLite ledger so that its owner alone reads it; raises LedgerUnavailableError."""
    try:
        os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
    except OSError as error:
        raise LedgerUnavailableError(f"`{path}`: {(error.strerror or 'it cannot be made').lower()}") from None


def _sqlite_settings(connection: Any, _: Any) -> None:
    # Transactions are begun by us, bytes that are no text are kept, and what is deleted is overwritten.
    connection.isolation_level = None
    connection.text_factory = _text
    for setting in ("journal_mode=WAL", "synchronous=FULL", "secure_delete=ON", "trusted_schema=OFF"):
        connection.execute(f"PRAGMA {setting}").close()


def _text(data: bytes) -> str:
    return data.decode("utf-8", "surrogateescape")


def _begin(connection: Any) -> None:
    appends = connection.get_execution_options().get("appends")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if appends else "BEGIN")


def reason(error: BaseException) -> str:
    """Return what a database said, on one line and without the statement and its values."""
    said = str(getattr(error, "orig", None) or error).strip().split("\n")[0]
    return said[:200] or type(error).__name__
