"""Train the plate network for EasyOCR on rendered plates: python -m alpr_policy_adapters.training [--minutes M].

What was begun and stopped goes on where it was. The network lands in the cache, where the reader finds it.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from alpr_policy.errors import ExitCode, PolicyError
from alpr_policy_adapters.plates.easyocr_network import Manifest, cache_folder, manifest_path, verified_network
from alpr_policy_adapters.plates.easyocr_reader import STOCK_SHA256, require_easyocr, stock_weights

if TYPE_CHECKING:
    from alpr_policy_adapters.training.learn import Plan, Progress, State

STOPPED = 130
"""The exit code of a program that was stopped by hand."""

KEEP_AFTER = 60.0
"""Seconds of processor time between two checkpoints."""

MAX_MINUTES, MAX_STEPS, MAX_THREADS = 24 * 60.0, 1_000_000, 64


def main(arguments: Sequence[str] | None = None) -> int:
    """Train, or go on training, and write the network; give the exit code."""
    asked = _asked(arguments)
    folder: Path = asked.out or cache_folder()
    try:
        if not asked.again and manifest_path(folder).exists():
            _tell(folder, verified_network(folder))
            print("It is there already; --again trains another.", file=sys.stderr)
            return int(ExitCode.OK)
        require_easyocr("training a plate network")
        stock = stock_weights(download=asked.download)
        from alpr_policy_adapters.training.learn import Plan

        plan = Plan(minutes=asked.minutes, steps=asked.steps, seed=asked.seed, threads=asked.threads)
        _tell(folder, train(plan, stock, folder, again=asked.again))
    except PolicyError as error:
        for found in error.diagnostics:
            print(f"{found.message} [{found.code}]" + (f"\n  {found.help}" if found.help else ""), file=sys.stderr)
        return int(error.exit_code)
    except KeyboardInterrupt:
        print("\nstopped; the same command goes on from the last round", file=sys.stderr)
        return STOPPED
    return int(ExitCode.OK)


def train(plan: Plan, stock: bytes, folder: Path, *, again: bool = False) -> Manifest:
    """Train to the end of the plan and write the network into a folder; TrainingError when that is not possible."""
    import cv2

    from alpr_policy_adapters.training import store
    from alpr_policy_adapters.training.learn import Training
    from alpr_policy_adapters.training.network import weights_of

    cv2.setNumThreads(plan.threads)
    training = Training(plan, stock)
    if again:
        store.drop_checkpoint(folder)
    begun = store.load_checkpoint(folder, plan, training.state)
    first = training.exact()
    print(
        f"{'going on with' if begun else 'beginning with'} a network that reads {first:.1%} of "
        f"{plan.validation} rendered crops exactly",
        file=sys.stderr,
    )
    kept = training.state.seconds

    def keep(state: State) -> None:
        nonlocal kept
        if state.seconds - kept >= KEEP_AFTER:
            store.save_checkpoint(folder, plan, state)
            kept = state.seconds

    training.run(_report, keep)
    model, validation = training.finished()
    state = training.state
    facts = {
        "steps": state.step,
        "rounds": state.round,
        "processor_seconds": round(state.seconds),
        "minutes": plan.minutes if plan.steps is None else None,
        "seed": plan.seed,
        "threads": plan.threads,
        "from": STOCK_SHA256,
        "torch": _version("torch"),
        "opencv": _version("opencv-python"),
    }
    manifest = store.save_network(folder, weights_of(model), facts, validation)
    store.drop_checkpoint(folder)
    return manifest


def _asked(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m alpr_policy_adapters.training", description=__doc__)
    number = parser.add_argument
    number("--minutes", type=_up_to(float, MAX_MINUTES), default=60.0, metavar="M", help="of processor time (60)")
    number("--steps", type=_up_to(int, MAX_STEPS), metavar="N", help="as many steps instead of a time: can be repeated")
    number("--seed", type=int, default=1, metavar="N", help="of all that is drawn by lot (1)")
    number("--threads", type=_up_to(int, MAX_THREADS), default=1, metavar="N", help="of torch and OpenCV (1)")
    number("--out", type=Path, metavar="DIR", help="the network's folder, by default in the cache")
    number("--again", action="store_true", help="train anew, whatever is there")
    number("--download", action="store_true", help="let EasyOCR fetch its model if it is not installed")
    return parser.parse_args(arguments)


def _up_to(kind: type[float] | type[int], most: float) -> Callable[[str], float]:
    """Make a reader of numbers above nothing and not above `most`."""

    def number(text: str) -> float:
        value = kind(text)
        if not 0 < value <= most:
            raise argparse.ArgumentTypeError(f"{text} is not between 0 and {most:g}")
        return value

    return number


def _report(progress: Progress) -> None:
    """Say on stderr where the training stands."""
    print(
        f"{progress.share:4.0%}  step {progress.step:5d}  loss {progress.loss:.3f}  "
        f"rendered crops read exactly {progress.exact:.1%}  {progress.seconds / 60:.1f} min",
        file=sys.stderr,
        flush=True,
    )


def _tell(folder: Path, manifest: Manifest) -> None:
    """Say on standard output what there is now."""
    validation = manifest.validation
    print(f"{folder}: trained {manifest.date}")
    print(f"reads {validation.get('exact')} of {validation.get('crops')} rendered crops exactly")


def _version(package: str) -> str | None:
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version(package)
    except PackageNotFoundError:
        return None


if __name__ == "__main__":
    sys.exit(main())
