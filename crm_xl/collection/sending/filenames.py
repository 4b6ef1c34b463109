"""File names made from what people call their departments: valid and distinct on Windows, macOS and Linux."""

import re
import unicodedata
from collections.abc import Iterable

# Windows refuses the first of these; the others do not show, or turn the direction of writing.
_FORBIDDEN = re.compile(
    r'[<>:"/\\|?*\x00-\x1f\x7f-\x9f]|[\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufffe\uffff\ud800-\udfff]'
)
# Windows refuses device names, whatever stands behind a dot.
_DEVICES = re.compile(r"(?:CON|PRN|AUX|NUL|CONIN\$|CONOUT\$|(?:COM|LPT)[0-9\u00b9\u00b2\u00b3])(?:\.|$)", re.IGNORECASE)
# A name has 255 bytes at most on Linux; a Chinese character takes three.
_MOST_BYTES = 180


def file_names(names: Iterable[str], sequences: Iterable[int]) -> list[str]:
    """Return the name of an .xlsx file for each name and the number of its issue, which shows from the second on.

    Two that a file system would take for one get numbers.

    >>> file_names(["Sales", "R&D / Lab", "con", "SALES", "Law"], [1, 1, 1, 1, 2])
    ['Sales.xlsx', 'R&D _ Lab.xlsx', '_con.xlsx', 'SALES ~2.xlsx', 'Law (2).xlsx']
    """
    found: list[str] = []
    taken: set[str] = set()
    for name, sequence in zip(names, sequences, strict=True):
        plain, issue = _plain(name), f" ({sequence})" if sequence > 1 else ""
        number = 1
        while (unique := f"{plain}{f' ~{number}' if number > 1 else ''}{issue}.xlsx").casefold() in taken:
            number += 1
        taken.add(unique.casefold())
        found.append(unique)
    return found


def _plain(name: str) -> str:
    text = " ".join(_FORBIDDEN.sub("_", unicodedata.normalize("NFC", name)).split())
    text = text.encode("utf-8")[:_MOST_BYTES].decode("utf-8", "ignore").rstrip(". ")
    # Sync programs and collectors pass over what begins like a hidden or a temporary file.
    return f"_{text.lstrip('.')}" if not text or text[0] in ".~-" or _DEVICES.match(text) else text
