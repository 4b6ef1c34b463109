"""Arguments that several functions share, with the texts of the function wizard."""

from crm_xl.functions.registry import Parameter, Text

TOTAL_COST = Text("CRM total cost", "CRM 总成本")
CHECKING = Text("CRM checks", "CRM 检查")
LICENCES = Text("CRM licences", "CRM 许可")
ACCOUNTING = Text("CRM accounting", "CRM 会计")
ABOUT = Text("CRM about", "CRM 关于")

COSTS = Parameter(
    name="costs",
    kind="table",
    optional=False,
    text=Text(
        "The cost lines with their header row, such as Costs[#All] or B4:K60. Component and either Amount or "
        "Quantity and Unit cost are enough. ",
        "带表头的费用行,如 Costs[#All] 或 B4:K60。至少要有“费用类别”,以及“金额”或“数量”和“单价”。",
    ),
)
ASSUMPTIONS = Parameter(
    name="assumptions",
    kind="table",
    text=Text(
        "Two columns, key and value, such as Assumptions[#All]: Years, Start date, Currency, exchange rates "
        "(USD/CNY 7.10) and so on. Left out: 5 years, CNY. ",
        "两列:假设项和值,如 Assumptions[#All]:年数、起始日期、币种、汇率(USD/CNY 7.10)等。省略时为 5 年、CNY。",
    ),
)
