"""The evaluators. `reference` defines the meaning; no evaluator knows another."""
