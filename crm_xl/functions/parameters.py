"""Arguments and errors that several functions share, with the texts of the function wizard."""

from crm_xl.errors import ErrorValue
from crm_xl.functions.registry import Parameter, Text

TOTAL_COST = Text("CRM total cost", "CRM 总成本")
CHECKING = Text("CRM checks", "CRM 检查")
LICENCES = Text("CRM licences", "CRM 许可")
ACCOUNTING = Text("CRM accounting", "CRM 会计")
RETURN = Text("CRM return", "CRM 回报")
SCENARIOS = Text("CRM scenarios and risk", "CRM 情景与风险")
MARKET = Text("CRM prices and comparison", "CRM 价格与比较")
CONTROL = Text("CRM control", "CRM 管控")
ABOUT = Text("CRM about", "CRM 关于")

COSTS = Parameter(
    name="costs",
    kind="table",
    optional=False,
    text=Text(
        "The cost lines with their header row, such as Costs[#All] or B4:K60. Component and either Amount or Quantity "
        "and Unit cost are enough. ",
        "带表头的费用行，如 Costs[#All] 或 B4:K60。至少要有“费用类别”，以及“金额”或“数量”和“单价”。",
    ),
)
ASSUMPTIONS = Parameter(
    name="assumptions",
    kind="table",
    text=Text(
        "Two columns, key and value, such as Assumptions[#All]: Years, Start date, Currency, exchange rates (USD/CNY "
        "7.10) and so on. Left out: 5 years, CNY. ",
        "两列：假设项和值，如 Assumptions[#All]：年数、起始日期、币种、汇率（USD/CNY 7.10）等。省略时为 5 年、CNY。",
    ),
)
BENEFITS = Parameter(
    name="benefits",
    kind="table",
    text=Text(
        "The benefit lines with their header row, such as Benefits[#All]: Benefit, and Amount or Volume, Effect and "
        "Unit value. ",
        "带表头的收益行，如 Benefits[#All]：收益，以及金额或基数、效果和单位价值。",
    ),
)

PERIOD = Parameter(
    name="by",
    text=Text(
        "year (default), quarter or month, counted from the Start date of the model. ",
        "年度（默认）、季度或月份，从模型的起始日期算起。",
    ),
)

# What the errors of every function over a cost table mean.
TABLE_ERRORS = {
    ErrorValue.VALUE: Text(
        "A table or an argument cannot be read; CRM_CHECK over the same tables lists why.",
        "表格或参数无法读取；对同样的表使用 CRM_CHECK 可列出原因。",
    ),
    ErrorValue.NA: Text(
        "Something that was asked for is not there: an exchange rate, a component, a department, a year.",
        "所要的内容不存在：汇率、费用类别、部门或年度。",
    ),
    ErrorValue.NUM: Text(
        "A figure grows past what a number can hold, or a change leads past the limit of its field.",
        "数值超出可表示的范围，或改动使字段超出上限。",
    ),
}
UNPRICED = Text(
    "Lines without a price (Amount and Unit cost blank) are in no total; they are named and counted in a last row.",
    "没有价格的行（金额和单价均为空）不计入任何合计，并在最后一行列出其名称和行数。",
)
HANDED_ON = Text(
    "An error in an input cell (#REF!, #DIV/0! …) is handed on as it is, so that a total is never silently low.",
    "输入单元格中的错误（#REF!、#DIV/0！等）原样传递，合计不会在不知不觉中偏低。",
)
