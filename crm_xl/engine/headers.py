"""What a header says: the column that it names, and beside it a currency, a scale, a period, tax.

"Amount (USD k)", "单价（元/人/月）" and "Monthly price" name a column of `crm_xl/data/columns.csv` and say more of what
stands below. The words are in `crm_xl/data/header_words.csv`. Nothing of a header is passed over: words that a column
of numbers cannot use are handed back, and of a header that names no column it is told whether it means money, time or
a quantity.
"""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache, lru_cache
from typing import NamedTuple

from crm_xl.data import rows
from crm_xl.engine.schema import Field, column_names, columns, currencies, normalise
from crm_xl.engine.typed_values import SHARED_SIGNS

_NUMBERS = ("number", "money", "rate", "discount")
_BRACKETED = re.compile(r"[(\[{【〔<]([^()\[\]{}【】〔〕<>]*)[)\]}】〕>]")
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")
# k stands before or behind a code without a blank: kUSD, USDk.
_GLUED_K = re.compile(r"(?<![a-z])k(?=(?:usd|eur|gbp|cny|rmb|hkd|chf|€|\$|£|¥))|(?<=usd|eur|gbp|cny|rmb|hkd|chf)k\b")
_PER = ("per", "/", "each", "every", "每", "a", "an", "for")
_COUNTED = re.compile(r"^(?:no\.?|number|num\.?|nr\.?|#|count|qty|quantity) ?(?:of )?(?=[a-z])")
_PERIOD = re.compile(r"(?<!\d)(?:19|20|21)\d\d(?!\d)|(?<![a-z])(?:fy|cy|q|h|m|w)[ '-]?\d{1,2}(?!\d)")
_UNIT_LINE = re.compile(
    r"(?:^|[\s(\[【,;])"
    r"(?:(?:(?:金额|货币|币种|计量|数据|计价)?单位|币种|(?:currency |monetary |amount |reporting )?units?|currency)\s*:"
    r"|(?:all )?(?:amounts|figures|values|prices|costs)(?: are| shown| stated| expressed)? in "
    r"|(?:expressed|stated|shown) in )"
    r"\s*(?P<unit>[^)\]】;。]+)"
)


@dataclass(frozen=True, kw_only=True)
class Said:
    """What words beside the name of a column say of it.

    `currencies` are those that they may mean, empty where they name none; `frequency` and `tax` are keys of the choices
    frequency and yesno; `basis` says of low, likely and high whether they are multipliers or amounts.
    """

    currencies: frozenset[str] = frozenset()
    scale: float = 1.0
    frequency: str = ""
    per_unit: bool = False
    tax: str = ""
    percent: bool = False
    basis: str = ""

    @property
    def counts(self) -> bool:
        """Whether it says how often is paid, or in which currency."""
        return bool(self.frequency or self.currencies)

    def joined(self, other: "Said") -> "Said | None":
        """Return what both say together, or None where they contradict each other."""
        both = self.currencies and other.currencies
        may = self.currencies & other.currencies if both else self.currencies | other.currencies
        if both and not may:
            return None
        for mine, others in (
            (self.frequency, other.frequency), (self.tax, other.tax), (self.basis, other.basis)
        ):  # fmt: skip
            if mine and others and mine != others:
                return None
        return Said(
            currencies=may,
            scale=self.scale * other.scale,
            frequency=self.frequency or other.frequency,
            per_unit=self.per_unit or other.per_unit,
            tax=self.tax or other.tax,
            percent=self.percent or other.percent,
            basis=self.basis or other.basis,
        )


NOTHING = Said()


@dataclass(frozen=True, kw_only=True)
class Heading:
    """A header that names a column: its key, what else it says, and what of it cannot be used (`unread`).

    `folded` is set where a bare number may be what is paid as well as what is taken off: 折扣 0.9.
    """

    key: str
    said: Said = NOTHING
    unread: str = ""
    folded: bool = False


class _Word(NamedTuple):
    kind: str
    said: Said = NOTHING


