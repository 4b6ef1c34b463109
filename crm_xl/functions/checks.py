"""CRM_CHECK: the reason for every error, all at once, one formula away from the result."""

from collections.abc import Iterator, Mapping
from contextvars import ContextVar
from dataclasses import replace

from crm_xl.data import LANGUAGES, term
from crm_xl.engine.accounting import treatments
from crm_xl.engine.catalogue import check_prices
from crm_xl.engine.cells import Range
from crm_xl.engine.comparison import check_tiers
from crm_xl.engine.estimate import check_coefficients
from crm_xl.engine.problems import Problem, Severity, show
from crm_xl.functions import arguments, chargeback, control, forecast, journal, market, returns, risk, scenarios
from crm_xl.functions.arranging import arranged
from crm_xl.functions.parameters import ASSUMPTIONS, CHECKING, COSTS
from crm_xl.functions.registry import REGISTRY, Parameter, Table, Text, function

# The language of a person who chose one in the program that asks; else the one of the workbook is spoken.
spoken: ContextVar[str | None] = ContextVar("spoken", default=None)


@function(
    alias="CRM检查",
    category=CHECKING,
    summary=Text(
        "List of everything that is wrong with the tables: row, column, the value found and what was expected; or OK.",
        "列出表中的所有问题：行、列、填的内容和应填内容；没有问题时显示“正常”。",
    ),
    parameters=(
        replace(COSTS, optional=True),
        ASSUMPTIONS,
        *(
            Parameter(
                name=name,
                kind="table",
                text=Text(f"Also checked: {en}. Include the header row. ", f"一并检查{zh}，区域须含表头。"),
            )
            for name, en, zh in (
                ("benefits", "the benefit lines", "收益行"),
                ("actuals", "the budget, with or without actuals", "预算与实际（只有预算也可）"),
                ("scenarios", "the scenarios", "情景"),
                ("drivers", "the drivers of the tornado", "驱动因素"),
                ("options", "the options to compare", "方案"),
                ("usage", "the usage by cost line", "使用情况"),
                ("keys", "the allocation keys", "分摊依据"),
                ("catalogue", "your own prices", "自有价目表"),
                ("tiers", "the volume tiers of the options", "方案的数量档位"),
                ("coefficients", "your own coefficients of the estimate", "自有估算系数"),
                ("actual", "actuals that stand in a table of their own", "单独成表的实际"),
                ("accounts", "the accounts of the journal", "分录的科目表"),
            )
        ),
    ),
    result="table",
    returns=Text(
        "Spills a header row and a row for each problem, errors first; or the one word OK; or that nothing was given.",
        "溢出一张表：表头，每个问题一行，错误在前；没有问题时只显示“正常”；未给出任何表时予以说明。",
    ),
    notes=(
        Text(
            "Any table may be left out, the cost lines too: =CRM_CHECK(,,,Actuals[#All]). What is left out or blank is "
            "not checked; names of cost lines in scenarios, drivers and usage are checked beside the cost lines only.",
            "任何表都可省略，费用行也可：=CRM_CHECK(,,,Actuals[#All])。省略或空白的表不检查；情景、驱动因素和使用情况中"
            "费用行的名称只有同时给出费用行才会检查。",
        ),
        Text(
            "The row counts within the range that was handed over; its first row is 1.",
            "行号在所给区域内计数，区域的第一行为 1。",
        ),
        Text(
            "A note (a line without a price, a component of your own) does not keep the other functions from "
            "answering; an error does.",
            "提示（未定价的行、自行命名的类别）不影响其他函数；错误则会使其他函数返回错误值。",
        ),
    ),
    example="=CRM_CHECK(Costs[#All],Assumptions[#All])",
)
def CRM_CHECK(
    costs: Range | None = None,
    assumptions: Range | None = None,
    benefits: Range | None = None,
    actuals: Range | None = None,
    scenarios: Range | None = None,
    drivers: Range | None = None,
    options: Range | None = None,
    usage: Range | None = None,
    keys: Range | None = None,
    catalogue: Range | None = None,
    tiers: Range | None = None,
    coefficients: Range | None = None,
    actual: Range | None = None,
    accounts: Range | None = None,
) -> Table:
    """
    >>> from crm_xl.engine.cells import Range
    >>> CRM_CHECK(Range([["Component", "Amount"], ["Licence", 1200.0]]))
    [['OK']]
    >>> CRM_CHECK(Range([["Component", "Amount"], ["Licence", "dear"]]))[1][3:]
    [2, 'Amount', '"dear"', 'a number']
    """
    tables = {
        "costs": costs, "assumptions": assumptions, "benefits": benefits, "actuals": actuals, "scenarios": scenarios,
        "drivers": drivers, "options": options, "usage": usage, "keys": keys, "catalogue": catalogue, "tiers": tiers,
        "coefficients": coefficients, "actual": actual, "accounts": accounts,
    }  # fmt: skip
    given = {name: cells for name, cells in tables.items() if cells is not None}
    if not given:  # nor is there anything that would tell the language
        languages = (chosen,) if (chosen := spoken.get()) else LANGUAGES
        return [[" / ".join(term("check_nothing", language) for language in languages)]]
    language = spoken.get() or _language(given)
    found = list(_found(given))
    if not found:
        return [[term("ok", language)]]
    found.sort(key=lambda problem: problem.severity is Severity.NOTE)
    heads = ("number", "severity", "table", "row", "column", "found", "expected")
    return [
        [term(f"check_{head}", language) for head in heads],
        *(_line(i, p, language) for i, p in enumerate(found, 1)),
    ]


