"""Numbers and dates that were typed as text: read where they can mean one thing only.

A number that another country would read differently ("1.200"), or a date whose day and month may be taken for each
other ("03/04/2027"), is handed back with both its meanings. Nothing is guessed, not even from the workbook's language.
"""

import datetime as dt
import re
import unicodedata
from typing import NamedTuple

from crm_xl.engine.schema import currencies, normalise
from crm_xl.engine.timeline import as_date


class Ambiguous(NamedTuple):
    """A text that may mean either of two things."""

    one: str
    other: str


class TypedNumber(NamedTuple):
    """A number typed as text; `currencies` are those that its sign or word may stand for, empty where it has none."""

    value: float
    currencies: frozenset[str] = frozenset()
    percent: bool = False


class Marked(NamedTuple):
    """A number with a mark beside it, such as that of a footnote: nobody knows whether that belongs to the number."""

    mark: str


# What is longer was not typed as a number or a date.
_LONGEST = 60
# The currency that a sign means where nothing is said beside it.
PLAIN_SIGNS = {"¥": "CNY", "$": "USD", "元": "CNY"}
# Currencies in whose countries a comma stands between thousands; elsewhere it is that of the decimals.
_COMMA_GROUPS = frozenset(
    {"CNY", "USD", "HKD", "JPY", "GBP", "SGD", "TWD", "AUD", "NZD", "MOP", "KRW", "INR", "THB", "MYR"}
)
# Marks that lead to a note; what Unicode calls a number and is no digit (², ①, ⒈, ½) is one too.
_NOTE_MARKS = "*\u2020\u2021"
# Signs that more than one currency has.
SHARED_SIGNS = {
    "¥": frozenset({"CNY", "JPY"}),
    "$": frozenset({"USD", "HKD", "SGD", "AUD", "CAD", "NZD", "TWD", "MXN", "BRL", "CLP"}),
    "元": frozenset({"CNY", "HKD", "TWD", "MOP"}),
}
_ENDINGS = {"元整": "元", "圆": "元", "圆整": "元", "块": "元", "块钱": "元"}
_MULTIPLES = {"万": 1e4, "亿": 1e8, "千": 1e3, "百万": 1e6, "千万": 1e7}
# In Latin letters, behind a number: 12k, 1.5 million.
_WORDS = {"k": 1e3, "thousand": 1e3, "million": 1e6, "mn": 1e6, "billion": 1e9, "bn": 1e9}
# What stands for no cents: 1200.- or 1200,-- (the mark before it is that of the decimals).
_NO_CENTS = re.compile(r"(?<=\d)[.,]\s?-{1,2}$")
_MINUS = str.maketrans(dict.fromkeys("\u2212\u2012\u2013\u2014\ufe63", "-"))
_BLANKS = "[ '\u2019]"
_PARTS = re.compile(
    r"(?P<before>[^\d.,()+\-]*)(?P<number>[+-]?[\d.][\d.,' \u2019]*(?:e[+-]?\d{1,3})?)(?P<after>[^\d]*)"
)
_GROUPED = re.compile(rf"\d{{1,3}}(?:{_BLANKS}\d{{3}})+")
_LETTERS = re.compile(r"[a-z]+")
_PLAIN = re.compile(r"\d+(?:\.\d*)?(?:e[+-]?\d{1,3})?|\.\d+")


def read_number(text: str) -> TypedNumber | Ambiguous | Marked | None:
    """Return the number that a text stands for, both where it may be either of two, or None where it is none.

    A mark beside digits, as of a footnote, is handed back: the digits may or may not be all of the number.

    >>> read_number("1,200.00").value, read_number("(500)").value, read_number("1200.-").value, read_number("abc")
    (1200.0, -500.0, 1200.0, None)
    >>> read_number("1.200"), read_number("1,200")
    (Ambiguous(one='1.2', other='1200'), Ambiguous(one='1.2', other='1200'))
    >>> read_number("¥1,200").value, read_number("5000²")
    (1200.0, Marked(mark='²'))
    """
    if len(text) > _LONGEST:
        return None
    if marks := [letter for letter in text if letter in _NOTE_MARKS or unicodedata.category(letter) in ("No", "Nl")]:
        rest = read_number("".join(letter for letter in text if letter not in marks))
        return None if rest is None else Marked("".join(marks))
    plain = " ".join(unicodedata.normalize("NFKC", text).translate(_MINUS).split()).casefold()
    negative, no_cents = False, ""
    if plain.startswith("(") and plain.endswith(")"):
        plain, negative = plain[1:-1].strip(), True
    elif (cents := _NO_CENTS.search(plain)) is not None:
        plain, no_cents = plain[: cents.start()].strip(), cents[0][0]
    elif plain.endswith("-"):
        plain, negative = plain[:-1].strip(), True
    elif plain.startswith("-"):
        plain, negative = plain[1:].strip(), True
    match = _PARTS.fullmatch(plain)
    if match is None or (negative and match["number"].startswith(("+", "-"))):
        return None
    before, digits, after = match["before"].strip(), match["number"].strip(), match["after"].strip()
    if digits.startswith("-"):
        digits, negative = digits[1:], True
    percent = after == "%" and not before
    times = 1.0
    if not percent:
        times, after = _multiple(after)
        words = [_currencies_of(word) for word in (before, after)]
        if None in words:
            return None
        before_may, after_may = words
        may = before_may & after_may if before_may and after_may else before_may or after_may
        if before_may and after_may and not may:
            return None
    else:
        may = frozenset()
    group = "," if no_cents == "." or (may and may & _COMMA_GROUPS) else "." if no_cents == "," else ""
    value = _value(digits.lstrip("+"), group)
    if not isinstance(value, float):
        return value
    value *= (-1 if negative else 1) * (0.01 if percent else times)
    return TypedNumber(round(value, 12) if percent else value, may or frozenset(), percent)


