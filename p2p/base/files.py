"""Files that are either whole or not there: everything is made under another name and moved into place."""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from p2p.base.errors import Fault, FileInvalid


@contextmanager
def whole_file(path: Path) -> Iterator[Path]:
    """A path to write to; becomes `path` in one move when the block ends well, and nothing when it does not."""
    writable(path.parent)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    os.close(handle)
    draft = Path(name)
    draft.chmod(0o644)
    try:
        yield draft
        os.replace(draft, path)
    finally:
        draft.unlink(missing_ok=True)


@contextmanager
def whole_folder(path: Path) -> Iterator[Path]:
    """A folder to fill; takes the place of `path` when the block ends well, and vanishes when it does not."""
    path = path.resolve()
    writable(path.parent)
    draft = Path(tempfile.mkdtemp(dir=path.parent, prefix=f".{path.name}."))
    draft.chmod(0o755)
    try:
        yield draft
        if path.exists():
            old = Path(tempfile.mkdtemp(dir=path.parent, prefix=f".{path.name}.old.")) / "was"
            os.replace(path, old)
            os.replace(draft, path)
            shutil.rmtree(old.parent)
        else:
            os.replace(draft, path)
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def writable(folder: Path) -> None:
    """Make the folder if it is not there.

    Raises
    ------
    FileInvalid
        It can't be made or written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise FileInvalid(Fault(str(folder), f"can't be written: {error.strerror or error}", "a folder that you may write")) from error


def digest(path: Path) -> str:
    """SHA-256 of a file, in hexadecimal."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def cache_folder() -> Path:
    """Where slow reads are kept: `P2P_CACHE`, else `p2p` in the user's cache folder."""
    own = os.environ.get("P2P_CACHE")
    if own:
        return Path(own)
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "p2p"
