"""A PostgreSQL server for the tests alone: in a temporary folder, on a socket, run by another user than root."""

from __future__ import annotations

import glob
import os
import pwd
import shutil
import subprocess
import tempfile
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

REQUIRED = "postgresql" in os.environ.get("ALPR_POLICY_TESTS_REQUIRE", "").replace(",", " ").split()
PORT = 5_433  # the name of the socket: no port is opened
# What is killed here are writers and the server, never the machine, so nothing needs to wait for the disk.
SETTINGS = ("listen_addresses=", "shared_buffers=16MB", "max_connections=60", "autovacuum=off", "fsync=off")


class Postgres:
    """A server that can be stopped and started."""

    def __init__(self, programs: Path, folder: Path) -> None:
        self.programs, self.folder = programs, folder
        self.data, self.log = folder / "data", folder / "log"
        self.process: subprocess.Popen[bytes] | None = None
        self.user = _user()

    def _run_as(self) -> dict[str, Any]:
        return {} if self.user is None else {"user": self.user.pw_uid, "group": self.user.pw_gid, "extra_groups": []}

    def create(self) -> None:
        """Make the server's files."""
        if self.user is not None:
            os.chown(self.folder, self.user.pw_uid, self.user.pw_gid)
        command = [self.programs / "initdb", "-D", self.data, "-U", "tester", "-A", "trust", "-E", "UTF8"]
        made = subprocess.run(
            [*map(str, command), "--locale=C", "--no-sync"],
            cwd=self.folder,
            capture_output=True,
            text=True,
            check=False,
            **self._run_as(),
        )
        if made.returncode:
            raise OSError(f"initdb failed: {made.stdout}{made.stderr}")

    def start(self) -> None:
        """Start the server and wait until it answers."""
        settings = [word for one in SETTINGS for word in ("-c", one)]
        command = [str(self.programs / "postgres"), "-D", str(self.data), "-k", str(self.folder), "-p", str(PORT)]
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [*command, *settings], cwd=self.folder, stdout=log, stderr=log, **self._run_as()
            )
        import psycopg

        for _ in range(300):
            try:
                psycopg.connect(self._words("postgres"), connect_timeout=2).close()
                return
            except psycopg.OperationalError:
                if self.process.poll() is not None:
                    break
                time.sleep(0.1)
        raise OSError(f"the server did not start: {self.log.read_text(errors='replace')[-2_000:]}")

    def stop(self) -> None:
        """Stop the server at once, without waiting for anybody."""
        if self.process is not None:
            self.process.send_signal(3)  # SIGQUIT: an immediate shutdown
            self.process.wait(60)
            self.process = None

    def _words(self, database: str) -> str:
        return f"host={self.folder} port={PORT} user=tester dbname={database}"

    def database(self) -> str:
        """Make a new database and return its URL."""
        import psycopg

        name = f"ledger_{uuid.uuid4().hex[:12]}"
        with psycopg.connect(self._words("postgres"), autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name} TEMPLATE template0".encode())
        return f"postgresql://tester@/{name}?host={self.folder}&port={PORT}"


def _user() -> pwd.struct_passwd | None:
    """Return the user that runs the server: whoever we are, or where that is root, one that is not."""
    if os.getuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    raise OSError("there is no user but root to run a server")


def _programs() -> Path | None:
    """Return the newest installed server's folder of programs."""

    def version(path: str) -> tuple[int, ...]:
        return tuple(int(part) for part in Path(path).parts[-2].split(".") if part.isdecimal())

    found = sorted(glob.glob("/usr/lib/postgresql/*/bin"), key=version)
    on_path = shutil.which("initdb")
    places = [Path(one) for one in reversed(found)] + ([Path(on_path).resolve().parent] if on_path else [])
    return next((one for one in places if (one / "initdb").exists() and (one / "postgres").exists()), None)


@contextmanager
def running() -> Iterator[Postgres]:
    """Give a running server; without one the test skips and says so, or fails where the run requires one."""
    folder = Path(tempfile.mkdtemp(prefix="alpr-pg-", dir="/tmp"))
    server: Postgres | None = None
    try:
        try:
            import psycopg  # noqa: F401  # whether it can be loaded

            programs = _programs()
            if programs is None:
                raise OSError("no PostgreSQL server is installed (on Debian: apt-get install postgresql)")
            server = Postgres(programs, folder)
            server.create()
            server.start()
        except (OSError, ImportError) as error:
            if REQUIRED:
                pytest.fail(f"this run requires PostgreSQL: {error}")
            pytest.skip(f"needs PostgreSQL: {error}")
        yield server
    finally:
        if server is not None:
            server.stop()
        shutil.rmtree(folder, ignore_errors=True)
