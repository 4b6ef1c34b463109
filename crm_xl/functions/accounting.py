"""CRM_AMORTISATION: what was capitalised, and how it is charged to the years."""

from crm_xl.data import term
from crm_xl.engine.accounting import amortisation
from crm_xl.engine.cells import Cell, Range
from crm_xl.functions import arguments
from crm_xl.functions.parameters import ACCOUNTING, ASSUMPTIONS, COSTS
from crm_xl.functions.registry import Table, Text, function


@function(
    alias="CRM摊销表",
    category=ACCOUNTING,
    summary=Text(
        "Table of the capitalised cost by year: opening, capitalised, charge, closing, until all is written off.",
        "资本化成本的年度滚动表:期初、本期资本化、本期摊销、期末,直至摊完。",
    ),
    parameters=(COSTS, ASSUMPTIONS),
    result="table",
    example="=CRM_AMORTISATION(Costs[#All],Assumptions[#All])",
)
def CRM_AMORTISATION(costs: Range, assumptions: Range | None = None) -> Table:
    """Return a header row, a row for each year with opening + capitalised − charge = closing, and totals.

    Straight line from the month of payment, residual value 0. Lines are capitalised by their Treatment or the
    accounting policy; their Life, else the hosting term, else the years of the model says how long.

    Source: straight line as SLN has it, (cost − salvage) ÷ life; ASU 2018-15 for the hosting term.

    Examples
    --------
    >>> from crm_xl.engine.cells import Cell, Range
    >>> costs = Range([["Component", "Amount", "Treatment", "Life"], ["Customisation", 900.0, "capitalise", 3.0]])
    >>> CRM_AMORTISATION(costs)[1]
    ['Year 1', 0.0, 900.0, 300.0, 600.0]
    """
    model = arguments.model(costs, assumptions)
    language = model.language
    found = amortisation(model)
    columns = (found.opening, found.additions, found.charge, found.closing)
    names = model.timeline.labels(language, len(found.charge))
    header = [term(key, language) for key in ("year", "opening", "additions", "charge", "closing")]
    body = [[name, *map(float, line)] for name, *line in zip(names, *columns, strict=True)]
    totals: list[Cell] = [term("total", language), "", float(found.additions.sum()), float(found.charge.sum()), ""]
    return [header, *body, totals]
