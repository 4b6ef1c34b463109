"""List prices: one from the catalogue, and the catalogue as a table; the user's own go before the shipped ones."""

import contextlib
import datetime as dt
from collections.abc import Callable
from math import isfinite

from crm_xl.data import LANGUAGES, term
from crm_xl.engine.catalogue import (
    STALE_DAYS,
    Price,
    check_prices,
    find_price,
    newest,
    own_prices,
    same_vendor,
    shipped,
)
from crm_xl.engine.cells import Cell, Range
from crm_xl.engine.problems import require, said
from crm_xl.engine.schema import columns, currencies, normalise
from crm_xl.engine.timeline import as_date
from crm_xl.engine.typed_values import SHARED_SIGNS
from crm_xl.errors import ErrorValue, NotThereError, UnreadableError
from crm_xl.functions import arguments
from crm_xl.functions.parameters import MARKET
from crm_xl.functions.registry import Parameter, Table, Text, function

CATALOGUE = Parameter(
    name="catalogue",
    kind="table",
    text=Text(
        "Your own prices with their header row (Vendor, Edition, Price, Currency, Unit, As of, Source …); they go "
        "before the shipped ones. ",
        "您自己的价目表，带表头（供应商、版本、单价、币种、单位、日期、来源等），优先于内置价目表。",
    ),
)
PRICE_ERRORS = {
    ErrorValue.VALUE: Text("An argument or your own table cannot be read.", "参数或自有价目表无法读取。"),
    ErrorValue.NA: Text(
        "The catalogue has no such vendor, edition or price, or the vendor publishes none.",
        "价目表中没有该供应商、版本或价格，或供应商未公布价格。",
    ),
}


@arguments.remembered
def prices_of(cells: Range | None, assumptions: Range | None = None) -> tuple[Price, ...]:
    """The user's own prices, then the shipped ones."""
    if cells is None:
        return shipped()
    table = arguments.table(cells, "catalogue", assumptions)
    require(check_prices(table))
    return (*own_prices(table), *shipped())


def language_of(cells: Range | None, name: str, *texts: Cell) -> str:
    """The language to answer in: that of the headers, else of what was typed."""
    if cells is not None:
        return arguments.table(cells, name, None).language
    return "zh" if any(isinstance(t, str) and not t.isascii() for t in texts) else "en"


@function(
    alias="CRM价格",
    category=MARKET,
    summary=Text(
        "List price of an edition from the catalogue, with the day on which it was read and a remark when it is old.",
        "价目表中某版本的标价，附读取日期；价格过旧时有提示。",
    ),
    parameters=(
        Parameter(
            name="vendor",
            optional=False,
            text=Text(
                "Vendor or product, such as HubSpot, Dynamics 365 or 小满. ",
                "供应商或产品，如 HubSpot、Dynamics 365、小满。",
            ),
        ),
        Parameter(
            name="edition",
            optional=False,
            text=Text(
                "Edition, such as Sales Hub Professional; a part of the name is enough where it is the only one. ",
                "版本，如 Sales Hub Professional；名称的一部分唯一时即可。",
            ),
        ),
        Parameter(
            name="currency",
            text=Text(
                "Only a price listed in this currency. Left out: US dollars first. ",
                "只取以此币种公布的价格。省略时优先美元。",
            ),
        ),
        Parameter(
            name="date",
            text=Text(
                "Only a price read by this day; its age is counted from here. ",
                "只取此日期之前读取的价格，并以此计算价格的新旧。",
            ),
        ),
        CATALOGUE,
        Parameter(
            name="billing",
            text=Text(
                "monthly or annual. Left out: the price for an annual commitment first. ",
                "每月或每年计费。省略时优先按年承诺的价格。",
            ),
        ),
    ),
    result="table",
    returns=Text(
        "Spills one row: the price, the day on which it was read, and a remark (current, own price, older than 90 "
        "days, no date; the most users for whom the vendor offers it; that a later source has it replaced).",
        "溢出一行：价格、读取日期、备注（有效、自填价格、超过 90 天、无日期；供应商限定的用户数；已被取代的提示）。",
    ),
    errors=PRICE_ERRORS,
    notes=(
        Text(
            'To calculate with the price alone: =INDEX(CRM_PRICE("HubSpot","Sales Hub Starter"),1)*300*12.',
            '只用价格计算时：=INDEX(CRM_PRICE("HubSpot","Sales Hub Starter"),1)*300*12。',
        ),
        Text(
            "Prices are list prices in their own currency and unit; CRM_CATALOGUE shows unit, billing, source and "
            "note of each.",
            "价格为标价，按其原币种和单位；CRM_CATALOGUE 列出单位、计费方式、来源和备注。",
        ),
        Text(
            "Age is counted from the given date, else from the newest date in the shipped catalogue; after 90 days the "
            "remark says so.",
            "价龄按所给日期计算，未给则按随附价目表的最新日期；超过 90 天时在备注中说明。",
        ),
    ),
    example='=CRM_PRICE("Salesforce","Enterprise","USD")',
)
def CRM_PRICE(
    vendor: Cell,
    edition: Cell,
    currency: Cell = None,
    date: Cell = None,
    catalogue: Range | None = None,
    billing: Cell = None,
) -> Table:
    """
    >>> CRM_PRICE("Salesforce", "Enterprise", "USD")
    [[175.0, '2026-08-13', '102 days old; replaced on 2026-09-03 by a later source, see its note']]
    """
    day = None if date is None else as_date(date)
    if date is not None and day is None:
        raise _unreadable(date, "expected_day")
    often = None if billing is None else arguments.choice("billing", billing, "frequency", "annual")

    def in_currency(code: str | None) -> Price:
        return find_price(prices_of(catalogue), str(vendor), str(edition), currency=code, at=day, billing=often)

    found = in_currency(None if currency is None else _listed_currency(currency, in_currency))
    language = language_of(catalogue, "catalogue", vendor, edition)
    remark = remark_on(found, day, language)
    if isfinite(found.maximum):
        remark = term("price_for_at_most", language, remark=remark, most=f"{found.maximum:g}")
    return [[found.amount, found.as_of.isoformat() if found.as_of else "", remark]]


