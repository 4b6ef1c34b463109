"""Functions of texts."""

import math
import re
from collections.abc import Callable
from decimal import Context as DecimalContext
from decimal import Decimal
from typing import Any

import numpy as np

from crm_xl.errors import ErrorValue
from crm_xl.hosts.headless.worksheet_functions.catalogue import FUNCTIONS, excel
from crm_xl.hosts.headless.worksheet_functions.conditions import wildcard
from crm_xl.hosts.headless.worksheet_functions.context import Context
from crm_xl.hosts.headless.worksheet_functions.gathering import is_many, values_in
from crm_xl.hosts.headless.worksheet_functions.reading import text_number, to_number
from crm_xl.hosts.headless.worksheet_functions.rounding import round_
from crm_xl.hosts.headless.worksheet_functions.values import (
    NA,
    VALUE,
    Array,
    Fault,
    Scalar,
    Unsupported,
    array,
    long_text,
    to_bool,
    to_text,
)


@excel("LEN", "t")
def len_(text: str) -> float:
    """How many characters a text has."""
    return float(units(text))


def units(text: str) -> int:
    """Return the length of a text as Excel counts it: characters outside the basic plane count twice."""
    return len(text) if text.isascii() else len(text) + sum(letter > "\uffff" for letter in text)


def _count(number: float) -> int:
    if number < 0:
        raise Fault(VALUE)
    return int(number)


@excel("LEFT", "tn")
def left(text: str, count: float = 1.0) -> str:
    """The first characters."""
    return text[: _count(count)]


@excel("RIGHT", "tn")
def right(text: str, count: float = 1.0) -> str:
    """The last characters."""
    wanted = _count(count)
    return text[max(len(text) - wanted, 0) :]


@excel("MID", "tnn")
def mid(text: str, first: float, count: float) -> str:
    """Characters from a place on."""
    if first < 1:
        raise Fault(VALUE)
    return text[int(first) - 1 : int(first) - 1 + _count(count)]


@excel("UPPER", "t")
def upper(text: str) -> str:
    """In capitals."""
    return text.upper()


@excel("LOWER", "t")
def lower(text: str) -> str:
    """In small letters."""
    return text.lower()


@excel("PROPER", "t")
def proper(text: str) -> str:
    """Each word with a capital."""
    out, inside = [], False
    for letter in text:
        out.append(letter.lower() if inside else letter.upper())
        inside = letter.isalpha()
    return "".join(out)


@excel("TRIM", "t")
def trim(text: str) -> str:
    """Without blanks at the ends, and with single ones inside."""
    return re.sub(" +", " ", text.strip(" "))


@excel("CLEAN", "t")
def clean(text: str) -> str:
    """Without the characters that cannot be printed."""
    return "".join(letter for letter in text if ord(letter) > 31)


@excel("CONCATENATE", "(t)")
def concatenate(*texts: str) -> str:
    """Texts joined."""
    return long_text("".join(texts))


@excel("CONCAT", "(r)", context=True)
def concat(context: Context, *given: Any) -> str:
    """Texts joined, those of ranges too."""
    return long_text("".join(to_text(value) for raw in given for value in values_in(context, raw)))


@excel("TEXTJOIN", "rer(r)", context=True)
def textjoin(context: Context, between: Any, leave_out: Scalar, first: Any, *more: Any) -> str:
    """Texts joined with something between them, blank ones left out if wanted."""
    marks = [to_text(value) for value in values_in(context, between)]
    texts = [to_text(value) for raw in (first, *more) for value in values_in(context, raw)]
    if leave_out is None or to_bool(leave_out):
        texts = [text for text in texts if text]
    out = "".join(text + marks[at % len(marks)] for at, text in enumerate(texts[:-1]))
    return long_text(out + (texts[-1] if texts else ""))


@excel("REPT", "tn")
def rept(text: str, times: float) -> str:
    """A text repeated."""
    if times < 0 or len(text) * int(times) > 32_767:
        raise Fault(VALUE)
    return text * int(times)


@excel("EXACT", "tt")
def exact(one: str, two: str) -> bool:
    """Whether two texts are the same, capitals and all."""
    return one == two


@excel("FIND", "ttn")
def find(wanted: str, text: str, first: float = 1.0) -> float:
    """Where a text stands in another, capitals and all."""
    if not 1 <= first <= len(text) + 1:
        raise Fault(VALUE)
    at = text.find(wanted, int(first) - 1)
    if at < 0:
        raise Fault(VALUE)
    return at + 1.0


@excel("SEARCH", "ttn")
def search(wanted: str, text: str, first: float = 1.0) -> float:
    """Where a text, or a pattern, stands in another."""
    if not 1 <= first <= max(len(text), 1):
        raise Fault(VALUE)
    if wanted == "~":
        return float(first)
    match = wildcard(re.sub(r"~(?![*?~])", "", wanted)).search(text, int(first) - 1)
    if match is None:
        raise Fault(VALUE)
    return match.start() + 1.0


