"""What the add-in keeps for a user: one file, which its VBA (xlwings' own `GetConfig`) and Python both read.

A line is a name and a value in quotation marks, as VBA's `Write #` has them: `"LANGUAGE","zh"`.
"""

import csv
import locale
from pathlib import Path

from crm_xl.data import LANGUAGES

# xlwings looks for the settings of an add-in of this name in `.NAME/NAME.conf` below the user's folder.
PROJECT = "crm_xl"


def file() -> Path:
    """Return where the settings of this user stand."""
    return Path.home() / f".{PROJECT}" / f"{PROJECT}.conf"


def read(path: Path | None = None) -> dict[str, str]:
    """Return the settings, names in upper case; none where there is no such file."""
    try:
        # VBA writes in the code page of the system: a user's folder may have a Chinese name.
        text = (path or file()).read_bytes().decode(locale.getencoding(), errors="replace")
    except OSError:
        return {}
    return {row[0].upper(): row[1] for row in csv.reader(text.splitlines()) if len(row) > 1}


def language(path: Path | None = None) -> str | None:
    """Return the language that the user chose with the button Language, or None where no choice was made."""
    chosen = read(path).get("LANGUAGE", "").strip().lower()
    return chosen if chosen in LANGUAGES else None
