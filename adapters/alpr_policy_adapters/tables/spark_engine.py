"""Spark as the engine of tables, for logs that no single machine holds."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from alpr_policy.evaluators.columnar.naming import held
from alpr_policy_adapters.tables.files import ActFiles
from alpr_policy_adapters.tables.parts import LIST_MARK, renamed, required, worked_out

Frame = Any


class SparkEngine:
    """Works tables out with a Spark session: the one that is there, or one of this machine.

    Moments are read as UTC whatever the time zone of the session is: none is ever turned into seconds or shown by it.
    """

    name = "spark"

    def __init__(self, session: Any = None) -> None:
        """Use a session, or start one; raises MissingExtraError."""
        (self.sql, self.functions, self.types, self.nw) = required(
            "pyspark.sql", "pyspark.sql.functions", "pyspark.sql.types", "narwhals"
        )
        (errors,) = required("pyspark.errors")
        self._errors = (errors.PySparkException,)
        self._own = session is None
        if session is None:
            builder = self.sql.SparkSession.builder.appName("alpr-policy").config("spark.ui.enabled", "false")
            session = builder.config("spark.sql.shuffle.partitions", "8").getOrCreate()
        self.session = session
        self._kept: list[Any] = []

    def __enter__(self) -> SparkEngine:
        """Return itself."""
        return self

    def __exit__(self, *error: object) -> None:
        """Give back what was kept, and stop a session that was started for this."""
        self.close()

    def close(self) -> None:
        """Give back what was kept, and stop a session that was started for this."""
        for frame in self._kept:
            frame.unpersist()
        if self._own:
            self.session.stop()

    def open(self, files: ActFiles) -> Frame:
        """Open the files of a log as one table of acts; raises TableError for what cannot be read."""
        with worked_out(*self._errors, what=", ".join(f"`{path.name}`" for path in files.paths[:3])):
            return self._open(files)

    def _open(self, files: ActFiles) -> Frame:
        names = [str(path.absolute()) for path in files.paths]
        reader = self.session.read.option("mergeSchema", "true")
        match files.format:
            case "parquet":
                frame = reader.parquet(*names)
            case "jsonl":
                frame = reader.option("inferTimestamp", "true").json(names)
            case _:
                frame = reader.csv(names, header=True, inferSchema=True)
        return self.framed(frame)

    def framed(self, frame: Any) -> Frame:
        """Return a frame: lists as texts, instants in UTC without zone, `row` where it is missing."""
        functions, types = self.functions, self.types
        shown = []
        for field in frame.schema.fields:
            column = frame[f"`{field.name}`"]
            if isinstance(field.dataType, types.ArrayType):
                texts = functions.array_sort(functions.array_distinct(column.cast("array<string>")))
                shown.append(functions.array_join(texts, LIST_MARK).alias(held(field.name)))
            elif isinstance(field.dataType, types.TimestampType):
                zone = self.session.conf.get("spark.sql.session.timeZone")
                utc = functions.convert_timezone(
                    functions.lit(zone), functions.lit("UTC"), column.cast("timestamp_ntz")
                )
                shown.append(utc.alias(held(field.name)))
            else:
                shown.append(column.alias(held(field.name)))
        found = frame.select(*shown)
        if "row" not in frame.columns:
            found = found.withColumn("row", functions.monotonically_increasing_id())
            self._kept.append(found.persist())
        return self.nw.from_native(found)

    def kept(self, frame: Frame) -> Frame:
        """Work a frame out once and keep it."""
        native = frame.to_native().persist()
        self._kept.append(native)
        return self.nw.from_native(native)

    def aside(self, frame: Frame) -> Frame:
        """Return the frame as it is: how often Spark reads a table is for its own plans."""
        return frame

    def rows(self, frame: Frame, size: int) -> Iterator[list[tuple[Any, ...]]]:
        """Yield the rows of a frame in batches, a partition of it at a time."""
        batch: list[tuple[Any, ...]] = []
        for row in frame.to_native().toLocalIterator():
            batch.append(tuple(row))
            if len(batch) >= size:
                yield batch
                batch = []
        if batch:
            yield batch

    def small(self, columns: Mapping[str, Sequence[Any]]) -> Frame:
        """Return a frame of whole numbers and texts."""
        kinds = ", ".join(
            f"`{name}` {'string' if values and isinstance(values[0], str) else 'bigint'}"
            for name, values in columns.items()
        )
        rows = list(zip(*columns.values(), strict=True))
        return self.nw.from_native(self.session.createDataFrame(rows, schema=kinds))

    def sample(self, frame: Frame, count: int, seed: int) -> list[int]:
        """Return the numbers of rows drawn at random: the same for the same seed, in whatever order rows come."""
        functions = self.functions
        native = frame.select("row").to_native()
        drawn = native.orderBy(functions.xxhash64("row", functions.lit(int(seed)))).limit(count)
        return sorted(row["row"] for row in drawn.collect())

    def write(self, frame: Frame, path: Path) -> None:
        """Write a frame as a folder of Parquet, whole or not at all."""
        partial = path.with_name(f".{path.name}.{os.getpid()}.part")
        try:
            renamed(frame).to_native().write.mode("overwrite").option("compression", "zstd").parquet(str(partial))
            if path.is_dir():
                shutil.rmtree(path)
            os.replace(partial, path)
        finally:
            shutil.rmtree(partial, ignore_errors=True)
