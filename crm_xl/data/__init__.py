"""The shipped tables and the one way to read them.

Everything that a user can see stands in these tables in English and Chinese: `terms*.csv` (labels and messages,
a file for each part of the project), `columns.csv` (the columns of every table), `assumptions.csv` (the keys of
the assumptions), `components.csv` (components and their items), `choices.csv` (words that stand for a choice)
and `currencies.csv`.
"""

import csv
import re
from collections.abc import Iterable
from functools import cache
from importlib.resources import files
from pathlib import PurePath

LANGUAGES = ("en", "zh")
_UNSEEN = re.compile(
    "[\x00-\x08\x0a-\x1f\x7f-\x9f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]"
)
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


def term(key: str, language: str = "en", /, **details: object) -> str:
    """Return a label or message in a language, with its details filled in; a detail that is a list is written as one.

    >>> term("total", "zh")
    '合计'
    """
    text = _terms()[key][language]
    return text.format(**{k: _written(v, language) for k, v in details.items()}) if details else text


def _written(detail: object, language: str) -> object:
    if isinstance(detail, list | tuple):
        return listed(detail, language)
    return visible(str(detail)) if isinstance(detail, str | PurePath) else detail


def listed(items: Iterable[object], language: str = "en") -> str:
    """Return items as they are listed in a sentence of a language.

    >>> listed(["CNY", "USD"]), listed(["CNY", "USD"], "zh")
    ('CNY, USD', 'CNY、USD')
    """
    return ("、" if language == "zh" else ", ").join(visible(str(item)) for item in items)


def visible(text: str) -> str:
    r"""Return a text in which characters that are not seen stand by their numbers.

    A text from a workbook may hold marks that a terminal obeys, that turn the direction of what follows, or that have
    no width and make two names look alike. A message must not be changed by what it tells of.

    >>> visible("Sales\u202e\u200b")
    'Sales\\u202e\\u200b'
    """
    return _UNSEEN.sub(lambda mark: f"\\u{ord(mark[0]):04x}", text)
