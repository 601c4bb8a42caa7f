"""How well and how fast plates are read, engine beside engine in one run: `python -m tests.benchmarks.plates`."""