def _listed_currency(typed: Cell, price_in: Callable[[str], Price]) -> str:
    """The currency that is asked for; of a sign that several have, the one in which a price is listed."""
    word = normalise(str(typed))
    code = currencies().get(word)
    if code is None:
        raise _unreadable(typed, "expected_currency")
    listed = []
    for one in sorted(SHARED_SIGNS.get(word, ())):
        with contextlib.suppress(NotThereError):
            listed.append(price_in(one).currency)
    if len(listed) > 1:
        raise _unreadable(typed, "expected_currency_code", currencies=listed)
    return listed[0] if listed else code


def _unreadable(value: Cell, expected: str, **details: object) -> UnreadableError:
    words = {language: term(expected, language, **details) for language in LANGUAGES}
    return UnreadableError("problem_text", found=said(value), expected=words)


def remark_on(price: Price, at: dt.date | None, language: str) -> str:
    """Return what is to be known of a price on a day: its age, whose it is, and whether another took its place."""
    age = price.age(at)
    gone = price.replaced is not None and (at or newest()) >= price.replaced
    if age is None:
        remark = term("price_own" if price.own else "price_undated", language)
    elif age > STALE_DAYS:
        remark = term("price_stale", language, days=age)
    elif price.own:
        remark = term("price_own", language)
    else:
        remark = "" if gone else term("price_ok", language)
    if gone and price.replaced is not None:
        told = term("price_replaced", language, day=price.replaced.isoformat())
        remark = term("remarks", language, one=remark, other=told) if remark else told
    return remark


@function(
    alias="CRM价目表",
    category=MARKET,
    summary=Text(
        "The price catalogue as a table: vendor, edition, price, currency, unit, billing, date, source and note.",
        "价目表：供应商、版本、单价、币种、单位、计费、日期、来源和备注。",
    ),
    parameters=(
        Parameter(name="vendor", text=Text("Only this vendor. Left out: all. ", "只列此供应商。省略则全部列出。")),
        CATALOGUE,
    ),
    result="table",
    returns=Text(
        "Spills a header row and a row for each price, your own first.",
        "溢出一张表：表头，每个价格一行，自有价格在前。",
    ),
    errors=PRICE_ERRORS,
    notes=(
        Text(
            "List prices age and differ by region and contract: read the note before using one. A blank price is not "
            "published.",
            "标价会过时，且因地区和合同而异：使用前请看备注。空白表示未公布。",
        ),
    ),
    example='=CRM_CATALOGUE("Zoho")',
)
def CRM_CATALOGUE(vendor: Cell = None, catalogue: Range | None = None) -> Table:
    """
    >>> CRM_CATALOGUE("Odoo")[2][:3]
    ['Odoo', 'Standard', '']
    """
    found = [p for p in prices_of(catalogue) if vendor is None or same_vendor(str(vendor), p.vendor)]
    if not found:
        raise NotThereError("vendor_not_there", vendor=str(vendor))
    language = language_of(catalogue, "catalogue", vendor)
    header: list[Cell] = [field.label(language) for field in columns("catalogue").values()]
    body = [
        [
            p.vendor, p.edition, "" if p.amount is None else p.amount, p.currency, p.counted(language),
            p.billed(language), p.minimum or "", p.region, p.as_of.isoformat() if p.as_of else "", p.source,
            p.notes[language],
        ]
        for p in found
    ]  # fmt: skip
    return [header, *body]
