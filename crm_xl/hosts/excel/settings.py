"""What the add-in keeps for a user: one file, which its VBA and Python both read.

A line is a name and a value in quotation marks, as VBA's `Write #` has them: `"LANGUAGE","zh"`.
"""

import csv
import locale
from collections.abc import Iterable, Mapping
from pathlib import Path

from crm_xl.data import LANGUAGES
from crm_xl.xlsx.package import replace_file

# The name of the add-in, of its settings `.NAME/NAME.conf` below the user's folder, and of the sheet in the add-in.
PROJECT = "crm_xl"


def file() -> Path:
    """Return where the settings of this user stand."""
    return Path.home() / f".{PROJECT}" / f"{PROJECT}.conf"


def lines(path: Path, encoding: str) -> list[str]:
    """Return the lines of a settings file that hold something; none where there is no such file."""
    try:
        text = path.read_bytes().decode(encoding, "surrogateescape")
    except OSError:
        return []
    return [line for line in text.splitlines() if line.strip()]


def pair(line: str) -> tuple[str, str] | None:
    """Return the name, in upper case, and the value that a line holds, quoted or not, as VBA's `Input #` reads it.

    >>> pair('"Language","zh"'), pair("LANGUAGE, zh"), pair("# mine")
    (('LANGUAGE', 'zh'), ('LANGUAGE', 'zh'), None)
    """
    try:
        row = next(csv.reader([line], skipinitialspace=True), [])
    except csv.Error:
        return None
    return (row[0].strip().upper(), row[1].strip()) if len(row) > 1 else None


def values(of: Iterable[str]) -> dict[str, str]:
    """Return the settings that lines hold; of two of one name the first counts, as it does for VBA."""
    found: dict[str, str] = {}
    for name, value in filter(None, map(pair, of)):
        found.setdefault(name, value)
    return found


def read(path: Path | None = None, encoding: str | None = None) -> dict[str, str]:
    """Return the settings, names in upper case; none where there is no such file."""
    # VBA writes in the code page of the system: a user's folder may have a Chinese name.
    return values(lines(path or file(), encoding or locale.getencoding()))


def merged(old: Iterable[str], new: Mapping[str, str | None]) -> list[str]:
    """Return lines with settings changed in their places, new ones at the end, and those of None taken out."""
    rest = dict(new)
    result = []
    for line in old:
        found = pair(line)
        name = found[0] if found else None
        if name not in new:
            result.append(line)
        elif name in rest and (value := rest.pop(name)) is not None:
            result.append(f'"{name}","{value}"')
    return result + [f'"{name}","{value}"' for name, value in rest.items() if value is not None]


def keep(name: str, value: str, path: Path | None = None, encoding: str | None = None) -> None:
    """Write one setting into the file; all others stay.

    Raises
    ------
    OSError
        Where the file cannot be written.
    WorkbookError
        Where it cannot be put in the place of the old one.
    """
    path, encoding = path or file(), encoding or locale.getencoding()
    new = merged(lines(path, encoding), {name: value})
    path.parent.mkdir(parents=True, exist_ok=True)
    replace_file(path, "".join(line + "\r\n" for line in new).encode(encoding, "surrogateescape"))


def language(path: Path | None = None) -> str | None:
    """Return the language that the user chose with the button Language, or None where no choice was made."""
    chosen = read(path).get("LANGUAGE", "").strip().lower()
    return chosen if chosen in LANGUAGES else None
