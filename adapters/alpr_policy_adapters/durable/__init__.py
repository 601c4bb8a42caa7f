"""A second opinion by `durable_rules` on approvals, checks and documents, out of a cage (docs/durable.md)."""
