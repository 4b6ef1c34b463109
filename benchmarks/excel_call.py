"""One call from a cell of Excel: the part that Python takes.

The ranges are stand-ins for those of COM, so what Excel and COM take themselves (some milliseconds) is not in it. As
COM does, each call hands over the contents as new objects. The alternative is the least that a function of xlwings
can do with a range, through xlwings' own code: sum the numbers in it.
"""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from itertools import cycle
from types import ModuleType
from typing import Any

from benchmarks.agreement import agree
from benchmarks.tables import ASSUMPTIONS, Analyst, rows
from benchmarks.timing import Series, measure
from crm_xl.functions import arguments
from crm_xl.hosts.excel import com
from tests.excel import stubs

SIZES = (100, 500, 5_000)
# So many copies of the contents are handed over in turn: the same objects again would compare at once.
COPIES = 16


def total(costs: list[list[Any]]) -> float:
    """Return the sum of all numbers of a range."""
    return sum(value for row in costs for value in row if isinstance(value, float))


def caller(stack: ExitStack) -> Callable[..., Any]:
    """Return what the add-in calls for our functions, and xlwings' `call_udf` for the alternative."""
    xlwings = stack.enter_context(stubs.windows())
    of, offered = xlwings.udfs, com.offered(xlwings.com_server)()
    module = ModuleType("benched")
    module.SUM_ALL = of.xlfunc(of.xlarg("costs", ndim=2)(total))  # type: ignore[attr-defined]
    of.udf_modules["benched"] = {"module": module, "filename": "", "filetime": None}

    def call(name: str, *given: Any) -> Any:
        if name == "SUM_ALL":
            return of.call_udf("benched", name, given, None, None)
        result = offered.Answer(name, given)
        return result if isinstance(result, list) else [[result]]

    return call


def check(call: Callable[..., Any], size: int, copy: Any, assumptions: Any) -> None:
    """Hold what both calls give against a plain loop and the analyst's data frame."""
    table, plain = rows(size), 0.0
    for row in table[1:]:
        for value in row:
            plain += value if isinstance(value, float) else 0.0
    agree(f"{size} lines: the bare sum and a plain loop", *call("SUM_ALL", copy), plain)
    agree(f"{size} lines: CRM_TOTAL and pandas", *call("CRM_TOTAL", copy, assumptions), Analyst(table).total())


def series(quick: bool) -> Iterator[Series]:
    """Yield the tables of this benchmark."""
    with ExitStack() as stack:
        call = caller(stack)
        assumptions = tuple(map(tuple, ASSUMPTIONS.rows))
        copies = {size: [stubs.cells(rows(size)).Value for _ in range(COPIES)] for size in SIZES[: 2 if quick else 3]}
        for size, (copy, *_) in copies.items():
            check(call, size, copy, assumptions)

        def ways(size: int, name: str, *more: Any, cold: bool = False) -> dict[str, Callable[[], object]]:
            handed = cycle(copies[size])

            def ours() -> object:
                if cold:
                    arguments.forget()
                return call(name, next(handed), assumptions, *more)

            return {"crm_xl": ours, "xlwings, a bare sum": lambda: call("SUM_ALL", next(handed))}

        missing = stubs.MISSING
        known = "The table was seen before: its contents arrive anew and are recognised."
        yield measure("CRM_TOTAL, cached", "lines", known, copies, lambda n: ways(n, "CRM_TOTAL", *[missing] * 3))
        yield measure(
            "CRM_BREAKDOWN, cached", "lines", known, copies, lambda n: ways(n, "CRM_BREAKDOWN", missing, missing)
        )
        first = "The table is read and checked, and the model built."
        yield measure(
            "CRM_TOTAL, cold", "lines", first, copies, lambda n: ways(n, "CRM_TOTAL", *[missing] * 3, cold=True)
        )
