"""Builds the extension: one file that a user installs, the engine in it."""

import io
import json
import posixpath
import zipfile
from collections.abc import Iterator, Mapping
from importlib.resources import files
from importlib.resources.abc import Traversable

from crm_xl.data import LANGUAGES, term
from crm_xl.hosts.calc import configuration, typelib
from crm_xl.hosts.calc.names import contents

# The package that the code of the extension imports, and the folder of what the process that computes imports.
_OWN = "pythonpath/crm_xl_calc"
_ENGINE = "engine/crm_xl"
_MODULES = ("__init__.py", "binding.py", "cells.py", "link.py", "process.py")
# Of the package crm_xl, what the functions need; numpy is all that they need beside it.
_NEEDED = (
    "__init__.py", "_version.py", "errors.py", "data", "engine", "functions",
    "hosts/__init__.py", "hosts/calc/__init__.py", "hosts/calc/worker.py",
    "hosts/calc/extension/__init__.py", "hosts/calc/extension/process.py",
)  # fmt: skip
_REGISTERED = (
    (typelib.FILE, "uno-typelibrary;type=RDB"),
    ("functions.xcu", "configuration-data"),
    ("jobs.xcu", "configuration-data"),
    ("component.py", "uno-component;type=Python"),
)
# A constant: the same code gives the same bytes on any day.
_TIME = (1980, 1, 1, 0, 0, 0)


def build(python: str | None = None) -> bytes:
    """Return the extension.

    Parameters
    ----------
    python
        The Python, 3.11 or later with numpy, that is tried first; the others on the user's machine are tried too.
    """
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, content in parts(python).items():
            entry = zipfile.ZipInfo(path, _TIME)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, content)
    return buffer.getvalue()


def parts(python: str | None = None) -> Mapping[str, bytes]:
    """Return the files of the extension by path."""
    own = files(__package__).joinpath("extension")
    return {
        "META-INF/manifest.xml": configuration.manifest(_REGISTERED),
        "description.xml": configuration.description(),
        **{f"description_{language}.txt": term("calc_extension_text", language).encode() for language in LANGUAGES},
        typelib.FILE: typelib.shipped(),
        "functions.xcu": configuration.functions_xcu(),
        "jobs.xcu": configuration.jobs_xcu(),
        "contents.json": _json(contents()),
        "settings.json": _json({"python": python}),
        "component.py": own.joinpath("component.py").read_bytes(),
        **{f"{_OWN}/{name}": own.joinpath(name).read_bytes() for name in _MODULES},
        **{f"{_ENGINE}/{path}": content for path, content in _engine()},
    }


def _engine() -> Iterator[tuple[str, bytes]]:
    root = files("crm_xl")
    for name in _NEEDED:
        yield from _below(root.joinpath(name), name)


def _below(place: Traversable, path: str) -> Iterator[tuple[str, bytes]]:
    if place.is_dir():
        for inner in sorted(place.iterdir(), key=lambda p: p.name):
            yield from _below(inner, posixpath.join(path, inner.name))
    elif place.name.endswith((".py", ".csv")):
        yield path, place.read_bytes()


def _json(record: object) -> bytes:
    return json.dumps(record, ensure_ascii=False, indent=1).encode()
