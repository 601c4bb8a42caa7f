"""Polars as the engine of tables."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from alpr_policy.evaluators.columnar.naming import held
from alpr_policy_adapters.tables.files import ActFiles
from alpr_policy_adapters.tables.parts import LIST_MARK, renamed, required, worked_out

Frame = Any


class PolarsEngine:
    """Works tables out with Polars, streaming."""

    name = "polars"

    def __init__(self) -> None:
        """Take Polars as it is installed; raises MissingExtraError."""
        self.pl, self.nw = required("polars", "narwhals")
        self._errors = (self.pl.exceptions.PolarsError, OSError)

    def __enter__(self) -> PolarsEngine:
        """Return itself."""
        return self

    def __exit__(self, *error: object) -> None:
        """Nothing is left behind."""

    def open(self, files: ActFiles) -> Frame:
        """Open the files of a log as one table of acts; raises TableError for what cannot be read."""
        with worked_out(*self._errors, what=", ".join(f"`{path.name}`" for path in files.paths[:3])):
            return self._open(files)

    def _open(self, files: ActFiles) -> Frame:
        pl = self.pl
        paths = [path.absolute() for path in files.paths]
        match files.format:
            case "parquet":
                frames = [pl.scan_parquet(path, glob=False, hive_partitioning=False) for path in paths]
            case "jsonl":
                frames = [pl.scan_ndjson(path, infer_schema_length=None) for path in paths]
            case _:
                frames = [
                    pl.scan_csv(path, try_parse_dates=True, infer_schema_length=100_000, glob=False) for path in paths
                ]
        # A column that one file has and another has not is null there.
        frame = frames[0] if len(frames) == 1 else pl.concat(frames, how="diagonal_relaxed")
        return self.framed(frame)

    def framed(self, frame: Any) -> Frame:
        """Return a frame: lists as texts, instants in UTC without zone, `row` where it is missing."""
        pl = self.pl
        lazy = frame.lazy()
        schema = lazy.collect_schema()
        shown = []
        for name, kind in schema.items():
            if isinstance(kind, pl.List):
                shown.append(pl.col(name).cast(pl.List(pl.String)).list.unique().list.sort().list.join(LIST_MARK))
            elif isinstance(kind, pl.Datetime):
                zoned = pl.col(name).dt.convert_time_zone("UTC") if kind.time_zone else pl.col(name)
                shown.append(zoned.dt.replace_time_zone(None).dt.cast_time_unit("us"))
            elif isinstance(kind, pl.Categorical | pl.Enum):
                shown.append(pl.col(name).cast(pl.String))
            else:
                shown.append(pl.col(name))
        lazy = lazy.select([one.alias(held(name)) for one, name in zip(shown, schema, strict=True)])
        return self.nw.from_native(lazy if "row" in schema else lazy.with_row_index("row").cast({"row": pl.Int64}))

    def kept(self, frame: Frame) -> Frame:
        """Work a frame out once and keep it."""
        with worked_out(*self._errors):
            return self.nw.from_native(frame.to_native().collect(engine="streaming").lazy())

    def aside(self, frame: Frame) -> Frame:
        """Return the frame as it is: Polars skips what it does not need."""
        return frame

    def rows(self, frame: Frame, size: int) -> Iterator[list[tuple[Any, ...]]]:
        """Yield the rows of a frame in batches."""
        with worked_out(*self._errors):
            found = frame.to_native().collect(engine="streaming")
        for batch in found.iter_slices(size):
            yield batch.rows()

    def small(self, columns: Mapping[str, Sequence[Any]]) -> Frame:
        """Return a frame of whole numbers and texts."""
        pl = self.pl
        kinds = {n: pl.String if values and isinstance(values[0], str) else pl.Int64 for n, values in columns.items()}
        return self.nw.from_native(pl.LazyFrame(dict(columns), schema=kinds))

    def sample(self, frame: Frame, count: int, seed: int) -> list[int]:
        """Return the numbers of rows drawn at random: the same for the same seed, in whatever order rows come."""
        pl = self.pl
        drawn = frame.to_native().select("row").bottom_k(count, by=pl.col("row").hash(seed))
        return sorted(drawn.collect(engine="streaming")["row"].to_list())

    def write(self, frame: Frame, path: Path) -> None:
        """Write a frame as Parquet, whole or not at all."""
        partial = path.with_name(f".{path.name}.{os.getpid()}.part")
        try:
            renamed(frame).to_native().sink_parquet(partial, compression="zstd")
            os.replace(partial, path)
        finally:
            partial.unlink(missing_ok=True)
