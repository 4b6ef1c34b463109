"""Ten tables as a finance person would type them, and what crm-xl says of each: the page docs/plausible-tables.

`python -m tests.docs.plausible_tables` writes the page in both languages; a test holds it against what is computed.
The totals are worked out by hand beside each table.
"""

import datetime as dt
import re
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple
from unittest.mock import patch

import xlsxwriter
from click.testing import CliRunner

from crm_xl.commands import cli

DOCS = Path(__file__).parents[2] / "docs"
DAY = dt.date


class Case(NamedTuple):
    """One table: its title and words, its cells, the assumptions, and the total by hand (None: it is refused)."""

    title: str
    words: str
    costs: Sequence[Sequence[object]]
    assumptions: Sequence[Sequence[object]]
    total: float | None


EN = (
    Case(
        "A SaaS inventory", "The header says currency, unit and period: 100 users at 30 a month for a year.",
        [["Category", "Software", "Users", "Price per user per month (USD)", "Contract start", "Expiry date", "Owner"],
         ["Licence", "Sales Cloud", 100, 30, DAY(2027, 1, 1), DAY(2027, 12, 31), "J. Smith"]],
        [["Start date", DAY(2027, 1, 1)], ["Years", 3], ["Currency", "USD"]], 100 * 30 * 12,
    ),
    Case(
        "A budget with a column for each year", "Amounts stand under the years, in thousands.",
        [["Cost type", "2027 (USD k)", "2028 (USD k)"], ["License fee", 120, 60], ["Training", 30, 30]],
        [["Start date", DAY(2027, 1, 1)], ["Years", 2], ["Currency", "USD"]], (120 + 60 + 30 + 30) * 1000,
    ),
    Case(
        "A price list with a discount", "50 licences at 1,200 a year, 10 % off, for three years.",
        [["Component", "Qty", "List price", "Discount", "Billing frequency"],
         ["Licence", 50, 1200, 0.1, "per annum"]],
        [["Years", 3]], 50 * 1200 * 0.9 * 3,
    ),
    Case(
        "A contract that begins in the middle of a month", "15 September to 14 September: twelve months, not thirteen.",
        [["Component", "Monthly cost", "Start date", "End date"],
         ["Maintenance", 100, DAY(2027, 9, 15), DAY(2028, 9, 14)]],
        [["Start date", DAY(2027, 1, 1)], ["Years", 3]], 1200,
    ),
    Case(
        "Subtotals among the lines", "Rows of totals are left out and named, whatever column says Total.",
        [["Component", "Item", "Cost"], ["Licence", "Base edition", 1000], ["Licence", "Modules", 500],
         [None, "Subtotal", 1500], ["Training", "Classroom", 250], [None, "Grand total", 1750]],
        [], 1000 + 500 + 250,
    ),
    Case(
        "5 typed for 5 %", "A growth of 500 % is possible, so it is asked, not guessed.",
        [["Component", "Amount", "Frequency", "Renewal uplift"], ["Licence", 1000, "annual", 5]],
        [], None,
    ),
    Case(
        "A column of money that nothing knows", "Without it the total would be too low, so there is none.",
        [["Component", "Amount", "Frequency", "Setup fee"], ["Licence", 1000, "annual", 400]],
        [], None,
    ),
    Case(
        "Numbers typed as text", "Texts that can mean one number only are read, with their currency.",
        [["Component", "Amount"], ["Licence", "1,200 USD"], ["Training", "USD 3k"]],
        [["Currency", "USD"]], 1200 + 3000,
    ),
    Case(
        "Seats by plan", "100 seats in the first year, 150 in the second, 20 a month each.",
        [["Component", "Monthly price", "Seats 2027", "Seats 2028"], ["Licence", 20, 100, 150]],
        [["Start date", DAY(2027, 1, 1)], ["Years", 2]], (100 + 150) * 20 * 12,
    ),
    Case(
        "A price that is locked for two years", "5 % a year from the third year on.",
        [["Component", "Annual cost", "Uplift", "Price lock (years)"], ["Licence", 100000, 0.05, 2]],
        [["Years", 3]], 100000 + 100000 + 105000,
    ),
)  # fmt: skip
ZH = (
    Case(
        "软件订阅台账", "表头写明币种、单位和周期：100 个用户，每人每月 30 元，一年。",
        [["费用类型", "软件名称", "用户数", "单价（元/人/月）", "合同开始日期", "到期日", "负责人"],
         ["软件购买", "销售云", 100, 30, DAY(2027, 1, 1), DAY(2027, 12, 31), "张三"]],
        [["起始日期", DAY(2027, 1, 1)], ["年数", 3]], 100 * 30 * 12,
    ),
    Case(
        "按年列示的预算", "金额写在各年份下，单位为万元。",
        [["费用类别", "2027年（万元）", "2028年（万元）"], ["许可费", 12, 6], ["培训费", 3, 3]],
        [["起始日期", DAY(2027, 1, 1)], ["年数", 2]], (12 + 6 + 3 + 3) * 10000,
    ),
    Case(
        "带折扣的报价单", "50 个许可，每年 1,200 元，9 折，三年。",
        [["费用类别", "数量", "标价", "折扣", "付费周期"], ["软件购买", 50, 1200, "9折", "按年付"]],
        [["年数", 3]], 50 * 1200 * 0.9 * 3,
    ),
    Case(
        "月中开始的合同", "9 月 15 日至次年 9 月 14 日：12 个月，而不是 13 个月。",
        [["费用类别", "月费", "合同开始日期", "合同结束日期"], ["维护", 100, DAY(2027, 9, 15), DAY(2028, 9, 14)]],
        [["起始日期", DAY(2027, 1, 1)], ["年数", 3]], 1200,
    ),
    Case(
        "行间的小计与合计", "无论哪一列写有“小计”或“合计”，该行都不计入，并予以说明。",
        [["费用类别", "项目", "费用"], ["软件购买", "基础版", 1000], ["软件购买", "模块", 500],
         [None, "小计", 1500], ["员工培训", "课堂", 250], [None, "合计", 1750]],
        [], 1000 + 500 + 250,
    ),
    Case(
        "“折扣”列中的 0.9", "可能是 9 折，也可能是优惠 90%，因此询问而不猜测。",
        [["费用类别", "金额", "折扣"], ["软件购买", 1000, 0.9]],
        [], None,
    ),
    Case(
        "无法识别的金额列", "忽略该列会使合计偏低，因此不给出合计。",
        [["费用类别", "金额", "频率", "押金"], ["软件购买", 1000, "每年", 400]],
        [], None,
    ),
    Case(
        "以文字填写的数字", "只有一种读法的文字按数字读取，并识别其币种。",
        [["费用类别", "金额"], ["软件购买", "¥3万"], ["员工培训", "1,200元"]],
        [], 30000 + 1200,
    ),
    Case(
        "按年变化的席位", "第一年 100 个席位，第二年 150 个，每个每月 20 元。",
        [["费用类别", "月单价", "数量2027", "数量2028"], ["软件购买", 20, 100, 150]],
        [["起始日期", DAY(2027, 1, 1)], ["年数", 2]], (100 + 150) * 20 * 12,
    ),
    Case(
        "锁价两年的合同", "从第三年起每年上涨 5%。",
        [["费用类别", "年费", "单价年增长率", "锁价年数"], ["软件购买", 100000, 0.05, 2]],
        [["年数", 3]], 100000 + 100000 + 105000,
    ),
)  # fmt: skip
CASES = {"en": EN, "zh": ZH}
_TEXTS = {
    "en": (
        "# Ten tables as people type them",
        "What `crm-xl eval` answers for tables that a finance person would type without reading a manual. This page is "
        "made by a test, which computes every answer anew and holds each total against one worked out by hand.",
    ),
    "zh": (
        "# 十张随手填写的表",
        "财务人员不看手册也会这样填表；以下是 `crm-xl eval` 的回答。"
        "本页由测试生成：每个结果都重新计算，合计与手算结果核对。",
    ),
}


