"""Logs in Parquet files, read with DuckDB in batches: only the columns that a mapping names."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from alpr_policy.errors import Diagnostic, MissingExtraError
from alpr_policy.source import Span
from alpr_policy.suggest import did_you_mean
from alpr_policy_adapters.logs.rows import LogError
from alpr_policy_adapters.logs.tables import open_log, shown_name

BATCH = 10_000


def parquet_rows(path: Path, columns: Sequence[str]) -> Iterator[tuple[int, list[Any]]]:
    """Yield the number of each row, from 1, with its values in the order of `columns`.

    Times without a zone stay so. Raises LogError, MissingExtraError.
    """
    try:
        import duckdb
    except ImportError as error:
        raise MissingExtraError("logs in Parquet files", "replay") from error
    open_log(path).close()
    name = shown_name(path)
    try:
        con = duckdb.connect(config={"threads": 1})
        with con:
            con.execute("SET TimeZone = 'UTC'")
            con.execute("SET enable_progress_bar = false")
            literal = "".join(f"[{sign}]" if sign in "*?[" else sign for sign in str(path))
            known = [row[0] for row in con.execute("DESCRIBE SELECT * FROM read_parquet(?)", [literal]).fetchall()]
            missing = [one for one in columns if one not in known]
            if missing:
                raise LogError(
                    Diagnostic("log-header", f"there is no column `{one}`", Span(name, 0, 1), did_you_mean(one, known))
                    for one in missing
                )
            wanted = ", ".join('"' + one.replace('"', '""') + '"' for one in columns)
            found = con.execute(f"SELECT {wanted} FROM read_parquet(?)", [literal])
            number = 0
            while rows := found.fetchmany(BATCH):
                for row in rows:
                    number += 1
                    yield number, list(row)
    except duckdb.Error as error:
        told = (str(error).splitlines() or [""])[0][:200]
        raise LogError([Diagnostic("log-broken", f"the file cannot be read: {told}", Span(name, 0, 1))]) from error
