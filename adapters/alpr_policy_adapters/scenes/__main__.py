"""Render a recipe, or random scenes: see docs/scenes.md."""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections.abc import Sequence
from pathlib import Path

from alpr_policy.errors import ExitCode, PolicyError
from alpr_policy_adapters.scenes.files import write_whole
from alpr_policy_adapters.scenes.generator import MOST, plans, write_generated
from alpr_policy_adapters.scenes.plans import KINDS, LEAST_SIDE, MOST_SIDE, SIZES
from alpr_policy_adapters.scenes.recipe import load_recipe
from alpr_policy_adapters.scenes.render import truth, write_scenes

PROGRAM = "python -m alpr_policy_adapters.scenes"


def main(arguments: Sequence[str] | None = None) -> int:
    """Render the scenes of a recipe, or random ones after the word `generate`, into a folder; give the exit code."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    run = _generate if words[:1] == ["generate"] else _render
    try:
        run(words)
    except PolicyError as error:
        for found in error.diagnostics:
            where = f"{found.span.file}: " if found.span.file else ""
            print(f"{where}{found.message} [{found.code}]", file=sys.stderr)
        return int(error.exit_code)
    except OSError as error:
        print(f"cannot write: {error.strerror}", file=sys.stderr)
        return int(ExitCode.BAD_INPUT)
    except KeyboardInterrupt:
        print("\nstopped; what was written so far has no truth beside it", file=sys.stderr)
        return 130
    return int(ExitCode.OK)


def _render(words: list[str]) -> None:
    """Render a recipe."""
    parser = argparse.ArgumentParser(
        prog=PROGRAM,
        description="Render the scenes of a recipe.",
        epilog=f"Random scenes: {PROGRAM} generate --help",
    )
    parser.add_argument("recipe", type=Path, metavar="RECIPE", help="the YAML file that describes the scenes")
    parser.add_argument("folder", type=Path, metavar="OUTDIR", help="where the pictures go")
    parser.add_argument("--truth", type=Path, metavar="FILE", help="also write which plates stand where, for tests")
    options = parser.parse_args(words)
    scenes = load_recipe(options.recipe)
    for path in write_scenes(scenes, options.folder):
        print(path)
    if options.truth:
        write_whole(options.truth, (json.dumps(truth(scenes), indent=1) + "\n").encode())


def _generate(words: list[str]) -> None:
    """Draw random scenes."""
    parser = argparse.ArgumentParser(
        prog=f"{PROGRAM} generate",
        description="Draw random scenes with invented plates, and write which plates stand where.",
    )
    parser.add_argument("folder", type=Path, metavar="OUTDIR", help="where pictures and truth go")
    parser.add_argument("--count", type=_count, default=20, metavar="N", help=f"how many, at most {MOST:,} (20)")
    parser.add_argument("--seed", type=int, default=1, metavar="S", help="the same seed gives the same scenes (1)")
    parser.add_argument(
        "--kinds", type=_kinds, default=KINDS, metavar="K,…", help=f"which kinds take turns: {', '.join(KINDS)} (all)"
    )
    parser.add_argument("--size", type=_size, default=SIZES[0], metavar="WxH", help="pixels (1280x720)")
    options = parser.parse_args(words[1:])
    total = options.count
    terminal = sys.stderr.isatty()
    every = 1 if terminal else max(1, total // 10)

    def progress(done: int) -> None:
        """Say how far it is: on one line of a terminal, a few times elsewhere."""
        if done % every == 0 or done == total:
            print(f"{done:,} of {total:,} scenes", file=sys.stderr, end="\r" if terminal and done < total else "\n")

    wanted = plans(total, options.seed, kinds=options.kinds, size=options.size)
    written = write_generated(options.folder, wanted, progress=progress)
    print(f"{total:,} scenes in {options.folder}, what is in them in {written[-1]}")


def _count(text: str) -> int:
    """Read how many scenes; ValueError, which the parser reports, when out of bounds."""
    count = int(text)
    if not 0 <= count <= MOST:
        raise ValueError(text)
    return count


def _kinds(text: str) -> tuple[str, ...]:
    """Read a list of kinds."""
    kinds = tuple(text.split(","))
    if wrong := [kind for kind in kinds if kind not in KINDS]:
        raise argparse.ArgumentTypeError(f"there is no kind `{wrong[0][:40]}`; known: {', '.join(KINDS)}")
    return kinds


def _size(text: str) -> tuple[int, int]:
    """Read a size in pixels, as 1280x720."""
    found = re.fullmatch(r"(\d{1,5})x(\d{1,5})", text)
    size = (int(found[1]), int(found[2])) if found else (0, 0)
    if not all(LEAST_SIDE <= side <= MOST_SIDE for side in size):
        raise argparse.ArgumentTypeError(f"a size is like 1280x720, each side {LEAST_SIDE} to {MOST_SIDE}")
    return size


if __name__ == "__main__":
    sys.exit(main())
