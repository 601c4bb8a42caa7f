"""The style of the report of a replay: light and dark, narrow and wide, on paper; colours that charts name."""

from __future__ import annotations

from typing import Final

# Colours that can be told apart by most colour-blind readers; charts add hatching for paper in black and white.
REPLAY_STYLE: Final = """
:root { color-scheme: light dark; --ink: #111; --paper: #fff; --quiet: #555; --line: #bbb; --head: #eee; --gap: #8a0000;
  --heat: #5b9bd8; --allow: #0072b2; --needs: #e69f00; --deny: #d55e00; --before: #8a8a8a; --after: #0072b2; }
@media (prefers-color-scheme: dark) { :root { --ink: #eee; --paper: #16181b; --quiet: #aaa; --line: #4a4d52;
  --head: #26292e; --gap: #ff9a8a; --heat: #2568a6; --allow: #56b4e9; --needs: #e69f00; --deny: #ff7a33;
  --before: #9a9a9a; --after: #56b4e9; } }
@media print { :root { color-scheme: light; --ink: #000; --paper: #fff; --quiet: #444; --line: #999; --head: #eee;
  --gap: #8a0000; --heat: #5b9bd8; --allow: #0072b2; --needs: #e69f00; --deny: #d55e00; --before: #8a8a8a;
  --after: #0072b2; } }
body { color: var(--ink); background: var(--paper); }
h2 { border-color: var(--line); } th { background: var(--head); } th, td { border-color: var(--line); }
.gap { color: var(--gap); } .quiet { color: var(--quiet); }
.wide { overflow-x: auto; } .wide td { font-variant-numeric: tabular-nums; }
.texts1 td:nth-child(n+2), .texts2 td:nth-child(n+3) { text-align: right; }
.wide td:first-child { min-width: 9em; }
.tiles { list-style: none; padding: 0; display: flex; flex-wrap: wrap; gap: .6em; }
.tiles li { border: 1px solid var(--line); padding: .4em .8em; flex: 1 1 8em; }
.tiles strong { display: block; font-size: 1.4em; }
figure { margin: .8em 0; break-inside: avoid; } figure svg { width: 100%; height: auto; max-width: 44em; }
summary { cursor: pointer; color: var(--quiet); padding: .3em 0; } pre { white-space: pre-wrap; font-size: .85em; }
h3 { font-size: 1em; margin: .8em 0 .2em; }
@media (max-width: 40em) { body { padding: 0 .8em; margin: 1em auto; } th { white-space: normal; } }
@media print { details::details-content { content-visibility: visible; display: block; height: auto; }
  .wide { overflow: visible; } .tiles li { padding: .2em .5em; } summary { list-style: none; } }
"""