def book(case: Case, path: Path) -> Path:
    """Write a workbook with the tables Costs and Assumptions of a case."""
    with xlsxwriter.Workbook(path, {"default_date_format": "yyyy-mm-dd"}) as workbook:
        for name, rows in (("Costs", case.costs), ("Assumptions", [["Assumption", "Value"], *case.assumptions])):
            sheet = workbook.add_worksheet(name)
            for i, row in enumerate(rows):
                for j, value in enumerate(row):
                    if isinstance(value, DAY):
                        sheet.write_datetime(i, j, dt.datetime(value.year, value.month, value.day))
                    elif value is not None:
                        sheet.write(i, j, value)
            if len(rows) > 1:
                columns = [{"header": str(text)} for text in rows[0]]
                sheet.add_table(0, 0, len(rows) - 1, len(rows[0]) - 1, {"name": name, "columns": columns})
    return path


def formulas(case: Case) -> tuple[str, str]:
    """The two formulas that are asked."""
    tables = "Costs[#All],Assumptions[#All]" if case.assumptions else "Costs[#All]"
    return f"=CRM_TOTAL({tables})", f"=CRM_CHECK({tables})"


def answer(path: Path, formula: str, language: str) -> str:
    """What the command line says of a formula, to a user of a language."""
    with patch("crm_xl.console.LANGUAGE", language), patch("crm_xl.commands.calculating.LANGUAGE", language):
        said = CliRunner().invoke(cli, ["eval", str(path), formula], env={"COLUMNS": "400"})
    lines = said.output.replace(f"{path.parent}/", "").splitlines()
    return "\n".join(re.sub(r" {3,}", "  ", line.rstrip()) for line in lines).strip()


def page(language: str) -> str:
    """Return the page in a language."""
    title, words = _TEXTS[language]
    parts = [title, "", words, ""]
    with TemporaryDirectory() as folder:
        for number, case in enumerate(CASES[language], 1):
            path = book(case, Path(folder) / "book.xlsx")
            parts += [f"## {number}. {case.title}", "", case.words, "", *_grid(case.costs), ""]
            if case.assumptions:
                parts += [*_grid([["Assumption", "Value"], *case.assumptions]), ""]
            parts += ["```text"]
            for formula in formulas(case):
                parts += [f"$ crm-xl eval book.xlsx '{formula}'", answer(path, formula, language)]
            parts += ["```", ""]
    return "\n".join(parts)


def _grid(rows: Sequence[Sequence[object]]) -> list[str]:
    lines = ["| " + " | ".join("" if v is None else str(v) for v in row) + " |" for row in rows]
    return [lines[0], "|" + " --- |" * len(rows[0]), *lines[1:]]


if __name__ == "__main__":
    for language in CASES:
        (DOCS / f"plausible-tables.{language}.md").write_text(page(language), encoding="utf-8")
