"""CRM_LICENCE: what licences cost, by users or modules, with minimum seats and volume tiers."""

import numpy as np

from crm_xl.engine.cells import Cell, Range, as_error, is_blank
from crm_xl.engine.contracts import PERIOD
from crm_xl.engine.licence import licence_cost, make_tiers
from crm_xl.engine.reading import LARGEST, Floats
from crm_xl.errors import ErrorValue, InputCellError, UnreadableError
from crm_xl.functions import arguments
from crm_xl.functions.parameters import LICENCES
from crm_xl.functions.registry import Parameter, Text, function


@function(
    alias="CRM许可费",
    category=LICENCES,
    summary=Text(
        "Licence cost for a year by users or modules, with minimum seats and volume tiers.",
        "一年的许可费：按用户或按模块，含最低席位和数量档位。",
    ),
    parameters=(
        Parameter(name="users", optional=False, text=Text("Number of users who get a licence. ", "需要许可的用户数。")),
        Parameter(
            name="price",
            optional=False,
            text=Text(
                "List price of one user, or one module, for one billing period. ",
                "一个用户（或一个模块）一个计费周期的标价。",
            ),
        ),
        Parameter(
            name="metric",
            text=Text(
                "user (default): price × users; module: price × modules. ",
                "用户（默认）：单价 × 用户数；模块：单价 × 模块数。",
            ),
        ),
        Parameter(
            name="modules",
            text=Text(
                "Number of functional modules; counts only when the metric is module. Left out: 1. ",
                "功能模块数，仅在按模块计价时使用。省略时为 1。",
            ),
        ),
        Parameter(
            name="minimum",
            text=Text(
                "Units billed at least, such as 10 seats. Left out: 0. ", "最低计费数量，如 10 个席位。省略时为 0。"
            ),
        ),
        Parameter(
            name="tiers",
            kind="table",
            text=Text(
                "Volume tiers in two columns: from how many units, and the price of a unit there. A header row may "
                "stand above. ",
                "数量档位，两列：起始数量和该档单价。可带表头。",
            ),
        ),
        Parameter(
            name="mode",
            text=Text(
                "volume (default): the tier reached prices all units; graduated: each tier prices the units inside "
                "it. ",
                "全量（默认）：达到的档位适用于全部数量；分段：各档单价只适用于该档内的数量。",
            ),
        ),
        Parameter(
            name="frequency",
            text=Text(
                "Billing period of the price: monthly (default), quarterly, annual or one-off. ",
                "标价的计费周期：每月（默认）、每季、每年、一次性。",
            ),
        ),
        Parameter(
            name="months",
            text=Text("Months to pay for. Left out: 12, a year. ", "支付的月数。省略时为 12 个月。"),
        ),
    ),
    result="money",
    returns=Text("Money in the currency of the price, for the months paid.", "所付月数的金额，币种与标价相同。"),
    errors={ErrorValue.VALUE: Text("An argument or the tiers cannot be read.", "参数或档位无法读取。")},
    notes=(
        Text(
            "Months are divided by the billing period as they are: 18 months of an annual price are 1.5 prices.",
            "月数按计费周期折算：按年计价支付 18 个月即 1.5 个标价。",
        ),
        Text("A one-off price does not depend on months.", "一次性标价与月数无关。"),
        Text("Below the first tier the list price holds.", "未达到第一档时按标价计算。"),
    ),
    example="=CRM_LICENCE(300,175,,,10)",
)
def CRM_LICENCE(
    users: Cell,
    price: Cell,
    metric: Cell = None,
    modules: Cell = None,
    minimum: Cell = None,
    tiers: Range | None = None,
    mode: Cell = None,
    frequency: Cell = None,
    months: Cell = None,
) -> float:
    """100 users of Sales Cloud Enterprise at 175 a month for a year:

    >>> CRM_LICENCE(100, 175)
    210000.0
    >>> CRM_LICENCE(3, 20, None, None, 5)
    1200.0
    """
    count, unit_price = arguments.number("users", users), arguments.number("price", price)
    by_module = arguments.choice("metric", metric, "metric", "user") == "module"
    units = arguments.number("modules", modules, default=1.0) if by_module else count
    at_least = arguments.number("minimum", minimum, default=0.0)
    graduated = arguments.choice("mode", mode, "tier_mode", "volume") == "graduated"
    period = PERIOD[arguments.choice("frequency", frequency, "frequency", "monthly")]
    term = arguments.number("months", months, default=12.0)
    if (
        units is None or unit_price is None or at_least is None or term is None
    ):  # pragma: no cover - the registry checks
        raise UnreadableError("argument_missing", function="CRM_LICENCE", argument="users")
    start, prices = _tiers(tiers)
    once = licence_cost(units, make_tiers(unit_price, start, prices), minimum=at_least, graduated=graduated)
    return once * (term / period if period else 1.0)


def _tiers(cells: Range | None) -> tuple[Floats, Floats]:
    rows = [] if cells is None else [row for row in cells.rows if not all(map(is_blank, row))]
    if error := next((error for row in rows for v in row[:2] if (error := as_error(v)) is not None), None):
        raise InputCellError(error, "argument_holds_error", argument="tiers", found=error)
    if rows and all(is_blank(v) or isinstance(v, str) for v in rows[0]):
        rows = rows[1:]
    numbers = [
        [v for v in row[:2] if isinstance(v, int | float) and not isinstance(v, bool) and 0 <= v <= LARGEST]
        for row in rows
    ]
    if any(len(row) < 2 for row in numbers):
        raise UnreadableError("tiers_unreadable")
    columns = np.array(numbers, dtype=np.float64).reshape(-1, 2)
    return columns[:, 0], columns[:, 1]
