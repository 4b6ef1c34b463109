"""The shipped tables and the one way to read them.

Everything that a user can see stands in these tables in English and Chinese: `terms*.csv` (labels and messages,
a file for each part of the project), `columns.csv` (the columns of every table), `assumptions.csv` (the keys of
the assumptions), `components.csv` (components and their items), `choices.csv` (words that stand for a choice)
and `currencies.csv`.
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
    found = tuple(csv.DictReader(text.splitlines(keepends=True)))
    if broken := next((row for row in found if None in row or None in row.values()), None):
        raise ValueError(f"a row of {name}.csv has not the columns of its header: {list(broken.values())[:2]}")
    return found


@cache
def _terms() -> dict[str, dict[str, str]]:
    names = sorted(p.name for p in files(__name__).iterdir() if p.name.startswith("terms") and p.name.endswith(".csv"))
    found: dict[str, dict[str, str]] = {}
    for row in (row for name in names for row in rows(name.removesuffix(".csv"))):
        if found.setdefault(row["key"], row) is not row:
            raise ValueError(f"the term {row['key']} stands twice in crm_xl/data")
    return found


def term(key: str, language: str = "en", **details: object) -> str:
    """Return a label or message in a language, with its details filled in.

    >>> term("total", "zh")
    '合计'
    """
    text = _terms()[key][language]
    return text.format(**details) if details else text