def _multiple(after: str) -> tuple[float, str]:
    """What the word behind a number multiplies it by, and what stands behind that."""
    for length in (2, 1):
        if after[:length] in _MULTIPLES:
            return _MULTIPLES[after[:length]], after[length:].strip()
    word = _LETTERS.match(after)
    if word is not None and word[0] in _WORDS:
        return _WORDS[word[0]], after[len(word[0]) :].strip()
    return 1.0, after


def _currencies_of(word: str) -> frozenset[str] | None:
    """The currencies that a sign or word may stand for; None where it is no currency."""
    word = _ENDINGS.get(word, word)
    if not word:
        return frozenset()
    if word in SHARED_SIGNS:
        return SHARED_SIGNS[word]
    code = currencies().get(normalise(word))
    return frozenset({code}) if code else None


def _value(digits: str, group: str = "") -> float | Ambiguous | None:
    """The value of digits with the marks between them; the last mark may be that of the decimals.

    `group` is the mark between thousands, where that is known.
    """
    if _GROUPED.fullmatch(digits):
        return float(re.sub(_BLANKS, "", digits))
    head, mark, tail = _split_at_decimals(digits)
    if re.search(_BLANKS, head):
        if not _GROUPED.fullmatch(head) or not tail.isdecimal() or not mark:
            return None
        return float(re.sub(_BLANKS, "", head) + "." + tail)
    commas, dots = digits.count(","), digits.count(".")
    if not commas and _PLAIN.fullmatch(digits):
        # One dot before three digits is how a thousand is written in one half of the world, and a comma in the other.
        if re.fullmatch(r"[1-9]\d{0,2}\.\d{3}", digits):
            if group == ".":
                return float(digits.replace(".", ""))
            return Ambiguous(f"{float(digits):g}", digits.replace(".", ""))
        return float(digits)
    if commas and dots:
        group, decimal = (",", ".") if digits.rindex(".") > digits.rindex(",") else (".", ",")
        whole, _, rest = digits.rpartition(decimal)
        if decimal in whole or not rest.isdecimal() or not _is_grouped(whole, group):
            return None
        return float(whole.replace(group, "") + "." + rest)
    mark = "," if commas else "."
    if _is_grouped(digits, mark) and (commas + dots > 1 or mark == group):
        return float(digits.replace(mark, ""))
    if commas == 1 and re.fullmatch(r"\d+,\d+", digits):
        return Ambiguous(f"{float(digits.replace(',', '.')):g}", digits.replace(",", "").lstrip("0") or "0")
    return None


def _split_at_decimals(digits: str) -> tuple[str, str, str]:
    at = max(digits.rfind("."), digits.rfind(","))
    return (digits, "", "") if at < 0 else (digits[:at], digits[at], digits[at + 1 :])


def _is_grouped(digits: str, mark: str) -> bool:
    return re.fullmatch(rf"[1-9]\d{{0,2}}(?:{re.escape(mark)}\d{{3}})+", digits) is not None


# -- discounts -------------------------------------------------------------------------------------------------------

_FOLD_DIGITS = str.maketrans("\u4e00\u4e8c\u4e09\u56db\u4e94\u516d\u4e03\u516b\u4e5d", "123456789")
_FOLD = re.compile(r"(?:打|按)?(\d(?:\.\d{1,2})?|\d\d|[一二三四五六七八九]{1,2})\s*折(?:优惠)?")
_OFF = re.compile(
    r"(?:优惠|减|降|立减|下浮|discount|less|-)\s*(\d{1,2}(?:\.\d+)?)\s*%"
    r"|(\d{1,2}(?:\.\d+)?)\s*% ?(?:off|discount|优惠)"
)


def read_discount(text: str) -> float | None:
    """Return the part of a price that a text takes off, or None where it says none.

    >>> read_discount("9折"), read_discount("八五折"), read_discount("10% off"), read_discount("0.9")
    (0.1, 0.15, 0.1, None)
    """
    plain = " ".join(unicodedata.normalize("NFKC", text).translate(_MINUS).split()).casefold()
    if match := _FOLD.fullmatch(plain):
        digits = match[1].translate(_FOLD_DIGITS)
        if not re.fullmatch(r"[\d.]+", digits):
            return None
        paid = float(digits) / (100 if len(digits) == 2 else 10)
        return round(1 - paid, 12) if 0 < paid < 1 else None
    match = _OFF.fullmatch(plain)
    return round(float(match[1] or match[2]) / 100, 12) if match else None


