"""TEXT: numbers, dates and texts as a number format shows them.

A format has up to four sections (positive, negative, zero, text), each with conditions, colours, digits, dates or
fractions. What is not known of a format is not guessed: the formula is then named.
"""

import math
import re
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from functools import lru_cache

from crm_xl.errors import ErrorValue
from crm_xl.hosts.headless.worksheet_functions.catalogue import excel
from crm_xl.hosts.headless.worksheet_functions.chinese_numbers import in_chinese
from crm_xl.hosts.headless.worksheet_functions.context import Context
from crm_xl.hosts.headless.worksheet_functions.date_formats import dated
from crm_xl.hosts.headless.worksheet_functions.reading import text_number
from crm_xl.hosts.headless.worksheet_functions.values import VALUE, Fault, Scalar, Unsupported, long_text, to_text

_COLOURS = re.compile(r"(?:black|blue|cyan|green|magenta|red|white|yellow|colou?r\s*\d+)", re.IGNORECASE)
_CONDITION = re.compile(r"(<=|>=|<>|<|>|=)\s*(-?\d+(?:\.\d+)?)")
_LOCALE = re.compile(r"\$([^-]*)(?:-([0-9A-Fa-f]+|[a-z]{2}-[A-Z]{2}))?")
_ELAPSED = re.compile(r"(?:h+|m+|s+)", re.IGNORECASE)
_GENERAL = re.compile("general|g/通用格式", re.IGNORECASE)
_DATE_PART = re.compile(r"AM/PM|A/P|上午/下午|y+|m+|d+|h+|s+|aaaa?|e+|b+|g+", re.IGNORECASE)
_LONGEST = 255


@dataclass
class Section:
    """One section: what is shown piece by piece, (kind, text), and for which numbers."""

    pieces: list[tuple[str, str]] = field(default_factory=list)
    condition: tuple[str, float] | None = None
    chinese: int = 0
    language: str = ""

    @property
    def is_date(self) -> bool:
        """Whether it shows a date or a time."""
        return any(kind in ("date", "elapsed") for kind, _ in self.pieces)

    @property
    def is_text(self) -> bool:
        """Whether it says how a text is shown."""
        return any(kind == "text" for kind, _ in self.pieces)


@lru_cache(1024)
def sections_of(code: str) -> tuple[Section, ...]:
    """Return the sections of a format.

    Raises
    ------
    Fault
        #VALUE! where it is none.
    Unsupported
        Where it has something that is not known here.
    """
    if len(code) > _LONGEST:
        raise Fault(VALUE)
    found, current, at = [], Section(), 0
    while at < len(code):
        letter = code[at]
        if letter == ";":
            found.append(current)
            current = Section()
            at += 1
        elif letter == '"':
            end = code.find('"', at + 1)
            if end < 0 and at + 1 < len(code):
                raise Unsupported("formula_format_unknown", format=code[at:])
            if end < 0:
                raise Fault(VALUE)
            current.pieces.append(("literal", code[at + 1 : end]))
            at = end + 1
        elif letter in "\\!":
            current.pieces.append(("literal", code[at + 1 : at + 2]))
            at += 2
        elif letter == "_":
            current.pieces.append(("literal", " "))
            at += 2
        elif letter == "*":
            at += 2
        elif letter == "[":
            end = code.find("]", at)
            if end < 0:
                raise Fault(VALUE)
            _bracket(current, code[at + 1 : end])
            at = end + 1
        else:
            at = _plain(current, code, at)
    found.append(current)
    if len(found) > 4:
        raise Fault(VALUE)
    return tuple(found)


def _bracket(section: Section, inside: str) -> None:
    if _COLOURS.fullmatch(inside):
        return
    if match := _CONDITION.fullmatch(inside):
        section.condition = match[1], float(match[2])
    elif _ELAPSED.fullmatch(inside):
        section.pieces.append(("elapsed", inside.lower()))
    elif match := re.fullmatch(r"DBNum([123])", inside, re.IGNORECASE):
        section.chinese = int(match[1])
    elif match := _LOCALE.fullmatch(inside):
        if match[1]:
            section.pieces.append(("literal", match[1]))
        section.language = (match[2] or "").lower()
    else:
        raise Unsupported("formula_format_unknown", format=f"[{inside}]")


