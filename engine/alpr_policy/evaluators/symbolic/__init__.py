"""Proofs and counterexamples: every fact against constants has finitely many classes of values, and these are searched.

`gates` says what stands between an act and its being allowed, `classes` and `seeds` which values can matter, `search`
finds a case by backtracking, `solver` by z3. All are held to the reference by replaying each case that is found.
"""
