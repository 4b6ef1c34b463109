"""Texts that mean numbers: `1,200`, `12%`, `(5)`, `$3.50`, `1 1/2`, dates and times."""

import datetime as dt
import re
from functools import lru_cache

from crm_xl.errors import ErrorValue
from crm_xl.hosts.headless.worksheet_functions.values import VALUE, Fault, Scalar, Unsupported

_PLAIN = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?", re.ASCII)
_NUMBER = re.compile(
    r"(?P<open>\()?\s*(?P<sign>[+-])?\s*(?P<money>[$€£¥￥])?\s*(?P<sign2>[+-])?"
    r"(?P<digits>(?:\d{1,3}(?:,\d{3})+|\d+)?(?:\.\d*)?)(?P<power>[eE][+-]?\d+)?\s*(?P<money2>[€£¥￥])?\s*"
    r"(?P<percent>%)?\s*(?P<close>\))?",
    re.ASCII,
)
_FRACTION = re.compile(r"(?P<sign>-)?(?P<whole>\d+) (?P<above>\d+)/(?P<below>\d+)", re.ASCII)
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_FULL = (
    "january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november",
    "december",
)  # fmt: skip
_MONTH_NUMBERS = {name: at % 12 + 1 for at, name in enumerate((*_MONTHS, *_FULL))} | {"sept": 9}
_WORD = "|".join(sorted(_MONTH_NUMBERS, key=len, reverse=True))
_SEP = r"\s*[-/ .]\s*"
_DATES = (
    re.compile(r"(?P<y>\d{4})[-/.](?P<m>\d{1,2})[-/.](?P<d>\d{1,2})", re.ASCII),
    re.compile(r"(?P<y>\d{4})年(?P<m>\d{1,2})月(?:(?P<d>\d{1,2})日)?", re.ASCII),
    re.compile(r"(?P<one>\d{1,2})[-/](?P<two>\d{1,2})[-/](?P<y>\d{4}|\d{2})", re.ASCII),
    re.compile(rf"(?P<d>\d{{1,2}}){_SEP}(?P<word>{_WORD})\.?(?:{_SEP}|,\s*)(?P<y>\d{{4}}|\d{{2}})", re.ASCII),
    re.compile(rf"(?P<word>{_WORD})\.?{_SEP}(?P<d>\d{{1,2}}),?\s*(?P<y>\d{{4}})", re.ASCII),
    re.compile(rf"(?P<word>{_WORD})\.?[-/ ,]\s*(?P<y>\d{{4}})", re.ASCII),
    re.compile(r"(?P<y>\d{4})[-/](?P<m>\d{1,2})", re.ASCII),
)
# Day and month without a year mean the year of the clock.
_WITHOUT_YEAR = re.compile(
    rf"\d{{1,2}}[-/]\d{{1,2}}|\d{{1,2}}{_SEP}(?:{_WORD})|(?:{_WORD}){_SEP}\d{{1,2}}|\d{{1,2}}月\d{{1,2}}日", re.ASCII
)
_TIME = re.compile(
    r"(?P<h>\d{1,4})(?::(?P<m>\d{1,4})(?::(?P<s>\d{1,4}(?:\.\d+)?)|\.)?)?\s*(?P<half>[ap]m?)?", re.ASCII | re.IGNORECASE
)
_MINUTES = re.compile(r"(?P<m>\d{1,4}):(?P<s>\d{1,4}\.\d+)", re.ASCII)
_TURN_OF_CENTURY = 30
_MOST_HOURS = 9999
LAST_DAY = 2_958_465


def to_number(value: Scalar, since_1904: bool = False) -> float:
    """Return a value as a number, as arithmetic does.

    Raises
    ------
    Fault
        Where it is an error, or a text that means no number.
    """
    if type(value) is float:
        return value
    if value is None:
        return 0.0
    if isinstance(value, ErrorValue):
        raise Fault(value)
    if type(value) is str:
        return text_number(value, since_1904)
    return float(value)