# -- dates -----------------------------------------------------------------------------------------------------------

MONTH_NAMES = {
    name: number
    for number, names in enumerate(
        (
            "january jan", "february feb", "march mar", "april apr", "may", "june jun", "july jul", "august aug",
            "september sep sept", "october oct", "november nov", "december dec",
        ), 1,
    )
    for name in names.split()
}  # fmt: skip
_MIDNIGHT = re.compile(r"[t ]0{1,2}:00(?::00(?:\.0+)?)?z?$")
_COMPACT = re.compile(r"(\d{4})(\d{2})(\d{2})")
_YEAR_LAST = re.compile(r"(\d{1,2})\s*([-/.])\s*(\d{1,2})\s*\2\s*(\d{4})")
_DAY_FIRST = re.compile(r"(?:(\d{1,2})(?:st|nd|rd|th)?(?: of)?[\s-]+)?([a-z]+)\.?,?[\s-]+(\d{4})")
_MONTH_FIRST = re.compile(r"([a-z]+)\.?[\s-]+(\d{1,2})(?:st|nd|rd|th)?,?[\s-]+(\d{4})")
_CHINESE_DIGITS = str.maketrans("\u3007\u96f6\u4e00\u4e8c\u4e09\u56db\u4e94\u516d\u4e03\u516b\u4e5d", "00123456789")
_CHINESE = re.compile(
    r"(\d{4})\u5e74([\d\u5341\u5eff\u5345]{1,4})\u6708(?:([\d\u5341\u5eff\u5345]{1,4})[\u65e5\u53f7])?"
)


def read_date(text: str) -> dt.date | Ambiguous | None:
    """Return the day that a text stands for (the first of a month), both where it may be either of two, or None.

    >>> read_date("2027年3月1日"), read_date("1 March 2027"), read_date("25/12/2027")
    (datetime.date(2027, 3, 1), datetime.date(2027, 3, 1), datetime.date(2027, 12, 25))
    >>> read_date("03/04/2027")
    Ambiguous(one='2027-03-04', other='2027-04-03')
    """
    if len(text) > _LONGEST:
        return None
    plain = " ".join(unicodedata.normalize("NFKC", text).split()).casefold()
    plain = _MIDNIGHT.sub("", plain)
    if (day := as_date(plain)) is not None:
        return day
    if match := _COMPACT.fullmatch(plain):
        return _day(*match.groups())
    if match := _YEAR_LAST.fullmatch(plain):
        one, other = _day(match[4], match[1], match[3]), _day(match[4], match[3], match[1])
        if one and other and one != other:
            return Ambiguous(one.isoformat(), other.isoformat())
        return one or other
    if match := _DAY_FIRST.fullmatch(plain):
        return _day(match[3], MONTH_NAMES.get(match[2]), match[1] or 1)
    if match := _MONTH_FIRST.fullmatch(plain):
        return _day(match[3], MONTH_NAMES.get(match[1]), match[2])
    if match := _CHINESE.fullmatch(plain.replace(" ", "").translate(_CHINESE_DIGITS)):
        return _day(match[1], _chinese_number(match[2]), _chinese_number(match[3] or "1"))
    return None


def read_month(text: str) -> tuple[int, int] | None:
    """Return the year and month that a text without a day stands for, or None.

    >>> read_month("Jan 2027"), read_month("2027年十月"), read_month("1 Jan 2027")
    ((2027, 1), (2027, 10), None)
    """
    if len(text) > _LONGEST:
        return None
    plain = " ".join(unicodedata.normalize("NFKC", text).split()).casefold()
    if (match := _DAY_FIRST.fullmatch(plain)) and not match[1] and (month := MONTH_NAMES.get(match[2])):
        return int(match[3]), month
    match = _CHINESE.fullmatch(plain.replace(" ", "").translate(_CHINESE_DIGITS))
    if match and not match[3] and (month := _chinese_number(match[2])) and 1 <= month <= 12:
        return int(match[1]), month
    return None


def _day(year: str, month: str | int | None, day: str | int | None) -> dt.date | None:
    try:
        return dt.date(int(year), int(month or 0), int(day or 0))
    except ValueError:
        return None


def _chinese_number(text: str) -> int | None:
    """The number that a month or day is written with: 3, 十, 十二, 二十一, 廿一 (digits are Arabic by now)."""
    text = text.replace("\u5eff", "2\u5341").replace("\u5345", "3\u5341")
    if "\u5341" not in text:
        return int(text)
    tens, _, ones = text.partition("\u5341")
    if len(tens) > 1 or len(ones) > 1 or "\u5341" in ones:
        return None
    return int(tens or 1) * 10 + int(ones or 0)