@excel("SUBSTITUTE", "tttn")
def substitute(text: str, old: str, new: str, which: float | None = None) -> str:
    """A text with another put in place of a part, everywhere or once."""
    if which is not None and which < 1:
        raise Fault(VALUE)
    if not old:
        return text
    if which is None:
        return long_text(text.replace(old, new))
    at = -1
    for _ in range(int(which)):
        at = text.find(old, at + 1)
        if at < 0:
            return text
    return long_text(text[:at] + new + text[at + len(old) :])


@excel("REPLACE", "tnnt")
def replace(text: str, first: float, count: float, new: str) -> str:
    """A text with another in place of some characters."""
    if first < 1:
        raise Fault(VALUE)
    at = int(first) - 1
    return long_text(text[:at] + new + text[at + _count(count) :])


# For numbers of any length that a cell can show.
_WIDE = DecimalContext(prec=500)


# In bytes: characters of East Asia count twice in a workbook of that language only, which a file does not say.
def _bytewise(function: Callable[..., Any]) -> Callable[..., Any]:
    def call(*given: Any) -> Any:
        if not all(str(value).isascii() for value in given):
            raise Unsupported
        return function(*given)

    return call


for _name, _kinds, _function, _least in (
    ("LEFTB", "tn", left, 1), ("RIGHTB", "tn", right, 1), ("MIDB", "tnn", mid, 3), ("LENB", "t", len_, 1),
    ("FINDB", "ttn", find, 2), ("SEARCHB", "ttn", search, 2), ("REPLACEB", "tnnt", replace, 4),
):  # fmt: skip
    excel(_name, _kinds)(_bytewise(_function))
    FUNCTIONS[_name].least = _least
    FUNCTIONS[_name].most = len(_kinds)

# What Windows and the Macintosh have at the codes from 128 on; Windows leaves five to themselves.
_WINDOWS = "".join(bytes([code]).decode("cp1252", errors="ignore") or chr(code) for code in range(128, 256))
_MACINTOSH = bytes(range(128, 256)).decode("mac_roman")


def _letters(context: Context) -> str:
    return _MACINTOSH if context.book.macintosh else _WINDOWS


@excel("CHAR", "n", context=True)
def char(context: Context, number: float) -> str:
    """The character of a code of the system that the workbook was saved on."""
    code = int(number)
    if not 1 <= code <= 255:
        raise Fault(VALUE)
    return chr(code) if code < 128 else _letters(context)[code - 128]


@excel("CODE", "t", context=True)
def code(context: Context, text: str) -> float:
    """The code of the first character."""
    if not text:
        raise Fault(VALUE)
    if ord(text[0]) < 128:
        return float(ord(text[0]))
    at = _letters(context).find(text[0])
    if at < 0 and context.book.macintosh:
        raise Unsupported
    return at + 128.0 if at >= 0 else 63.0


@excel("UNICHAR", "n")
def unichar(number: float) -> str:
    """The character of a number of Unicode."""
    if not 1 <= number <= 0x10FFFF or 0xD800 <= number <= 0xDFFF:
        raise Fault(VALUE)
    if int(number) in (0xFFFE, 0xFFFF):
        raise Fault(NA)
    return chr(int(number))


@excel("UNICODE", "t")
def unicode(text: str) -> float:
    """The number of the first character in Unicode."""
    if not text:
        raise Fault(VALUE)
    return float(ord(text[0]))


@excel("VALUE", "v", context=True)
def value_(context: Context, given: Scalar) -> float:
    """The number that a text means."""
    if type(given) is bool:
        raise Fault(VALUE)
    if given is None:
        return 0.0
    return text_number(given, context.since_1904) if type(given) is str else float(given)


@excel("NUMBERVALUE", "ttt")
def numbervalue(text: str, decimal: str = ".", group: str = ",") -> float:
    """The number that a text means with marks of its own for decimals and thousands."""
    if not decimal or not group:
        raise Fault(VALUE)
    text = re.sub(r"\s", "", text)
    if not text:
        return 0.0
    whole, mark, rest = text.partition(decimal[0])
    if decimal[0] in rest or group[0] in rest:
        raise Fault(VALUE)
    text = whole.replace(group[0], "") + ("." + rest if mark else "")
    percents = len(text) - len(text.rstrip("%"))
    return text_number(text.rstrip("%")) / math.pow(100, percents)


@excel("DOLLAR", "nn")
def dollar(number: float, digits: float = 2.0) -> str:
    """A number as an amount in dollars."""
    text = _grouped(abs(round_(number, digits)), max(int(digits), 0))
    return f"(${text})" if round_(number, digits) < 0 else f"${text}"


def _grouped(number: float, digits: int) -> str:
    exact = Decimal(f"{number:.14e}")
    return f"{exact.quantize(Decimal(1).scaleb(-digits), context=_WIDE):,f}"