def _plain(section: Section, code: str, at: int) -> int:
    letter = code[at]
    if match := _GENERAL.match(code, at):
        section.pieces.append(("general", ""))
        return match.end()
    if match := _DATE_PART.match(code, at):
        text = match[0]
        if text[0] in "bBgG":
            raise Unsupported("formula_format_unknown", format=text)
        if text in ("e", "E") and code[at + len(text) : at + len(text) + 1] in ("+", "-"):
            section.pieces.append(("power", text[0] + code[at + len(text)]))
            return at + len(text) + 1
        section.pieces.append(("date", text))
        return match.end()
    if letter in "0#?":
        section.pieces.append(("digit", letter))
    elif letter in ".,%/@":
        section.pieces.append(({".": "point", ",": "comma", "%": "percent", "/": "slash", "@": "text"}[letter], letter))
    elif letter.isascii() and letter.isalpha() and letter not in "xX":
        # Excel takes some letters without quotation marks and refuses others.
        raise Unsupported("formula_format_unknown", format=letter)
    else:
        section.pieces.append(("literal", letter))
    return at + 1


def _meets(condition: tuple[str, float], number: float) -> bool:
    sign, limit = condition
    return {
        "<": number < limit, ">": number > limit, "=": number == limit, "<=": number <= limit,
        ">=": number >= limit, "<>": number != limit,
    }[sign]  # fmt: skip


def _chosen(sections: tuple[Section, ...], number: float) -> tuple[Section, bool]:
    """The section for a number, and whether its sign is shown by the section."""
    numeric = [s for s in sections[:3] if not s.is_text] if len(sections) < 4 else list(sections[:3])
    if not numeric:
        return sections[0], False
    if any(section.condition for section in numeric):
        for at, section in enumerate(numeric):
            if section.condition is not None:
                if _meets(section.condition, number):
                    return section, number < 0 and not _leaves_sign(section.condition)
            elif at == len(numeric) - 1 or (at == 1 and len(numeric) == 3 and number < 0):
                return section, number < 0 and at == 1 and len(numeric) == 3
        return (numeric[-1], False) if len(numeric) > 2 else (Section([("hash", "")]), False)
    if len(numeric) == 1:
        return numeric[0], False
    if number < 0:
        return numeric[1], True
    return (numeric[2], False) if number == 0 and len(numeric) > 2 else (numeric[0], False)


def _leaves_sign(condition: tuple[str, float]) -> bool:
    return not (condition[0] in ("<", "<=") and condition[1] <= 0)


def shown(value: Scalar, code: str, since_1904: bool) -> str:
    """Return a value as a number format shows it.

    >>> shown(-1234.5, "#,##0.00_);(#,##0.00)", False), shown(12345.0, "0.00E+00", False), shown(0.5, "# ?/?", False)
    ('(1,234.50)', '1.23E+04', ' 1/2')

    Raises
    ------
    Fault
        #VALUE! where the format is none.
    """
    sections = sections_of(code)
    if type(value) is str:
        try:
            value = text_number(value, since_1904)
        except (Fault, Unsupported):
            return _as_text(str(value), sections)
    if type(value) is bool:
        return _as_text(to_text(value), sections) if len(sections) == 4 else to_text(value)
    number = 0.0 if value is None else float(value)
    if not code:
        return "-" if number < 0 else ""
    section, signed = _chosen(sections, number)
    if section.is_text and (section.is_date or any(kind == "digit" for kind, _ in section.pieces)):
        raise Fault(VALUE)
    if section.is_text:
        return "".join(to_text(number) if kind == "text" else text for kind, text in section.pieces)
    if section.is_date:
        return _numerals(dated(number, section.pieces, section.language, since_1904), section)
    if signed:
        number = abs(number)
    return _numerals(_number(number, section), section)


def _numerals(text: str, section: Section) -> str:
    return in_chinese(text, section.chinese) if section.chinese else text


def _as_text(text: str, sections: tuple[Section, ...]) -> str:
    section = sections[3] if len(sections) == 4 else sections[-1] if sections[-1].is_text else None
    if section is None:
        return text
    return "".join(text if kind == "text" else piece for kind, piece in section.pieces)


def _general(number: float) -> str:
    """A number as the format General shows it in a cell that is wide enough."""
    if number == 0:
        return "0"
    size = abs(number)
    if 1e-4 <= size < 1e11 or size == int(size) < 1e11:
        decimals = max(0, 10 - max(1, math.floor(math.log10(size)) + 1)) if size >= 1 else 9
        text = f"{Decimal(f'{number:.14e}').quantize(Decimal(1).scaleb(-decimals), rounding=ROUND_HALF_UP):f}"
        return text.rstrip("0").rstrip(".") if "." in text else text
    if size < 1 and float(f"{number:.9f}") == number:
        return f"{number:.9f}".rstrip("0")
    mantissa, _, power = f"{number:.5e}".partition("e")
    mantissa = mantissa.rstrip("0").rstrip(".")
    return f"{mantissa}E{power[0]}{int(power[1:]):02d}"


