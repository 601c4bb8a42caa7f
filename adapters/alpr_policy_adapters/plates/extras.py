"""The extra `ocr`: asked for by name when it is missing, checked for the traps of its packages."""

from __future__ import annotations

from importlib import import_module, metadata

from alpr_policy.errors import Diagnostic, MissingExtraError

EXTRA = "ocr"
PACKAGES = ("agentclpr", "numpy", "onnxruntime", "opencv-python", "opencv-python-headless", "rapidocr")


def require(what: str, *modules: str, extra: str = EXTRA) -> None:
    """Import `modules` or raise MissingExtraError saying that `what` needs the extra."""
    for name in modules:
        try:
            import_module(name)
        except ImportError as error:
            raise MissingExtraError(what, extra) from error


def installed_versions() -> dict[str, str | None]:
    """Give the version of every package of the extra, None where it is not installed."""
    found: dict[str, str | None] = {}
    for name in PACKAGES:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            found[name] = None
    return found


def problems() -> tuple[Diagnostic, ...]:
    """Report what is wrong with the installed packages of the extra; nothing when all is well."""
    versions = installed_versions()
    found = [
        Diagnostic("extra-package-missing", f"`{name}` is not installed", help=f"pip install 'alpr-policy[{EXTRA}]'")
        for name, version in versions.items()
        if version is None
    ]
    plain, headless = versions["opencv-python"], versions["opencv-python-headless"]
    # Both packages write the same folder `cv2`: of two versions the last one installed wins, half over half.
    if plain and headless and plain != headless:
        message = f"opencv-python is {plain} and opencv-python-headless is {headless}: they overwrite each other"
        found.append(Diagnostic("opencv-versions-differ", message, help="install both with the same version below 5"))
    return tuple(found)