@excel("FIXED", "nne")
def fixed(number: float, digits: float = 2.0, plain: Scalar = False) -> str:
    """A number as text with so many decimals."""
    if digits > 127:
        raise Fault(VALUE)
    shown = round_(number, digits)
    text = _grouped(shown, max(int(digits), 0))
    return text.replace(",", "") if plain is not None and to_number(plain) else text


@excel("ASC", "t")
def asc(text: str) -> str:
    """Letters of full width as letters of half width."""
    return "".join(
        chr(ord(letter) - 0xFEE0) if "\uff01" <= letter <= "\uff5e" else " " if letter == "\u3000" else letter
        for letter in text
    )


@excel("WIDECHAR DBCS", "t")
def dbcs(text: str) -> str:
    """Letters of half width as letters of full width."""
    return "".join(
        chr(ord(letter) + 0xFEE0) if "!" <= letter <= "~" else "\u3000" if letter == " " else letter for letter in text
    )


def _cut(text: str, marks: list[str], which: float, any_case: float, at_end: float, missing: Any) -> Any:
    """The places at which a text is cut, from the mark of the wanted number: (where it begins, where it ends)."""
    number = math.floor(which)
    if int(at_end) not in (0, 1) or int(any_case) not in (0, 1):
        raise Fault(VALUE)
    if number == 0 or abs(number) > max(len(text), 1) or min(map(len, marks), default=0) > len(text) > 0:
        raise Fault(VALUE)
    pattern = "|".join(re.escape(mark) for mark in sorted(marks, key=len, reverse=True))
    if "" in marks:
        return (0, 0) if number > 0 else (len(text), len(text))
    found = [match.span() for match in re.finditer(pattern, text, re.IGNORECASE if any_case else 0)]
    if at_end:
        found = [*found, (len(text), len(text))] if number > 0 else [(0, 0), *found]
    at = number - 1 if number > 0 else len(found) + number
    return found[at] if 0 <= at < len(found) else missing


@excel("TEXTBEFORE", "trnnne", context=True)
def textbefore(
    context: Context, text: str, marks: Any, which: float = 1.0, case: float = 0.0, end: float = 0.0, missing: Any = NA
) -> Any:
    """What stands before a mark."""
    given = [to_text(value) for value in values_in(context, marks)]
    found = _cut(text, given, which, case, end, missing)
    return text[: found[0]] if isinstance(found, tuple) else "" if found is None else found


@excel("TEXTAFTER", "trnnne", context=True)
def textafter(
    context: Context, text: str, marks: Any, which: float = 1.0, case: float = 0.0, end: float = 0.0, missing: Any = NA
) -> Any:
    """What stands after a mark."""
    given = [to_text(value) for value in values_in(context, marks)]
    found = _cut(text, given, which, case, end, missing)
    return text[found[1] :] if isinstance(found, tuple) else "" if found is None else found


@excel("TEXTSPLIT", "trrnne", context=True)
def textsplit(
    context: Context, text: str, columns: Any, rows: Any = None, skip: float = 0.0, case: float = 0.0, pad: Any = NA
) -> Array:
    """A text split into columns and rows."""

    def parts(part: str, raw: Any) -> list[str]:
        marks = [to_text(value) for value in values_in(context, raw)] if raw is not None else []
        if not marks:
            return [part]
        if "" in marks:
            raise Fault(VALUE)
        pattern = "|".join(re.escape(mark) for mark in sorted(marks, key=len, reverse=True))
        found = re.split(pattern, part, flags=re.IGNORECASE if case else 0)
        return [one for one in found if one] if skip else found

    if columns is None and rows is None:
        raise Fault(VALUE)
    lines = [parts(line, columns) for line in parts(text, rows)]
    width = max((len(line) for line in lines), default=0)
    if not width:
        raise Fault(ErrorValue.CALC)
    return array([[*line, *[pad] * (width - len(line))] for line in lines])


@excel("VALUETOTEXT", "en")
def valuetotext(given: Scalar, form: float = 0.0) -> str:
    """A value as text; in the strict form texts stand in quotation marks."""
    if int(form) not in (0, 1):
        raise Fault(VALUE)
    if isinstance(given, ErrorValue):
        return str(given)
    text = to_text(given)
    return f'"{text}"' if form and type(given) is str else text


@excel("ARRAYTOTEXT", "cn", context=True)
def arraytotext(context: Context, given: Any, form: float = 0.0) -> str:
    """The values of an array as text."""
    if int(form) not in (0, 1):
        raise Fault(VALUE)
    content = context.array_of(given) if is_many(given) else np.array([[given]], dtype=object)
    if not form:
        return ", ".join(valuetotext(value) for value in content.ravel().tolist())
    lines = [",".join(valuetotext(value, 1.0) for value in line) for line in content.tolist()]
    return "{" + ";".join(lines) + "}"
