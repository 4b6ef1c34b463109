"""The core: what the functions need to run inside a workbook, as one zip from which Python imports.

Engine, functions and the tables that they read, and of the hosts the one module that speaks with xlwings Lite. The
same files give the same bytes on every computer, so that a core is known by its digest: nothing is compressed in the
zip itself, because zlib gives other bytes in other versions, and bzip2 has not for many years.
"""

import base64
import bz2
import hashlib
import io
import zipfile
from collections.abc import Iterator
from functools import cache
from pathlib import Path, PurePosixPath

import crm_xl

# Modules and tables, by what their names match below the package.
_HELD = (
    "__init__.py", "_version.py", "errors.py", "data/*", "engine/*.py", "functions/*.py",
    "hosts/__init__.py", "hosts/lite/__init__.py", "hosts/lite/answers.py",
)  # fmt: skip
# What no function reads. All words are held: of some, a name that is put together says which are spoken.
_LEFT_OUT = ("functions/reference.py", "data/example_*", "data/reproduced.csv", "data/results.csv")
_SUFFIXES = (".py", ".csv")
# The oldest date that a zip can hold: when a file was written says nothing about what is in it.
_DATE = (1980, 1, 1, 0, 0, 0)
_READABLE = 0o644 << 16
_UNIX = 3


@cache
def core() -> bytes:
    """Return the zip.

    >>> core().startswith(b"PK")
    True
    """
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in files():
            entry = zipfile.ZipInfo(f"crm_xl/{name}", _DATE)
            entry.external_attr, entry.create_system = _READABLE, _UNIX
            archive.writestr(entry, content)
    return buffer.getvalue()


def digest() -> str:
    """Return the SHA-256 of the zip."""
    return hashlib.sha256(core()).hexdigest()


@cache
def packed() -> str:
    """Return the zip as a text: compressed as a whole, in Base64."""
    return base64.b64encode(bz2.compress(core(), 9)).decode()


def files() -> Iterator[tuple[str, bytes]]:
    """Yield name and content of every file of the core, in the order of their names."""
    root = Path(crm_xl.__file__).parent
    names = {
        path.relative_to(root).as_posix()
        for pattern in _HELD
        for path in root.glob(pattern)
        if path.suffix in _SUFFIXES
    }
    for name in sorted(names):
        if not any(PurePosixPath(name).match(pattern) for pattern in _LEFT_OUT):
            # A checkout on Windows may have ended the lines in its own way.
            yield name, (root / name).read_bytes().replace(b"\r\n", b"\n")
