"""Audit logs of other systems, read row by row into requests; what a log does not say stays unknown."""

from alpr_policy_adapters.logs.layouts import LAYOUTS, Layout
from alpr_policy_adapters.logs.mapping import LogMapping, load_log_mapping, log_schema, parse_log_mapping
from alpr_policy_adapters.logs.reading import LogImport, LogOptions
from alpr_policy_adapters.logs.released import load_released
from alpr_policy_adapters.logs.report import FileReport, ImportReport
from alpr_policy_adapters.logs.rows import LogError, LogLimits, LogRow, Status

__all__ = [
    "LAYOUTS",
    "FileReport",
    "ImportReport",
    "Layout",
    "LogError",
    "LogImport",
    "LogLimits",
    "LogMapping",
    "LogOptions",
    "LogRow",
    "Status",
    "load_log_mapping",
    "load_released",
    "log_schema",
    "parse_log_mapping",
]