@cache
def _words() -> dict[str, _Word]:
    """The words that may stand beside the name of a column, and what each says."""
    found: dict[str, _Word] = {}
    for word, code in currencies().items():
        found[word] = _Word("currency", Said(currencies=frozenset({code})))
    for sign, codes in SHARED_SIGNS.items():
        found[sign] = _Word("currency", Said(currencies=codes))
    for row in rows("header_words"):
        if (said := _said_by(row["kind"], row["key"])) is not None:
            for word in row["words"].split("|"):
                found.setdefault(normalise(word), _Word(row["kind"], said))
    for row in rows("header_words"):
        if row["kind"] == "joined":
            for word in row["words"].split("|"):
                letters = re.sub("m( |$)", " ", normalise(word)).strip()
                signs = found.get(letters, _Word("", Said())).said.currencies
                found[normalise(word)] = _Word("currency", Said(currencies=signs, scale=float(row["key"])))
    return found


def _said_by(kind: str, key: str) -> Said | None:
    """What the words of a kind say; None for kinds that stand for other things."""
    match kind:
        case "scale":
            return Said(scale=float(key))
        case "period":
            return Said(frequency=key)
        case "unit":
            return Said(per_unit=True)
        case "tax":
            return Said(tax=key)
        case "percent":
            return Said(percent=True)
        case "basis":
            return Said(basis=key)
        case "neutral" | "joint":
            return Said()
    return None


@cache
def _phrases() -> Mapping[str, str]:
    """Words that mean a column and its period at once, with the header that says the same."""
    phrases = (row for row in rows("header_words") if row["kind"] == "phrase")
    return {normalise(word): row["key"] for row in phrases for word in row["words"].split("|")}


@lru_cache(maxsize=4096)
def units(text: str, *, alone: bool = False) -> Said | None:
    """Return what a phrase of units says, or None where a word of it is not understood.

    `alone` is set for what stands in brackets of its own, where a unit needs no "per" before it.

    >>> units("usd k").scale, units("元/人/月").frequency, units("net of rebate")
    (1000.0, 'monthly', None)
    """
    words, said, at = _words(), Said(), 0
    text = _GLUED_K.sub(" k ", text).strip()
    longest = _longest()
    per = alone
    while at < len(text):
        if text[at] in " .+()":
            at += 1
            continue
        for end in range(min(len(text), at + longest), at, -1):
            part = text[at:end]
            if part in words and _stands_alone(text, at, end):
                break
        else:
            return None
        word = words[part]
        if word.kind == "unit" and not (per or part in ("each", "ea")):
            return None
        together = said.joined(word.said)
        if together is None:
            return None
        said, at = together, end
        per = alone or (word.kind == "joint" and part in _PER) or (per and word.kind in ("joint", "unit"))
    return said


@cache
def _longest() -> int:
    return max(map(len, _words()))


def _stands_alone(text: str, start: int, end: int) -> bool:
    """Whether a part of a text is no piece of a longer word in Latin letters or of a longer number."""
    before, after = text[start - 1 : start], text[end : end + 1]
    first, last = text[start], text[end - 1]

    def joins(one: str, other: str) -> bool:
        return (
            (bool(one) and one.isascii() and other.isascii() and (one.isalpha() and other.isalpha()))
            or (one.isdigit() and other.isdigit())
        )  # fmt: skip

    return not joins(before, first) and not joins(after, last)


def plain(text: str) -> str:
    """Return a header as it is compared: UnitPrice and unit_price are unit price; marks of required columns go.

    >>> plain("UnitPrice *"), plain("金额（万元）：")
    ('unit price', '金额(万元)')
    """
    folded = unicodedata.normalize("NFKC", _CAMEL.sub(" ", text)).replace("_", " ")
    return " ".join(folded.split()).casefold().strip("*: ?†#").strip()


@lru_cache(maxsize=4096)
def read_heading(text: str, table: str) -> Heading | None:
    """Return the column of a table that a header names and what it says of it, or None where it names none.

    >>> read_heading("Price per user per month (USD)", "costs").said.frequency
    'monthly'
    >>> read_heading("金额（万元）", "costs").said.scale
    10000.0
    >>> read_heading("Amount (net of rebate)", "costs").unread
    'net of rebate'
    """
    whole = plain(text)
    heading = _read(whole, normalise(text).rstrip("* "), table)
    if heading is None or columns(table)[heading.key].type != "discount":
        return heading
    return replace(heading, folded="折" in whole and "优惠" not in whole and "减" not in whole)


