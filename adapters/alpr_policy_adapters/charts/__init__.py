"""Charts as SVG in one piece, drawn with matplotlib (extra `report`)."""