def _language(given: Mapping[str, Range]) -> str:
    """The language that the assumptions ask for, else the one of the first table."""
    assumptions = given.get("assumptions")
    if chosen := arguments.assumptions_of(assumptions).language:
        return chosen
    name = next((name for name in given if name != "assumptions"), None)
    if name is not None:
        return arguments.table(given[name], "actuals" if name == "actual" else name, assumptions).language
    # Assumptions have no headers that would tell: their keys do.
    keys = () if assumptions is None else assumptions.column(0)
    return "zh" if any(isinstance(key, str) and not key.isascii() for key in keys) else "en"


def _line(i: int, problem: Problem, language: str) -> list[str | int | float | bool | None]:
    return [
        i,
        term(f"severity_{problem.severity}", language),
        term(f"table_{problem.argument}", language),
        "" if problem.row is None else problem.row + 1,
        problem.header,
        show(problem.found, language),
        problem.expected(language),
    ]


def _found(given: Mapping[str, Range]) -> Iterator[Problem]:
    """Everything that is wrong with tables, by the names that CRM_CHECK has for them."""
    costs, assumptions = given.get("costs"), given.get("assumptions")
    if costs is None:
        yield from arguments.assumptions_of(assumptions).problems
    else:
        model = arguments.draft(costs, assumptions)
        yield from (*model.problems, *treatments(model)[1], *risk.check_risk(costs, assumptions))
    for name, cells in given.items():
        if name == "benefits":
            yield from returns.check_benefits(cells, assumptions).problems
            yield from () if costs is None else returns.check_rates(costs, cells, assumptions)
        elif name in ("scenarios", "drivers"):
            yield from scenarios.check_changes(cells, name, costs, assumptions)
        elif name == "actuals" or (name == "actual" and "actuals" not in given):
            yield from control.check_variance(given.get("actuals"), given.get("actual"), assumptions)
            if costs is not None and (actual := given.get("actual")) is not None:
                yield from (replace(p, argument="actual") for p in forecast.check_forecast(costs, actual, assumptions))
        elif name == "accounts" and costs is not None:
            yield from journal.check_accounts(costs, assumptions, cells)
        elif name == "usage" and costs is not None:
            yield from control.saved(costs, cells, assumptions)[1]
        elif name == "options":
            yield from _of_options(given)
        elif name == "catalogue":
            yield from check_prices(arguments.table(cells, name, assumptions))
        elif name == "keys":
            yield from (*arguments.table(cells, name, assumptions).problems, *chargeback.check_keys(cells, assumptions))
            if costs is not None:
                yield from chargeback.check_pools(model, arguments.table(cells, name, assumptions))
        elif name == "tiers":
            yield from check_tiers(arguments.table(cells, name, assumptions))
        elif name == "coefficients":
            yield from check_coefficients(arguments.table(cells, name, assumptions))
        elif name not in ("costs", "assumptions", "actual"):
            yield from arguments.table(cells, name, assumptions).problems


def _of_options(given: Mapping[str, Range]) -> Iterator[Problem]:
    """The problems of options, without those of the tables beside them, which are listed by themselves."""
    own, assumptions = given.get("catalogue"), given.get("assumptions")
    listed = [] if own is None else check_prices(arguments.table(own, "catalogue", assumptions))
    if any(problem.severity is Severity.ERROR for problem in listed):
        own = None
    found = market.compared(given["options"], assumptions, own, given.get("tiers"))
    yield from (p for p in found.problems if p.argument == "options")


# Arguments that hold a table of another name.
_HELD = {"budget": "actuals", "pool": "costs"}


def problems(name: str, given: list[Range | None]) -> list[Problem]:
    """Return the problems of the tables handed to a function, for hosts that know where they stand.

    Parameters
    ----------
    name
        The function.
    given
        Its arguments in order; those that are no tables, or left out, as None.

    Returns
    -------
    The problems, `argument` being the name of the parameter of this function.
    """
    parameters, given = REGISTRY[name].parameters, arranged(REGISTRY[name], given)
    tables = {p.name: cells for p, cells in zip(parameters, given, strict=False) if p.kind == "table" and cells}
    if "pool" in tables and len(tables["pool"].rows) == 1:
        del tables["pool"]  # an amount
    names = {table: key for key in tables if (table := _HELD.get(key, key)) in _CHECKED}
    found = _found({table: tables[key] for table, key in names.items()})
    return [replace(p, argument=names[p.argument]) if p.argument in names else p for p in found]


_CHECKED = {p.name for p in REGISTRY["CRM_CHECK"].parameters}