def _read(whole: str, typed: str, table: str) -> Heading | None:
    known = column_names(table)
    if (key := known.get(typed) or known.get(whole)) is not None:
        return Heading(key=key, said=Said(percent="%" in typed and columns(table)[key].type in ("rate", "discount")))
    bracketed = [part.strip() for part in _BRACKETED.findall(whole)]
    base = " ".join(_BRACKETED.sub(" ", whole).split()).strip("*: ")
    found = _named(base, table)
    if found is None:
        return None
    heading, field = found, columns(table)[found.key]
    if field.type not in _NUMBERS:
        return heading if base in column_names(table) else None
    said, unread = heading.said, [heading.unread] if heading.unread else []
    for part in filter(None, bracketed):
        more = units(part, alone=True)
        together = None if more is None else said.joined(more)
        if together is None:
            unread.append(part)
        else:
            said = together
    return _usable(replace(heading, said=said, unread=", ".join(unread)), field, table)


def _named(base: str, table: str) -> Heading | None:
    """The column that words name, with units before and behind its name: monthly price, amount USD, 金额万元."""
    known, phrases = column_names(table), _phrases()
    if base in known:
        return Heading(key=known[base])
    if base in phrases and (heading := _named(phrases[base], table)):
        return heading
    for name in sorted((*known, *phrases), key=len, reverse=True):
        start = base.find(name)
        while start >= 0:
            end = start + len(name)
            if _stands_alone(base, start, end):
                before, after = units(base[:start]), units(base[end:])
                if before is not None and after is not None and (said := before.joined(after)) is not None:
                    heading = Heading(key=known[name]) if name in known else _named(phrases[name], table)
                    together = None if heading is None else heading.said.joined(said)
                    if heading is not None and together is not None:
                        return replace(heading, said=together)
            start = base.find(name, start + 1)
    return None


def _usable(heading: Heading, field: Field, table: str) -> Heading:
    """A heading without what its column cannot use, which is handed back as not understood."""
    said, unread = heading.said, [heading.unread] if heading.unread else []
    if field.key == "amount" and said.per_unit and "unit_cost" in columns(table):
        return _usable(replace(heading, key="unit_cost"), columns(table)["unit_cost"], table)
    yearly = field.unit.endswith("per year")
    if said.frequency and field.unit == "years" and said.frequency in ("monthly", "annual"):
        said = replace(said, frequency="", scale=said.scale / (12 if said.frequency == "monthly" else 1))
    elif (
        said.frequency
        and not (yearly and said.frequency == "annual")
        and (field.type != "money" or yearly or "frequency" not in columns(table))
    ):
        unread.append(said.frequency.replace("_", "-"))
    if yearly:
        said = replace(said, frequency="")
    amounts = field.unit == "multiplier or amount"
    if said.currencies and field.type != "money" and not amounts:
        unread.append("/".join(sorted(said.currencies)))
    if said.scale != 1.0 and field.type in ("rate", "discount"):
        unread.append(f"{said.scale:g}")
    if said.tax and (field.type != "money" or "tax_included" not in columns(table)):
        unread.append({"yes": "tax included", "no": "tax excluded"}[said.tax])
    if said.percent and field.type not in ("rate", "discount") and not amounts:
        unread.append("%")
    if said.basis and not amounts:
        unread.append(said.basis)
    if amounts:
        if said.percent:
            unread.append("%")
        stated = "amount" if said.currencies or said.scale != 1.0 else said.basis
        if said.basis and stated != said.basis:
            unread.append(said.basis)
        said = replace(said, basis=stated)
    return replace(heading, said=said, unread=", ".join(dict.fromkeys(unread)))


class UnitLine(NamedTuple):
    """What a line above a table says of all its money: 单位：万元. `unread` is what cannot be used."""

    said: Said
    unread: str


@lru_cache(maxsize=1024)
def unit_line(text: str) -> UnitLine | None:
    """Return what a cell above a table says of the units of its money, or None where it says nothing of them.

    >>> unit_line("单位：万元").said.scale, unit_line("2027 CRM budget")
    (10000.0, None)
    >>> unit_line("编制单位：财务部") is None
    True
    """
    if len(text) > 200:
        return None
    folded = plain(text)
    bare = folded.strip("()[]【】 ")
    whole = units(bare, alone=True) if bare else None
    if whole is not None and (whole.currencies or whole.scale != 1.0):
        return _of_money(whole, bare)
    if (found := _UNIT_LINE.search(folded + " ")) is None:
        return None
    text = found["unit"].strip(" :(（")
    said = units(text, alone=True)
    return UnitLine(Said(), text) if said is None else _of_money(said, text)


