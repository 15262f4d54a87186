"""Assets of Lambda: folders put together on this machine, with uv and without Docker.

The bytecode is compiled here, where a Python of Lambda's version is at hand: Lambda's folders are read only, so what
is not compiled is compiled again at every cold start, which makes it three to five times slower.
"""

import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

import aws_cdk as cdk
import jsii
from aws_cdk import aws_lambda as lambda_

REPOSITORY: Final = Path(__file__).resolve().parents[2]
PYTHON: Final = "3.13"
PLATFORM: Final = "aarch64-manylinux_2_28"
_NOT_NEEDED: Final = ("__pycache__", "tests", "make_*.py")
"""What no function imports: bytecode of other versions, the packages' own tests, recipes of bundled files."""


@dataclass(frozen=True, kw_only=True)
class Bundle:
    """What an asset holds, which Lambda unpacks to `root`.

    `copies` are pairs of a path in the repository and one in the asset. `locked` names the lock file of what is
    installed into python/.
    """

    root: str
    copies: tuple[tuple[str, str], ...] = ()
    locked: str | None = None

    def digest(self, platform: str) -> str:
        """Changes when, and only when, the content of the asset would."""
        found = hashlib.sha256(f"{PYTHON} {platform} {self}".encode())
        found.update(Path(__file__).read_bytes())
        for path in self._sources():
            found.update(f"{path.relative_to(REPOSITORY)}\0".encode())
            found.update(hashlib.sha256(path.read_bytes()).digest())
        return found.hexdigest()

    def write(self, target: Path, platform: str = PLATFORM) -> None:
        """Puts the asset together in a folder.

        Raises:
            FileNotFoundError: a source does not exist.
            subprocess.CalledProcessError: uv could not install, or the bytecode not be compiled.
        """
        if self.locked:
            _install(REPOSITORY / self.locked, target / "python", platform)
        for source, destination in self.copies:
            _copy(REPOSITORY / source, target / destination)
        _compile(target, self.root)

    def _sources(self) -> Iterator[Path]:
        if self.locked:
            yield REPOSITORY / self.locked
        for source, _ in self.copies:
            path = REPOSITORY / source
            yield from sorted(p for p in path.rglob("*") if p.is_file() and "__pycache__" not in p.parts)
            if path.is_file():
                yield path


def code(bundle: Bundle) -> lambda_.Code:
    """The bundle as code of a function or layer."""
    return lambda_.Code.from_asset(
        str(REPOSITORY / "functions"),
        asset_hash=bundle.digest(PLATFORM),
        asset_hash_type=cdk.AssetHashType.CUSTOM,
        bundling=cdk.BundlingOptions(image=cdk.DockerImage.from_registry("never-pulled"), local=_Local(bundle)),
    )


@jsii.implements(cdk.ILocalBundling)
class _Local:
    """Raises rather than answer False, which would send the CDK to Docker."""

    def __init__(self, bundle: Bundle) -> None:
        self._bundle = bundle

    def try_bundle(self, output_dir: str, *_args: Any, **_kwargs: Any) -> bool:
        self._bundle.write(Path(output_dir))
        return True


def _uv(*arguments: str) -> None:
    beside = Path(sys.executable).with_name("uv")
    executable = str(beside) if beside.exists() else shutil.which("uv")
    if executable is None:
        raise FileNotFoundError("uv is missing, which installs the layers: run `make install`.")
    subprocess.run([executable, *arguments], check=True)


@cache
def lambda_python() -> str | None:
    """An interpreter of Lambda's version on this machine, or None."""
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"))
    folders = [Path(sys.executable).parent, *map(Path, os.get_exec_path()), *pyenv.glob(f"versions/{PYTHON}*/bin")]
    for candidate in [str(folder / f"python{PYTHON}") for folder in folders]:
        # A shim of a version manager may be there and lead nowhere.
        if (
            Path(candidate).exists()
            and not subprocess.run([candidate, "-V"], check=False, capture_output=True).returncode
        ):
            return candidate
    return None


def _install(locked: Path, target: Path, platform: str) -> None:
    options = ("--python-platform", platform, "--python-version", PYTHON, "--only-binary", ":all:")
    _uv("pip", "install", "--quiet", "--no-deps", "--require-hashes", "--link-mode", "copy", *options,
        "--target", str(target), "-r", str(locked))  # fmt: skip
    shutil.rmtree(target / "bin", ignore_errors=True)
    (target / ".lock").unlink(missing_ok=True)
    for folder in [p for p in target.rglob("tests") if p.is_dir()]:
        shutil.rmtree(folder)


def _copy(source: Path, target: Path) -> None:
    if source.is_dir():
        shutil.copytree(source, target, ignore=shutil.ignore_patterns(*_NOT_NEEDED), dirs_exist_ok=True)
    else:
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, target)


def _compile(target: Path, root: str) -> None:
    if not any(target.rglob("*.py")):
        return
    interpreter = lambda_python()
    if interpreter is None:
        sys.stderr.write(f"No Python {PYTHON} here: {root} ships without bytecode, and starts slower.\n")
        return
    # The paths in the bytecode are those of Lambda, so that the same sources give the same asset.
    compiled = ("-m", "compileall", "-q", "--invalidation-mode", "unchecked-hash", "-j", "0", "-s", str(target))
    # A file that this version cannot parse, like a template inside a package, is no reason to stop.
    subprocess.run(
        [interpreter, *compiled, "-p", root, str(target)], check=False, env=os.environ | {"PYTHONOPTIMIZE": ""}
    )