def _number(number: float, section: Section) -> str:
    pieces = section.pieces
    kinds = [kind for kind, _ in pieces]
    if "hash" in kinds:
        raise Unsupported("formula_format_unknown", format="[…]")
    sign = "-" if number < 0 else ""
    number = abs(number)
    if "general" in kinds:
        text = _general(number)
        return sign + "".join(text if kind == "general" else piece for kind, piece in pieces)
    if "digit" not in kinds:
        literal = "".join(text for kind, text in pieces if kind in ("literal", "percent", "comma"))
        return sign + literal if number and literal and sign else literal
    if "slash" in kinds:
        return _fraction(number, pieces, sign)
    number *= 100 ** kinds.count("percent")
    return _decimal(number, pieces, sign)


def _decimal(number: float, pieces: list[tuple[str, str]], sign: str) -> str:
    kinds = [kind for kind, _ in pieces]
    power_at = kinds.index("power") if "power" in kinds else None
    mantissa = pieces if power_at is None else pieces[:power_at]
    point = next((at for at, (kind, _) in enumerate(mantissa) if kind == "point"), len(mantissa))
    whole = [text for kind, text in mantissa[:point] if kind == "digit"]
    rest = [text for kind, text in mantissa[point:] if kind == "digit"]
    digits_at = [at for at, (kind, _) in enumerate(mantissa) if kind == "digit"]
    last_whole = max((at for at in digits_at if at < point), default=-1)
    scale = 0
    for kind, _ in mantissa[max(digits_at, default=-1) + 1 :]:
        scale += kind == "comma"
    if point < len(mantissa):
        for kind, _ in mantissa[last_whole + 1 : point]:
            scale += kind == "comma"
    first = min(digits_at, default=0)
    grouped = any(kind == "comma" for kind, _ in mantissa[first : max(last_whole, 0)])
    number /= 1000**scale
    exponent = 0
    _refuse_odd(mantissa, pieces, power_at, first)
    if power_at is not None:
        number, exponent = _scientific(number, len(whole), len(rest))
    text = f"{_quantized(number, len(rest)):f}"
    integer, _, decimals = text.partition(".")
    integer = integer.lstrip("0")
    if not integer and not decimals.strip("0") and power_at is None:
        sign = ""
    shown_whole = _whole(integer, mantissa[:point], grouped)
    if not whole and power_at is None:
        shown_whole += integer  # a format that begins with its point shows what stands before it all the same
    shown_rest = _rest(decimals, mantissa[point:])
    out = _signed(shown_whole, sign) + shown_rest
    if power_at is None:
        return out
    letter, plus = pieces[power_at][1][0], pieces[power_at][1][1:]
    after = pieces[power_at + 1 :]
    lead = "-" if exponent < 0 else "+" if plus == "+" else ""
    return f"{out}{letter}{lead}{_whole(str(abs(exponent)), after, False)}"


def _refuse_odd(mantissa: list[tuple[str, str]], pieces: list[tuple[str, str]], power: int | None, first: int) -> None:
    """Refuse what shows otherwise in another country or is shown here otherwise than in Excel."""
    kinds = [kind for kind, _ in mantissa]
    if any(kind == "comma" for kind in kinds[:first]):
        raise Unsupported("formula_format_unknown", format=",")
    if power is not None and (
        any(kind in ("percent", "comma") for kind, _ in pieces) or pieces[power + 1 : power + 2][0][0] == "literal"
    ):
        raise Unsupported("formula_format_unknown", format="E")
    inside = kinds[first : len(kinds) - 1 - kinds[::-1].index("digit")]
    if "comma" in inside and "literal" in inside:
        raise Unsupported("formula_format_unknown", format=",")
    if "comma" in kinds and "point" not in kinds:
        last = len(kinds) - 1 - kinds[::-1].index("comma")
        digits = kinds[last:].count("digit")
        # `0,00` has two decimals where the comma is the mark of decimals.
        if digits and digits < 3:
            raise Unsupported("formula_format_unknown", format=",")


def _signed(text: str, sign: str) -> str:
    return sign + text