@lru_cache(maxsize=256)
def is_unit_column(text: str) -> bool:
    """Whether a header names a column of units, in whose cells a period may stand: Unit, 计价单位.

    >>> is_unit_column("UoM"), is_unit_column("Unit cost")
    (True, False)
    """
    latin, chinese = _meanings("unit column")
    return normalise(text).rstrip("* ") in (*latin, *chinese)


@lru_cache(maxsize=1024)
def stated_unit(text: str) -> Said:
    """Return what a cell of a column of units says of the price beside it: user/month, 元/人/月; nothing where unclear.

    A bare year or month may be what is counted (3 years at 100), so it says nothing of how often is paid.

    >>> stated_unit("USD per user per month").frequency, stated_unit("年").frequency, stated_unit("box") == NOTHING
    ('monthly', '', True)
    """
    whole = plain(text)
    said = units(whole, alone=True) or NOTHING
    clear = said.per_unit or "/" in whole or "每" in whole or whole.startswith("per ")
    return said if clear else replace(said, frequency="")


def _of_money(said: Said, text: str) -> UnitLine:
    plainly = Said(currencies=said.currencies, scale=said.scale, tax=said.tax)
    return UnitLine(plainly, "" if said == plainly else text)


@cache
def _meanings(kind: str) -> tuple[frozenset[str], tuple[str, ...]]:
    """The words of a kind: those in Latin letters, which stand for themselves, and the Chinese ones, found anywhere."""
    words = next(row["words"] for row in rows("header_words") if row["kind"] == kind).split("|")
    latin = frozenset(w for w in words if w.isascii() or (len(w) == 1 and not "\u4e00" <= w <= "\u9fff"))
    return latin, tuple(w for w in words if w not in latin)


@lru_cache(maxsize=4096)
def meaning(text: str) -> str:
    """Return what a header that names no column means: money, time or quantity; nothing where it is another word.

    A name for a thing, as a number or a code of it, is a word: contract no., 合同编号.

    >>> meaning("Annual uplift"), meaning("Contract no."), meaning("合同期限")
    ('money', '', 'time')
    """
    words, parts = plain(text), _parts(text)
    counted = _COUNTED.match(words) is not None
    if is_identifier(text):
        return ""
    for kind in ("money", "quantity", "time"):
        latin, chinese = _meanings(kind)
        if any(p in latin or p.strip(".'-") in latin for part in parts for p in (part, *part.split("-"))):
            return kind
        if any(word in words for word in chinese) or (kind == "money" and set(words) & set("%$€£¥")):
            return kind
    if counted:
        return "quantity"
    return "time" if _PERIOD.search(words) else ""


@lru_cache(maxsize=4096)
def is_identifier(text: str) -> bool:
    """Whether a header names a number or a code of a thing, its type or who owns it.

    >>> is_identifier("Contract no."), is_identifier("合同编号"), is_identifier("No. of users")
    (True, True, False)
    """
    words, parts = plain(text), _parts(text)
    if not parts or _COUNTED.match(words) or set(words) & set("%$€£¥"):
        return False
    latin, chinese = _meanings("identifier")
    return parts[-1] in latin or parts[-1].strip(".") in latin or words.endswith(chinese)


def _parts(text: str) -> list[str]:
    return [part for part in re.split(r"[^a-z0-9%$€£¥#.'\u4e00-\u9fff-]+", plain(text)) if part]


@lru_cache(maxsize=1024)
def is_recorded(text: str) -> bool:
    """Whether a header names a day that is only recorded: when a contract was signed, a row entered.

    >>> is_recorded("Signed on"), is_recorded("签订日期"), is_recorded("Renewal date")
    (True, True, False)
    """
    words = plain(text)
    latin, chinese = _meanings("recorded")
    return bool(set(re.split(r"[^a-z]+", words)) & latin) or any(word in words for word in chinese)
