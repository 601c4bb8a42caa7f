"""Render a recipe: python -m alpr_policy_adapters.scenes RECIPE OUTDIR [--truth FILE]."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

from alpr_policy.errors import ExitCode, PolicyError
from alpr_policy_adapters.scenes.recipe import load_recipe
from alpr_policy_adapters.scenes.render import truth, write_scenes


def main(arguments: Sequence[str] | None = None) -> int:
    """Render the scenes of a recipe into a folder; give the exit code."""
    parser = argparse.ArgumentParser(prog="python -m alpr_policy_adapters.scenes", description=__doc__)
    parser.add_argument("recipe", type=Path, metavar="RECIPE", help="the YAML file that describes the scenes")
    parser.add_argument("folder", type=Path, metavar="OUTDIR", help="where the pictures go")
    parser.add_argument("--truth", type=Path, metavar="FILE", help="also write which plates stand where, for tests")
    options = parser.parse_args(arguments)
    try:
        scenes = load_recipe(options.recipe)
        for path in write_scenes(scenes, options.folder):
            print(path)
        if options.truth:
            options.truth.write_text(json.dumps(truth(scenes), indent=1) + "\n", encoding="utf-8")
    except PolicyError as error:
        for found in error.diagnostics:
            print(f"{found.span.file}: {found.message} [{found.code}]", file=sys.stderr)
        return int(error.exit_code)
    except OSError as error:
        print(f"cannot write: {error.strerror}", file=sys.stderr)
        return int(ExitCode.BAD_INPUT)
    return int(ExitCode.OK)


if __name__ == "__main__":
    sys.exit(main())