def _quantized(number: float, places: int) -> Decimal:
    exact = Decimal(f"{number:.14e}")
    if places + math.floor(math.log10(number)) > 60 if number else False:
        raise Unsupported
    return exact.quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_UP)


def _scientific(number: float, whole: int, places: int) -> tuple[float, int]:
    if number == 0:
        return 0.0, 0
    exponent = math.floor(math.log10(number))
    exponent = exponent // whole * whole if whole > 1 else exponent
    mantissa = number / 10.0**exponent
    if float(_quantized(mantissa, places)) >= 10 ** max(whole, 1):
        exponent += max(whole, 1)
        mantissa = number / 10.0**exponent
    return mantissa, exponent


def _whole(integer: str, pieces: list[tuple[str, str]], grouped: bool) -> str:
    """The digits before the point put into their places, from the last on; what is between them stays."""
    out: list[str] = []
    left, placed = integer, 0
    digits = sum(kind == "digit" for kind, _ in pieces)
    for kind, text in reversed(pieces):
        if kind != "digit":
            if kind in ("literal", "percent"):
                out.append(text)
            continue
        digits -= 1
        wanted = left if digits == 0 else left[-1:]
        left = "" if digits == 0 else left[:-1]
        if not wanted:
            wanted = {"0": "0", "?": " "}.get(text, "")
        for letter in reversed(wanted):
            if grouped and placed and placed % 3 == 0:
                out.append("," if letter != " " else " ")
            out.append(letter)
            placed += 1
    return "".join(reversed(out))


def _rest(decimals: str, pieces: list[tuple[str, str]]) -> str:
    out, at = "", 0
    last = len(decimals.rstrip("0"))
    for kind, text in pieces:
        if kind == "digit":
            digit = decimals[at]
            out += digit if at < last or text == "0" else " " if text == "?" else ""
            at += 1
        elif kind in ("point", "literal", "percent"):
            out += text
    return out


def _fraction(number: float, pieces: list[tuple[str, str]], sign: str) -> str:
    slash = next(at for at, (kind, _) in enumerate(pieces) if kind == "slash")
    below: list[tuple[str, str]] = []
    end = slash + 1
    while end < len(pieces) and (pieces[end][0] == "digit" or pieces[end][1].isdigit()):
        below.append(pieces[end])
        end += 1
    above_at = slash
    while above_at > 0 and pieces[above_at - 1][0] == "digit":
        above_at -= 1
    marks = [text for _, text in pieces[above_at:slash]]
    head, tail = pieces[:above_at], "".join(text for kind, text in pieces[end:] if kind == "literal")
    has_whole = any(kind == "digit" for kind, _ in head)
    odd = [text for kind, text in head if kind != "digit" and text.strip() and (has_whole or kind != "literal")]
    if odd or any(kind == "percent" for kind, _ in pieces) or sum(kind == "slash" for kind, _ in pieces) > 1:
        raise Unsupported("formula_format_unknown", format="/")
    whole = math.floor(number) if has_whole else 0
    part = number - whole
    fixed = "".join(text for _, text in below)
    if fixed.isdigit() and fixed.strip("0"):
        denominator = int(fixed)
        numerator = math.floor(part * denominator + 0.5)
    else:
        best = Fraction(part).limit_denominator(10 ** len(below) - 1)
        numerator, denominator = best.numerator, best.denominator
    if has_whole and numerator == denominator:
        whole, numerator = whole + 1, 0
    width = len(below)
    shown_whole = (
        _whole(str(whole) if whole else "", head, False)
        if has_whole
        else "".join(text for kind, text in head if kind == "literal")
    )
    if has_whole and not whole and not numerator and not shown_whole.strip():
        shown_whole = "0" + shown_whole[1:] if shown_whole[:1] == " " and len(shown_whole) > 1 else "0 "
    if numerator == 0 and has_whole:
        return _signed(shown_whole, sign) + " " * (len(marks) + 1 + width) + tail
    above = str(numerator)
    above = above.rjust(len(marks), "0" if "0" in marks else " ") if "?" in marks or "0" in marks else above
    under = str(denominator).ljust(width) if any(text == "?" for _, text in below) else str(denominator)
    return f"{_signed(shown_whole, sign)}{above}/{under}{tail}"


@excel("TEXT", "vt", context=True)
def text_(context: Context, value: Scalar, code: str) -> str:
    """A value as a number format shows it."""
    if isinstance(value, ErrorValue):
        raise Fault(value)
    return long_text(shown(value, code, context.since_1904))
