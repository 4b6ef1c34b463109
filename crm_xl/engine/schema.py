"""The shape of every table a user hands over, read from the shipped tables in `crm_xl/data`.

The reader, the template with its input validation and the reference pages all ask here.
"""

import unicodedata
from dataclasses import dataclass
from functools import cache

from crm_xl.data import LANGUAGES, rows

# The longest model, in years.
MAX_YEARS = 30
_NUMBER = "{n}"
TABLES = tuple(dict.fromkeys(row["table"] for row in rows("columns")))


def normalise(text: str) -> str:
    """Return text as it is compared: full-width forms folded, letter case and surrounding blanks ignored.

    >>> normalise("  Unit COST ") == normalise("Unit cost")
    True
    """
    return " ".join(unicodedata.normalize("NFKC", text).split()).casefold()


def _number(text: str) -> float | None:
    return float(text) if text else None


def _words(row: dict[str, str], *names: str) -> tuple[str, ...]:
    """The normalised words by which a row of a shipped table is found."""
    spoken = [row[name] for name in names] + (row["aliases"].split("|") if row["aliases"] else [])
    return tuple(dict.fromkeys(normalise(word) for word in spoken if word))


@dataclass(frozen=True, kw_only=True)
class Field:
    """A column of a table, or a key of the assumptions."""

    key: str
    en: str
    zh: str
    names: tuple[str, ...]
    type: str
    unit: str
    required: bool
    default: str
    minimum: float | None
    maximum: float | None
    choices: str
    description_en: str
    description_zh: str

    @property
    def is_number(self) -> bool:
        """Whether its cells hold numbers that can be summed or compared: counts, money, percentages."""
        return self.type in ("number", "money", "rate", "discount")

    @property
    def names_by_language(self) -> dict[str, str]:
        """The name that users see, by language, as a detail of a message."""
        return {"en": self.en, "zh": self.zh}

    def label(self, language: str) -> str:
        """The name that users see."""
        return self.zh if language == "zh" else self.en

    def description(self, language: str) -> str:
        """What belongs there, in a sentence."""
        return self.description_zh if language == "zh" else self.description_en


def _field(row: dict[str, str]) -> Field:
    return Field(
        key=row["key"],
        en=row["en"],
        zh=row["zh"],
        names=_words(row, "en", "zh"),
        type=row["type"],
        unit=row["unit"],
        required=row.get("required") == "yes",
        default=row.get("default", ""),
        minimum=_number(row["minimum"]),
        maximum=_number(row["maximum"]),
        choices=row["choices"],
        description_en=row["description_en"],
        description_zh=row["description_zh"],
    )


@cache
def columns(table: str) -> dict[str, Field]:
    """Return the columns of a table by key, in the order in which the template shows them."""
    return {row["key"]: _field(row) for row in rows("columns") if row["table"] == table}


@cache
def column_names(table: str) -> dict[str, str]:
    """Return the key of a column for each normalised header by which it is known."""
    return {name: field.key for field in columns(table).values() for name in field.names}


@cache
def assumption_fields() -> dict[str, Field]:
    """Return the keys of the assumptions."""
    return {row["key"]: _field(row) for row in rows("assumptions")}


@cache
def assumption_names() -> dict[str, str]:
    """Return the key of an assumption for each normalised name by which it is known."""
    return {name: field.key for field in assumption_fields().values() for name in field.names}


def _choices(kind: str) -> list[dict[str, str]]:
    """The rows of a choice; one with {n} in its words stands for a row for each number, as every 7 years."""
    found = [row for row in rows("choices") if row["choice"] == kind]
    return [
        {name: text.replace(_NUMBER, str(n)) for name, text in row.items()} if _NUMBER in row["key"] else row
        for row in found
        for n in (range(2, MAX_YEARS + 1) if _NUMBER in row["key"] else (0,))
    ]


@cache
def choices(kind: str) -> dict[str, str]:
    """Return the key of a choice for each normalised word that stands for it."""
    return {word: row["key"] for row in _choices(kind) for word in (normalise(row["key"]), *_words(row, "en", "zh"))}


@cache
def choice_labels(kind: str, language: str) -> dict[str, str]:
    """Return the word that users see for each key of a choice."""
    return {row["key"]: row[language] for row in _choices(kind)}


def choice_words(kind: str) -> dict[str, list[str]]:
    """Return the words that are offered for a choice, in each language: for messages and drop-downs."""
    offered = [row for row in rows("choices") if row["choice"] == kind and _NUMBER not in row["key"]]
    return {language: [row[language] for row in offered] for language in LANGUAGES}


@cache
def currencies() -> dict[str, str]:
    """Return the currency code for each normalised word that stands for it: code, names, signs."""
    return {word: row["code"] for row in rows("currencies") for word in _words(row, "code", "en", "zh")}


@cache
def minor_digits(currency: str) -> int:
    """Return the decimals of a currency's smallest unit, as ISO 4217 has them: 2 for CNY, 0 for JPY, 3 for KWD."""
    return next((int(row["digits"]) for row in rows("currencies") if row["code"] == currency), 2)
