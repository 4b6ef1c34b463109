"""The shipped tables and the one way to read them.

Everything that a user can see stands in these tables in English and Chinese: `terms.csv` (labels and
messages), `columns.csv` (the columns of every table), `assumptions.csv` (the keys of the assumptions),
`components.csv` (components and their items), `choices.csv` (words that stand for a choice) and
`currencies.csv`.
"""

import csv
from functools import cache
from importlib.resources import files

LANGUAGES = ("en", "zh")
DATA_VERSION = "2026.11"
SCHEMA_VERSION = 1


@cache
def rows(name: str) -> tuple[dict[str, str], ...]:
    """Return a shipped table as dictionaries of text, a row each."""
    text = files(__name__).joinpath(f"{name}.csv").read_text(encoding="utf-8")
    return tuple(csv.DictReader(text.splitlines()))


@cache
def _terms() -> dict[str, dict[str, str]]:
    return {row["key"]: row for row in rows("terms")}


def term(key: str, language: str = "en", **details: object) -> str:
    """Return a label or message in a language, with its details filled in.

    >>> term("total", "zh")
    '合计'
    """
    text = _terms()[key][language]
    return text.format(**details) if details else text
