"""The rules, one module each; `opaque_id.py` is the rule `opaque-id`, and its page is `docs/lint/opaque-id.md`."""