@lru_cache(4096)
def text_number(text: str, since_1904: bool = False) -> float:
    """Return the number that a text means.

    >>> text_number("1,200"), text_number("12%"), text_number("(5)"), text_number("2027-03-01")
    (1200.0, 0.12, -5.0, 46447.0)

    Raises
    ------
    Fault
        #VALUE! where it means none.
    """
    given, text = text, text.strip(" ")
    if _PLAIN.fullmatch(text):
        number = float(text)
        if number - number == 0:
            return number
        raise Fault(VALUE)
    if match := _NUMBER.fullmatch(text):
        return _number(match)
    if match := _FRACTION.fullmatch(text):
        if not int(match["below"]):
            raise Fault(VALUE)
        number = int(match["whole"]) + int(match["above"]) / int(match["below"])
        return -number if match["sign"] else number
    return date_number(given, since_1904)


def _number(match: re.Match[str]) -> float:
    digits = match["digits"].replace(",", "")
    signs = [match["sign"], match["sign2"]]
    if digits in ("", ".") or bool(match["open"]) != bool(match["close"]) or (match["open"] and any(signs)):
        raise Fault(VALUE)
    if (match["money"] and match["money2"]) or (all(signs) and not match["money"]):
        raise Fault(VALUE)
    number = float(digits + (match["power"] or ""))
    if number - number != 0:
        raise Fault(VALUE)
    if match["percent"]:
        number /= 100
    return -number if match["open"] or signs.count("-") == 1 else number


def date_number(text: str, since_1904: bool = False) -> float:
    """Return the serial number of a text that means a date, a time, or both.

    Raises
    ------
    Fault
        #VALUE! where it means none.
    Unsupported
        Where it means another day in another country, or another year next year.
    """
    text = text.lower()
    for pattern in _DATES:
        match = pattern.match(text)
        if match is not None and (time := _time(text[match.end() :])) is not None:
            return _serial(match, since_1904) + time
    if text and text[0].isdigit() and (":" in text or text[-1] == "m") and (time := _time(text)) is not None:
        return time
    if _WITHOUT_YEAR.fullmatch(text):
        raise Unsupported("formula_text_date_unclear", text=text)
    raise Fault(VALUE)


def _serial(match: re.Match[str], since_1904: bool) -> float:
    given = match.groupdict()
    year = int(given["y"])
    if len(given["y"]) < 4:
        year += 1900 if year >= _TURN_OF_CENTURY else 2000
    if "word" in given:
        month, day = _MONTH_NUMBERS[given["word"]], int(given.get("d") or 1)
    elif "one" in given:
        month, day = int(given["one"]), int(given["two"])
        if month != day and month <= 12 and day <= 12:
            raise Unsupported("formula_text_date_unclear", text=match[0])
        if month > 12:
            month, day = day, month
    else:
        month, day = int(given["m"]), int(given.get("d") or 1)
    if not since_1904 and (year, month, day) == (1900, 2, 29):
        return 60.0
    try:
        days = (dt.date(year, month, day) - dt.date(1899, 12, 30)).days
    except ValueError:
        raise Fault(VALUE) from None
    if since_1904:
        days -= 1462
    elif days < 61:
        days -= 1
    if days < 0 or (days == 0 and not since_1904):
        raise Fault(VALUE)
    return float(days)


def _time(text: str) -> float | None:
    """The part of a day that a text means; None where it means none."""
    text = text.strip().removeprefix("t")
    if not text:
        return 0.0
    if match := _MINUTES.fullmatch(text):
        if int(match["m"]) > 59 and float(match["s"]) >= 60:
            return None
        return (int(match["m"]) * 60 + float(match["s"])) / 86400
    match = _TIME.fullmatch(text)
    if match is None or (match["m"] is None and match["half"] is None):
        return None
    hours, minutes, seconds = int(match["h"]), int(match["m"] or 0), float(match["s"] or 0)
    if match["half"]:
        if not 0 <= hours <= 12:
            return None
        hours = hours % 12 + 12 * (match["half"][0].lower() == "p")
    if sum((hours > 23, minutes > 59, seconds >= 60)) > 1 or hours > _MOST_HOURS:
        return None
    return (hours * 3600 + minutes * 60 + seconds) / 86400
