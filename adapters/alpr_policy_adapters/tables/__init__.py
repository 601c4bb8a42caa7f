"""Tables of acts: opened, worked out and written on DuckDB, Polars or Spark (docs/replay.md)."""
