"""CRM_CHECK: the reason for every error, all at once, one formula away from the result."""

from crm_xl.data import term
from crm_xl.engine.accounting import treatments
from crm_xl.engine.cells import Range
from crm_xl.engine.problems import Problem, Severity, show
from crm_xl.functions import arguments
from crm_xl.functions.parameters import ASSUMPTIONS, CHECKING, COSTS
from crm_xl.functions.registry import REGISTRY, Parameter, Table, Text, function


@function(
    alias="CRM检查",
    category=CHECKING,
    summary=Text(
        "List of everything that is wrong with the tables: row, column, the value found and what was expected; or OK.",
        "列出表中的所有问题:行、列、填的内容和应填内容;没有问题时显示“正常”。",
    ),
    parameters=(
        COSTS,
        ASSUMPTIONS,
        Parameter(
            name="benefits",
            kind="table",
            text=Text("The benefit lines with their header row, to be checked too. ", "带表头的收益行,一并检查。"),
        ),
        Parameter(
            name="actuals",
            kind="table",
            text=Text("Budget and actuals with their header row, to be checked too. ", "带表头的预算与实际,一并检查。"),
        ),
    ),
    result="table",
    returns=Text(
        "Spills a header row and a row for each problem, errors first; or the one word OK.",
        "溢出一张表:表头,每个问题一行,错误在前;没有问题时只显示“正常”。",
    ),
    notes=(
        Text(
            "The row counts within the range that was handed over; its first row is 1.",
            "行号在所给区域内计数,区域的第一行为 1。",
        ),
        Text(
            "A note (a line without a price, a component of your own) does not keep the other functions from "
            "answering; an error does.",
            "提示(未定价的行、自行命名的类别)不影响其他函数;错误则会使其他函数返回错误值。",
        ),
    ),
    example="=CRM_CHECK(Costs[#All],Assumptions[#All])",
)
def CRM_CHECK(
    costs: Range, assumptions: Range | None = None, benefits: Range | None = None, actuals: Range | None = None
) -> Table:
    """
    >>> from crm_xl.engine.cells import Range
    >>> CRM_CHECK(Range([["Component", "Amount"], ["Licence", 1200.0]]))
    [['OK']]
    >>> CRM_CHECK(Range([["Component", "Amount"], ["Licence", "12k"]]))[1][3:]
    [2, 'Amount', '"12k"', 'a number']
    """
    model = arguments.draft(costs, assumptions)
    language = model.language
    found = list(_found(costs, assumptions, benefits, actuals))
    if not found:
        return [[term("ok", language)]]
    found.sort(key=lambda problem: problem.severity is Severity.NOTE)
    heads = ("number", "severity", "table", "row", "column", "found", "expected")
    return [
        [term(f"check_{head}", language) for head in heads],
        *(_line(i, p, language) for i, p in enumerate(found, 1)),
    ]


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


def _found(
    costs: Range, assumptions: Range | None, benefits: Range | None = None, actuals: Range | None = None
) -> tuple[Problem, ...]:
    model = arguments.draft(costs, assumptions)
    others = (
        problem
        for cells, name in ((benefits, "benefits"), (actuals, "actuals"))
        if cells is not None
        for problem in arguments.table(cells, name).problems
    )
    return (*model.problems, *treatments(model)[1], *others)


def problems(name: str, given: list[Range | None]) -> list[Problem]:
    """Return the problems of the tables handed to a function, for hosts that know where they stand.

    Parameters
    ----------
    name
        The function.
    given
        Its arguments in order; those that are no tables, or left out, as None.
    """
    tables = {
        p.name: cells for p, cells in zip(REGISTRY[name].parameters, given, strict=False) if p.kind == "table" and cells
    }
    if "costs" not in tables:
        return list(arguments.assumptions_of(tables.get("assumptions")).problems)
    known = ("costs", "assumptions", "benefits", "actuals")
    return list(_found(*(tables.get(key) for key in known)))  # type: ignore[arg-type]
