"""The typed model: a profile and its parts, a request, a decision."""
