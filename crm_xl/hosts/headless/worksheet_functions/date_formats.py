"""Dates and times as number formats show them, in English and Chinese."""

import math
from collections.abc import Sequence

from crm_xl.hosts.headless.worksheet_functions.dates import civil
from crm_xl.hosts.headless.worksheet_functions.values import VALUE, Fault, Unsupported

_MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
)  # fmt: skip
_DAYS = ("Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday")
_CHINESE_DAYS = "日一二三四五六"
_CHINESE_DIGITS = ("一", "二", "三", "四", "五", "六", "七", "八", "九", "十", "十一", "十二")
# Languages by the number that a format names, as far as they are known here: English and Chinese.
_ENGLISH = frozenset({"", "409", "809", "c09", "1009", "1409", "f400", "f800", "en-us", "en-gb", "f9", "9"})
_CHINESE = frozenset({"804", "404", "c04", "1004", "7804", "zh-cn", "zh-tw", "411"}) - {"411"}


def dated(number: float, pieces: Sequence[tuple[str, str]], language: str, since_1904: bool) -> str:
    """Return a serial number as the pieces of a section show it.

    Raises
    ------
    Fault
        #VALUE! where it is no date.
    Unsupported
        Where the names of another language are asked for.
    """
    code = language.lstrip("0") if len(language) <= 4 else language[-4:].lstrip("0")
    chinese = code in _CHINESE
    pieces = _with_minutes(pieces)
    elapsed = any(kind == "elapsed" for kind, _ in pieces)
    if number < 0 and not elapsed:
        raise Fault(VALUE)
    shown = sum(kind in ("date", "elapsed") for kind, _ in pieces)
    if number < 0 and shown > 1 and not since_1904:
        raise Fault(VALUE)
    sign, number = "-" if number < 0 else "", abs(number)
    places = _second_places(pieces)
    if sign and places and not since_1904:
        raise Fault(VALUE)
    has_time = any(kind == "elapsed" or text[0] in "hHsSnN" for kind, text in pieces if kind in ("date", "elapsed"))
    rounded = math.floor(number * 86400 * 10**places + 0.5) / 10**places if has_time else math.floor(number) * 86400.0
    days, seconds = divmod(rounded, 86400)
    try:
        year, month, day = civil(days, since_1904)
    except Fault:
        if not elapsed:
            raise Fault(VALUE) from None
        year, month, day = 1900, 1, 0
    half = any(kind == "date" and text.upper() in ("AM/PM", "A/P", "上午/下午") for kind, text in pieces)
    hour, minute, second = int(seconds // 3600), int(seconds // 60 % 60), seconds % 60
    out = [sign]
    # What is counted on is so wherever it stands.
    counted = {text[0] for kind, text in pieces if kind == "elapsed"}
    after_seconds = False
    for kind, text in pieces:
        if kind == "elapsed" or (kind == "date" and {"n": "m"}.get(text[0], text[0].lower()) in counted):
            total = {"h": rounded // 3600, "m": rounded // 60, "s": math.floor(rounded)}[
                {"n": "m"}.get(text[0], text[0].lower())
            ]
            out.append(str(int(total)).zfill(len(text)))
        elif kind == "date":
            named = text[0].lower() in "mda" and len(text) > 2 and text.upper() not in ("AM/PM",)
            if named and code not in _ENGLISH and not chinese:
                raise Unsupported("formula_format_language", language=language)
            out.append(_part(text, (year, month, day), days, (hour, minute, second), half, chinese, since_1904))
        elif kind == "point" and after_seconds:
            out.append(".")
        elif kind == "digit":
            raise Fault(VALUE)
        elif kind == "fraction":
            out.append(f"{second - math.floor(second):.{len(text)}f}"[1:])
        elif kind == "text":
            raise Fault(VALUE)
        else:
            out.append(text)
        after_seconds = kind in ("date", "elapsed") and text[0].lower() == "s"
    return "".join(out)


def _with_minutes(pieces: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
    """Return the pieces with `n` for the `m` that mean minutes, and the decimals of seconds as one piece."""
    found = list(pieces)
    dates = [at for at, (kind, _) in enumerate(found) if kind in ("date", "elapsed")]
    for index, at in enumerate(dates):
        kind, text = found[at]
        if kind != "date" or text[0] not in "mM" or len(text) > 2:
            continue
        before = found[dates[index - 1]] if index else ("", " ")
        after = found[dates[index + 1]] if index + 1 < len(dates) else ("", " ")
        if before[1][0].lower() in "hs" or (after[1][0].lower() == "s" and after[1].upper() != "AM/PM"):
            found[at] = "date", "n" * len(text)
    out: list[tuple[str, str]] = []
    for kind, text in found:
        if kind == "digit" and out and out[-1][0] == "fraction":
            out[-1] = "fraction", out[-1][1] + text
        elif kind == "digit" and text == "0" and out and out[-1][0] == "point":
            out[-1] = "fraction", text
        else:
            out.append((kind, text))
    return out


def _second_places(pieces: Sequence[tuple[str, str]]) -> int:
    return next((len(text) for kind, text in pieces if kind == "fraction"), 0)


def _part(
    text: str, date: tuple[int, int, int], days: float, time: tuple[int, int, float], half: bool, chinese: bool,
    since_1904: bool,
) -> str:  # fmt: skip
    year, month, day = date
    hour, minute, second = time
    letter, count = text[0].lower(), len(text)
    if text.upper() == "AM/PM":
        return ("上午" if hour < 12 else "下午") if chinese else ("AM" if hour < 12 else "PM")
    if text.upper() == "A/P":
        return text[0] if hour < 12 else text[2]
    if text == "上午/下午":
        return "上午" if hour < 12 else "下午"
    weekday = (int(days) + (1462 if since_1904 else 0) - 1) % 7
    match letter:
        case "y":
            return f"{year % 100:02d}" if count <= 2 else f"{year:04d}"
        case "e":
            return f"{year:04d}"
        case "m":
            if count <= 2:
                return str(month).zfill(count)
            if chinese:
                return f"{month}月" if count == 3 else f"{_CHINESE_DIGITS[month - 1]}月"
            name = _MONTHS[month - 1]
            return name[:3] if count == 3 else name[0] if count == 5 else name
        case "d":
            if count <= 2:
                return str(day).zfill(count)
            if chinese:
                return ("周" if count == 3 else "星期") + _CHINESE_DAYS[weekday]
            return _DAYS[weekday][:3] if count == 3 else _DAYS[weekday]
        case "a":
            if chinese:
                return ("" if count == 3 else "星期") + _CHINESE_DAYS[weekday]
            return _DAYS[weekday][:3] if count == 3 else _DAYS[weekday]
        case "h":
            return str((hour + 11) % 12 + 1 if half else hour).zfill(min(count, 2))
        case "n":
            return str(minute).zfill(count)
        case _:
            return str(int(second)).zfill(min(count, 2))
