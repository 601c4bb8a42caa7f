"""Benchmarks: ratios within one run, medians of rounds. They report; nothing here passes or fails."""
