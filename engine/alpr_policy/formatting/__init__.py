"""One layout for profiles: the keys of a statement in one order, one way to quote, and every comment where it was."""

from __future__ import annotations

from alpr_policy.formatting.formatter import Formatted, format_text

__all__ = ["Formatted", "format_text"]
