"""The rules a profile is lowered to: nodes, lowering, checks, simplification, readable text."""
