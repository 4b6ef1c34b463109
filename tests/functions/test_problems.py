"""Bad input: every problem by its place and in its exact words, in both languages, all at once."""

import datetime as dt
import unicodedata

import pytest

from crm_xl.data import listed, rows, term
from crm_xl.engine.cells import Range
from crm_xl.engine.problems import ProblemsError, show
from crm_xl.errors import CrmError
from crm_xl.functions import REGISTRY, problems

from .calling import call, cell

H = ("Component", "Amount")
# The model runs from April 2027 to March 2030.
APRIL = (("Start date", dt.date(2027, 4, 1)), ("Years", 3))


def case(name, costs, assumptions, error, *expected):
    """One bad input: tables, the error of CRM_TOTAL, and of each problem table, row, column, English and Chinese."""
    return pytest.param([list(r) for r in costs], [list(r) for r in assumptions], error, expected, id=name)


def folded(text):
    """A text without regard to the width of its punctuation, which is a matter of typography."""
    return unicodedata.normalize("NFKC", text).replace(", ", ",")


# Rows and columns count from 0 within the range. A total answers where the error is None: those are notes.
CASES = [
    case(
        "no column Component", [("Item", "Amount"), ("Seats", 1)], (), "#VALUE!",
        ("costs", 0, None, "found nothing; expected the column Component among the headers; "
         "is a header cell merged or renamed?",
         "现为空白；应为表头中有“费用类别”列；表头单元格是否被合并或改名?"),
    ),
    case(
        "no header row", [("What", "How much"), ("Something", 1)], (), "#VALUE!",
        ("costs", None, None, 'found "What"; expected a header row with the column Component; of a table hand over '
         'all of it, such as Costs[#All]',
         '现为“What”；应为包含“费用类别”列的表头行；引用整个表时请写 Costs[#All]'),
    ),
    case(
        "blank range", [(None, None), (None, None)], (), "#VALUE!",
        ("costs", None, None, "found nothing; expected a header row with the column Component; of a table hand over "
         "all of it, such as Costs[#All]",
         "现为空白；应为包含“费用类别”列的表头行；引用整个表时请写 Costs[#All]"),
    ),
    case(
        "text in a number column", [H, ("Licence", 1), ("Training", "twelve")], (), "#VALUE!",
        ("costs", 2, 1, 'found "twelve"; expected a number', '现为“twelve”；应为数字'),
    ),
    case(
        "note: number as text", [H, ("Licence", "1200"), ("Training", "12k")], (), None,
        ("costs", 1, 1, 'found "1200"; expected a number, not a text; read as 1200 (2 cell(s) of this column)',
         '现为“1200”；应为数字而不是文字；已读作 1200（此列共 2 个单元格）'),
    ),
    case(
        "number that may be either of two", [H, ("Licence", "1.200")], (), "#VALUE!",
        ("costs", 1, 1, 'found "1.200"; expected one number that can be read one way only: 1.2 or 1200?',
         '现为“1.200”；应为只有一种读法的数字：1.2 还是 1200？'),
    ),
    case(
        "TRUE in a number column", [H, ("Licence", True)], (), "#VALUE!",
        ("costs", 1, 1, "found TRUE; expected a number", "现为TRUE；应为数字"),
    ),
    case(
        "percentage as text", [(*H, "Price growth"), ("Licence", 1, "five")], (), "#VALUE!",
        ("costs", 1, 2, 'found "five"; expected a percentage as a number such as 5% or 0.05',
         '现为“five”；应为百分比数字，如 5% 或 0.05'),
    ),
    case(
        "date before the start", [(*H, "Start"), ("Licence", 1, dt.date(2027, 3, 31))], APRIL, "#VALUE!",
        ("costs", 1, 2, 'found 2027-03-31; expected a month not before the start of the model (2027-04)',
         '现为2027-03-31;应为不早于模型起始月（2027-04）的月份'),
    ),
    case(
        "calendar year before the start", [(*H, "Start"), ("Licence", 1, 2026)], APRIL, "#VALUE!",
        ("costs", 1, 2, "found 2026; expected a month not before the start of the model (2027-04)",
         "现为2026；应为不早于模型起始月（2027-04）的月份"),
    ),
    case(
        "end before the start of the model", [(*H, "End"), ("Licence", 1, dt.date(2027, 1, 1))], APRIL, "#VALUE!",
        ("costs", 1, 2, 'found 2027-01-01; expected a month not before the start of the model (2027-04)',
         '现为2027-01-01;应为不早于模型起始月（2027-04）的月份'),
    ),
    case(
        "end before start as dates",
        [(*H, "Start", "End"), ("Licence", 1, dt.date(2028, 3, 1), dt.date(2028, 2, 29))], APRIL, "#VALUE!",
        ("costs", 1, 3, 'found 2028-02-29; expected an end not before the start (2028-03-01)',
         '现为2028-02-29;应为不早于开始（2028-03-01）的结束'),
    ),
    case(
        "end before start as model years", [(*H, "Start", "End"), ("Licence", 1, 3, 2)], (), "#VALUE!",
        ("costs", 1, 3, "found 2; expected an end not before the start (3)", "现为2；应为不早于开始（3）的结束"),
    ),
    case(
        "negative quantity", [("Component", "Quantity", "Unit cost"), ("Licence", -5, 10)], (), "#VALUE!",
        ("costs", 1, 1, "found -5; expected 0 or more", "现为-5；应为不小于 0"),
    ),
    case(
        "credit, and a negative unit cost",
        [(*H, "Quantity", "Unit cost"), ("Licence", -5, None, None), ("Licence", None, 2, -1)],
        (), "#VALUE!",
        ("costs", 1, 1, "found -5; expected a cost; a negative amount counts as a credit and lowers the total",
         "现为-5；应为费用金额；负数按返还或退款计入，会减少合计"),
        ("costs", 2, 3, "found -1; expected 0 or more", "现为-1；应为不小于 0"),
    ),
    case(
        "unknown currency", [(*H, "Currency"), ("Licence", 1, "XYZ")], (), "#VALUE!",
        ("costs", 1, 2, 'found "XYZ"; expected a currency code such as CNY or USD',
         '现为“XYZ”；应为币种代码，如 CNY、USD'),
    ),
    case(
        "missing rate",
        [(*H, "Currency"), ("Licence", 1, "USD"), ("Licence", 1, "CNY"), ("Licence", 1, "usd")], (), "#N/A",
        ("costs", 1, 2, 'found "USD"; expected an exchange rate USD/CNY among the assumptions',
         '现为“USD”；应为假设中的汇率 USD/CNY'),
        ("costs", 3, 2, 'found "USD"; expected an exchange rate USD/CNY among the assumptions',
         '现为“USD”；应为假设中的汇率 USD/CNY'),
    ),
    case(
        "rate that begins too late",
        [(*H, "Currency"), ("Licence", 1, "USD")], [("USD/CNY", 7.1, 2)], "#N/A",
        ("costs", 1, 2, 'found "USD"; expected an exchange rate USD/CNY that holds in year 1',
         '现为“USD”；应为假设中第 1 年适用的汇率 USD/CNY'),
        ("assumptions", 0, 2, "found 2; expected a rate for year 1 too: this one only holds from the year stated",
         "现为2；应为还应有第 1 年的汇率：此汇率只从所填年度起适用"),
    ),
    case(
        "rate of nothing", [H, ("Licence", 1)], [("USD/CNY", 0)], "#VALUE!",
        ("assumptions", 0, 1, "found 0; expected an exchange rate above 0", "现为0；应为大于 0 的汇率"),
    ),
    case(
        "same rate twice", [H, ("Licence", 1)], [("USD/CNY", 7, None), ("usd / cny", 8, 1)], "#VALUE!",
        ("assumptions", 1, 0, 'found "usd / cny"; expected every assumption only once',
         '现为“usd / cny”；应为每个假设项只出现一次'),
    ),
    case(
        "note: rate after the model", [H, ("Licence", 1)], [("USD/CNY", 7, None), ("USD/CNY", 8, 9)], None,
        ("assumptions", 1, 2, "found 9; expected a year of the model (1 to 5); the rate is not used",
         "现为9；应为模型中的年度（1 至 5）；此汇率未使用"),
    ),
    case(
        "rate of no year", [H, ("Licence", 1)], [("USD/CNY", 7, None), ("USD/CNY", 8, 99)], "#VALUE!",
        ("assumptions", 1, 2, "found 99; expected a year of the model (1 to 5) or its calendar year",
         "现为99；应为模型中的年度（1 至 5）或对应的日历年"),
    ),
    case(
        "no column with a price", [("Component", "Colour"), ("Licence", "red")], (), "#VALUE!",
        ("costs", None, None,
         "found nothing; expected a column Amount, or columns Quantity and Unit cost, among the headers",
         "现为空白；应为表头中有“金额”列，或“数量”和“单价”列"),
        ("costs", 1, None, "found nothing; expected a price; the line is not priced yet and is in no total",
         "现为空白；应为价格；此行尚未定价，未计入任何合计"),
        ("costs", 0, 1, 'found "Colour"; expected a known column; this one is not used in any result',
         "现为“Colour”；应为已知的列；该列未用于任何结果"),
    ),
    case(
        "unknown assumption with a suggestion", [H, ("Licence", 1)], [("Discont rate", 0.1)], "#VALUE!",
        ("assumptions", 0, 0, 'found "Discont rate"; expected a known assumption; did you mean Discount rate?',
         '现为“Discont rate”；应为已知的假设项；是否想写“Discount rate”?'),
    ),
    case(
        "unknown assumption in Chinese", [H, ("Licence", 1)], [("折现律", 0.1)], "#VALUE!",
        ("assumptions", 0, 0, 'found "折现律"; expected a known assumption; did you mean 折现率?',
         '现为“折现律”；应为已知的假设项；是否想写“折现率”?'),
    ),
    case(
        "unknown assumption without a suggestion", [H, ("Licence", 1)], [("Colour", "red")], "#VALUE!",
        ("assumptions", 0, 0, 'found "Colour"; expected a known assumption, or a currency pair such as USD/CNY',
         '现为“Colour”；应为已知的假设项，或货币对（如 USD/CNY）'),
    ),
    case(
        "duplicate assumption", [H, ("Licence", 1)], [("Years", 3), ("年数", 4)], "#VALUE!",
        ("assumptions", 1, 0, 'found "年数"; expected every assumption only once',
         '现为“年数”；应为每个假设项只出现一次'),
    ),
    case(
        "years 31", [H, ("Licence", 1)], [("Years", 31)], "#VALUE!",
        ("assumptions", 0, 1, "found 31; expected a number from 1 to 30", "现为31；应为1 到 30 之间的数字"),
    ),
    case(
        "years 0", [H, ("Licence", 1)], [("Years", 0)], "#VALUE!",
        ("assumptions", 0, 1, "found 0; expected a number from 1 to 30", "现为0；应为1 到 30 之间的数字"),
    ),
    case(
        "years 2.5", [H, ("Licence", 1)], [("Years", 2.5)], "#VALUE!",
        ("assumptions", 0, 1, "found 2.5; expected a whole number", "现为2.5；应为整数"),
    ),
    case(
        "year beside an assumption", [H, ("Licence", 1)], [("Years", 2, 1)], "#VALUE!",
        ("assumptions", 0, 2, "found 1; expected no year: only exchange rates may change by year",
         "现为1；应为不填年度：只有汇率可以按年变化"),
    ),
    case(
        "value without a key", [H, ("Licence", 1)], [(None, 2)], "#VALUE!",
        ("assumptions", 0, 0, "found nothing; expected the name of an assumption", "现为空白；应为假设项的名称"),
    ),
    case(
        "choices among the assumptions", [H, ("Licence", 1)],
        [("Tax basis", "maybe"), ("Whole seats", "some"), ("Currency", "Dollars")], "#VALUE!",
        ("assumptions", 0, 1, 'found "maybe"; expected one of: net, gross', '现为“maybe”；应为以下之一：不含税、含税'),
        ("assumptions", 1, 1, 'found "some"; expected yes or no', '现为“some”；应为是或否'),
        ("assumptions", 2, 1, 'found "Dollars"; expected a currency code such as CNY or USD',
         '现为“Dollars”；应为币种代码，如 CNY、USD'),
    ),
    case(
        "error value in an input cell", [H, ("Licence", "#DIV/0!")], (), "#DIV/0!",
        ("costs", 1, 1, "found #DIV/0!; expected a value; an error in a cell is handed on to every result",
         "现为#DIV/0!;应为一个值；单元格中的错误会传递到所有结果"),
    ),
    case(
        "error value in a text column", [H, ("#REF!", 1)], (), "#REF!",
        ("costs", 1, 0, "found #REF!; expected a value; an error in a cell is handed on to every result",
         "现为#REF!;应为一个值；单元格中的错误会传递到所有结果"),
    ),
    case(
        "error value among the assumptions", [H, ("Licence", 1)], [("Years", "#NAME?")], "#NAME?",
        ("assumptions", 0, 1, "found #NAME?; expected a value; an error in a cell is handed on to every result",
         "现为#NAME?;应为一个值；单元格中的错误会传递到所有结果"),
    ),
    case(
        "note: words without a header", [("Component", None, "Amount"), (None, None, None), ("Licence", "Seats", 1)],
        (), None,
        ("costs", 0, 1, "found nothing; expected a header above these words; the column is not used",
         "现为空白；应为此列文字上方应有表头；该列未使用"),
    ),
    case(
        "merged header", [("Component", None, "Amount"), (None, None, None), ("Licence", 3, 1)], (), "#VALUE!",
        ("costs", 0, 1, "found nothing; expected a header above the values of this column; is a header cell merged?",
         "现为空白；应为此列的值上方应有表头；表头单元格是否被合并?"),
    ),
    case(
        "duplicate column", [("Component", "Amount", "金额"), ("Licence", 1, 5)], (), "#VALUE!",
        ("costs", 0, 2, 'found "金额"; expected the column Amount only once', '现为“金额”；应为“金额”列只出现一次'),
    ),
    case(
        "amount and a differing product",
        [("Component", "Quantity", "Unit cost", "Amount"), ("Licence", 10, 5, 50), ("Licence", 10, 5, 51)],
        (), "#VALUE!",
        ("costs", 2, 3, "found 51; expected either an amount or quantity × unit cost; both are given and differ (50)",
         "现为51；应为金额或“数量 × 单价”二选一；两者都填且不一致（50）"),
    ),
    case(
        "unit cost without quantity", [("Component", "Quantity", "Unit cost"), ("Licence", None, 5)], (), "#VALUE!",
        ("costs", 1, 1, "found nothing; expected a quantity to go with the unit cost",
         "现为空白；应为与单价相配的数量"),
    ),
    case(
        "unit cost without the column Quantity", [("Component", "Unit cost"), ("Licence", 5)], (), "#VALUE!",
        ("costs", 1, None, "found nothing; expected a quantity to go with the unit cost",
         "现为空白；应为与单价相配的数量"),
    ),
    case(
        "growth below −100 %",
        [(*H, "Price growth", "Quantity growth", "Frequency"), ("Licence", 1, -1, -1.01, "annual")], (), "#VALUE!",
        ("costs", 1, 3, "found -1.01; expected a percentage from -100% to 1000%",
         "现为-1.01；应为-100% 到 1000% 之间的百分比"),
    ),
    case(
        "growth past a number", [(*H, "Price growth", "Quantity growth"), ("Licence", 1, 1e15, 10.5)], (), "#VALUE!",
        ("costs", 1, 2, "found 1e+15; expected a percentage from -100% to 1000%",
         "现为1e+15；应为-100% 到 1000% 之间的百分比"),
        ("costs", 1, 3, "found 10.5; expected a percentage from -100% to 1000%: as a number this is 1050%. "
         "Enter 10.5% or 0.105",
         "现为10.5；应为-100% 到 1000% 之间的百分比：此数字表示 1050%。请填 10.5% 或 0.105"),
    ),
    case(
        "5 typed for 5 %",
        [(*H, "Price growth", "Frequency"), ("Licence", 1, 5, "annual"), ("Licence", 1, "500%", "annual")],
        [("Discount rate", 8)],
        "#VALUE!",
        ("costs", 1, 2, "found 5; expected a percentage: as a number this is 500%. Enter 5% or 0.05; where 500% is "
         "meant, type it as text: '500%",
         "现为5；应为百分比：此数字表示 500%。请填 5% 或 0.05；如确为 500%，请以文字填写：'500%"),
        ("assumptions", 0, 1, "found 8; expected a percentage: as a number this is 800%. Enter 8% or 0.08; where 800% "
         "is meant, type it as text: '800%",
         "现为8；应为百分比：此数字表示 800%。请填 8% 或 0.08；如确为 800%，请以文字填写：'800%"),
    ),
    case(
        "exchange rate past a number", [H, ("Licence", 1)], [("USD/CNY", 1e300), ("EUR/CNY", 1e-300)], "#VALUE!",
        ("assumptions", 0, 1, "found 1e+300; expected an exchange rate of at most 1,000,000,000,000,000 in either "
         "direction", "现为1e+300；应为任一方向均不超过 1,000,000,000,000,000 的汇率"),
        ("assumptions", 1, 1, "found 1e-300; expected an exchange rate of at most 1,000,000,000,000,000 in either "
         "direction", "现为1e-300；应为任一方向均不超过 1,000,000,000,000,000 的汇率"),
    ),
    case(
        "users past a number", [H, ("Licence", 1)], [("Users", 1e300)], "#VALUE!",
        ("assumptions", 0, 1, "found 1e+300; expected a number up to 1,000,000,000,000,000",
         "现为1e+300；应为不超过 1,000,000,000,000,000 的数字"),
    ),
    case(
        "tax rate 13", [(*H, "Tax rate"), ("Licence", 1, 13)], (), "#VALUE!",
        ("costs", 1, 2, "found 13; expected a percentage from 0% to 100%: as a number this is 1300%. "
         "Enter 13% or 0.13", "现为13；应为0% 到 100% 之间的百分比：此数字表示 1300%。请填 13% 或 0.13"),
    ),
    case(
        "date without Start date", [(*H, "Start"), ("Licence", 1, dt.date(2027, 1, 31))], (), "#VALUE!",
        ("costs", 1, 2, 'found 2027-01-31; expected a model year (1, 2, …): the assumptions state no Start date',
         '现为2027-01-31;应为模型年（1、2……）：假设中没有起始日期'),
    ),
    case(
        "calendar year without Start date", [(*H, "End"), ("Licence", 1, 2027)], (), "#VALUE!",
        ("costs", 1, 2, "found 2027; expected a model year (1, 2, …): the assumptions state no Start date",
         "现为2027；应为模型年（1、2……）：假设中没有起始日期"),
    ),
    case(
        "neither date nor year",
        [(*H, "Start"), ("Licence", 1, "soon"), ("Licence", 1, 1), ("Licence", 1, True)], (), "#VALUE!",
        ("costs", 1, 2, 'found "soon"; expected a date such as 2027-01-31 or a model year',
         '现为“soon”；应为日期（如 2027-01-31）或模型年'),
        ("costs", 3, 2, "found TRUE; expected a date such as 2027-01-31 or a model year",
         "现为TRUE；应为日期（如 2027-01-31）或模型年"),
    ),
    case(
        "choices",
        [(*H, "Frequency", "Tax included", "Treatment"), ("Licence", 1, "weekly", "perhaps", "burn")], (), "#VALUE!",
        ("costs", 1, 2, 'found "weekly"; expected one of: one-off, monthly, quarterly, half-yearly, annual, '
         'every 2 years, every 3 years, every 5 years',
         '现为“weekly”；应为以下之一：一次性、每月、每季、每半年、每年、每2年、每3年、每5年'),
        ("costs", 1, 3, 'found "perhaps"; expected yes or no', '现为“perhaps”；应为是或否'),
        ("costs", 1, 4, 'found "burn"; expected one of: expense, capitalise, prepay, accrue',
         '现为“burn”；应为以下之一：费用化、资本化、预付、预提'),
    ),
    case(
        "no component", [H, (None, 5)], (), "#VALUE!",
        ("costs", 1, 0, "found nothing; expected a component for the line", "现为空白；应为本行的费用类别"),
    ),
    case(
        "low above high", [(*H, "Low", "Likely", "High"), ("Licence", 1, 1, 0.5, 2)], (), "#VALUE!",
        ("costs", 1, 2, "found 1; expected low ≤ likely ≤ high", "现为1；应为低值 ≤ 最可能值 ≤ 高值"),
    ),
    case(
        "note: unpriced", [H, ("Licence", None)], (), None,
        ("costs", 1, 1, "found nothing; expected a price; the line is not priced yet and is in no total",
         "现为空白；应为价格；此行尚未定价，未计入任何合计"),
    ),
    case(
        "note: own component", [H, ("Hotel", 5), ("hotel", 5)], (), None,
        ("costs", 1, 0, 'found "Hotel"; expected one of the four components; this one is reported as other',
         '现为“Hotel”；应为四类费用之一；此类归入“其他”'),
    ),
    case(
        "note: component with a slip of the pen", [H, ("Licennce", 5)], (), None,
        ("costs", 1, 0, 'found "Licennce"; expected one of the four components; did you mean Licence? '
         'It is reported as other',
         '现为“Licennce”；应为四类费用之一；是否想写“Licence”？现归入“其他”'),
    ),
    case(
        "note: row of totals", [H, ("Licence", 5), ("总计", 5)], (), None,
        ("costs", 2, 0,
         'found "总计"; expected a line of its own; a row of totals is left out so that nothing counts twice',
         '现为“总计”；应为单独的一行；合计行已略去，以免重复计算'),
    ),
    case(
        "note: start after the horizon", [(*H, "Start"), ("Licence", 5, 9)], (), None,
        ("costs", 1, 2, "found 9; expected a start within the 5 years of the model; the line adds nothing",
         "现为9；应为模型 5 年之内的开始；此行不计入"),
    ),
]  # fmt: skip
EVERY_CASE = pytest.mark.parametrize(("costs", "assumptions", "error", "expected"), CASES)
TABLES = {"costs": ("Costs", "费用"), "assumptions": ("Assumptions", "假设")}


@EVERY_CASE
def test_place_and_words(costs, assumptions, error, expected):
    found = problems("CRM_TOTAL", [Range(costs), Range(assumptions) if assumptions else None])
    got = [(p.argument, p.row, p.column, p.text("en"), folded(p.text("zh"))) for p in found]
    want = [(*place, english, folded(chinese)) for *place, english, chinese in expected]
    assert sorted(got, key=str) == sorted(want, key=str)


@EVERY_CASE
def test_the_total_shows_an_error_or_is_right(costs, assumptions, error, expected):
    got = cell("CRM_TOTAL", costs, assumptions or None)
    assert isinstance(got, float) if error is None else got == error


@EVERY_CASE
@pytest.mark.parametrize("zh", [False, True], ids=["en", "zh"])
def test_check_lists_the_same(costs, assumptions, error, expected, zh):
    """CRM_CHECK counts rows from 1 and says what was found and what was expected in cells of their own."""
    asked = [["Language", "zh" if zh else "en"]]
    # In a range of three columns the last one is the year.
    asked = [row + [None] * (max(map(len, assumptions), default=2) - 2) for row in asked]
    header, *lines = call("CRM_CHECK", costs, [*assumptions, *asked])
    assert header == (
        ["序号", "级别", "表", "行", "列", "填的内容", "应为"]
        if zh
        else ["No.", "Severity", "Table", "Row", "Column", "Found", "Expected"]
    )
    assert [line[0] for line in lines] == list(range(1, len(expected) + 1))
    got = sorted(((line[2], line[3], line[5], folded(line[6])) for line in lines), key=str)
    want = []
    for table, row, _, *texts in expected:
        found, _, right = folded(texts[zh]).partition(folded(";应为") if zh else "; expected ")
        want.append(
            (TABLES[table][zh], "" if row is None else row + 1, found.removeprefix("现为" if zh else "found "), right)
        )
    assert got == sorted(want, key=str)
    severities = [line[1] for line in lines]
    assert severities == sorted(severities, key=("错误", "提示").index if zh else None)  # errors come first
    assert (error is None) == (set(severities) == {"提示" if zh else "note"})


class TestCheck:
    @pytest.mark.parametrize(("header", "ok"), [(H, "OK"), (("费用类别", "金额"), "正常")])
    def test_ok_in_the_language_of_the_table(self, header, ok):
        assert call("CRM_CHECK", [list(header), ["Licence", 1]]) == [[ok]]
        assert call("CRM_CHECK", [list(header), ["Licence", 1]], "", None, [[None]]) == [[ok]]

    def test_all_problems_at_once(self):
        costs = [
            ["Component", "Amount", "Currency", "Start", "Tax rate", "Frequency"],
            ["Licence", "dear", "XYZ", dt.date(2020, 1, 1), 13, "weekly"],
            [None, None, None, None, None, None],
            [None, "dear", "EUR", "soon", "#REF!", "monthly"],
            ["Hotel", None, None, 9, None, None],
        ]
        assumptions = [["Start date", dt.date(2027, 1, 1)], ["Years", 3], ["Yaers", 4], ["Users", -1]]
        lines = call("CRM_CHECK", costs, assumptions)[1:]
        places = [(line[2], line[3], line[4]) for line in lines if line[1] == "error"]
        assert sorted(places) == sorted(
            [
                ("Costs", 2, "Amount"), ("Costs", 2, "Currency"), ("Costs", 2, "Start"), ("Costs", 2, "Tax rate"),
                ("Costs", 2, "Frequency"), ("Costs", 4, "Component"), ("Costs", 4, "Amount"), ("Costs", 4, "Currency"),
                ("Costs", 4, "Start"), ("Costs", 4, "Tax rate"),
                ("Assumptions", 3, "Yaers"), ("Assumptions", 4, "Users"),
            ]
        )  # fmt: skip
        notes = [(line[3], line[4]) for line in lines if line[1] == "note"]
        assert sorted(notes) == [(5, "Amount"), (5, "Component"), (5, "Start")]
        assert cell("CRM_TOTAL", costs, assumptions) == "#REF!"

    def test_the_total_names_the_first_problem_and_their_number(self):
        with pytest.raises(CrmError) as raised:
            call("CRM_TOTAL", [list(H), ["Licence", "dear"], ["Training", "dear"]])
        assert raised.value.text() == '2 problem(s); the first: found "dear"; expected a number'
        assert folded(raised.value.text("zh")) == folded("共 2 个问题；第一个：现为“dear”；应为数字")

    def test_benefits_and_actuals_are_checked_too(self):
        costs = [list(H), ["Licence", 1]]
        benefits = [["Benefit", "Amount"], ["Retention", "much"]]
        actuals = [["Component", "Budget", "Actual"], ["Licence", 5, "#REF!"]]
        lines = call("CRM_CHECK", costs, None, benefits, actuals)[1:]
        assert [line[2:6] for line in lines] == [
            ["Benefits", 2, "Amount", '"much"'],
            ["Budget and actuals", 2, "Actual", "#REF!"],
        ]
        assert call("CRM_CHECK", costs, None, [["Benefit", "Amount"], ["Retention", 5]]) == [["OK"]]

    def test_an_error_is_listed_and_not_handed_on(self):
        assert call("CRM_CHECK", [list(H), ["Licence", "#REF!"]])[1][5] == "#REF!"

    def test_nothing_given_is_not_ok(self):
        told = "Nothing to check: no table was given. / 没有可检查的内容：未给出任何表。"
        for nothing in ((), (None,), ([[None]],), ("",), (None, [[None]], [[""]])):
            assert call("CRM_CHECK", *nothing) == [[told]]

    def test_a_long_text_is_cut_short(self):
        found = call("CRM_CHECK", [list(H), ["Licence", "x" * 500]])[1][5]
        assert len(found) < 70
        assert found.endswith('..."')

    def test_header_rows_of_more_than_one_kind(self):
        """Row numbers count within the range that was handed over, titles included."""
        costs = [["Costs of 2027", None], [None, None], list(H), ["Licence", "x"]]
        assert call("CRM_CHECK", costs)[1][3:5] == [4, "Amount"]


class TestWholeColumns:
    """Ranges such as A:C, with titles above the header and blank rows below the table."""

    TITLED = (
        ("CRM costs, Sales", None, None),
        ("Prepared by Finance", None, dt.date(2027, 1, 1)),
        (None, None, None),
        ("Component *", "Amount (CNY)", "Frequency"),
        ("Licence", 100.0, "monthly"),
    )

    def test_title_rows_above_the_header(self):
        assert call("CRM_TOTAL", [list(row) for row in self.TITLED], [["Years", 1]]) == 1200

    def test_a_title_that_is_a_header_word(self):
        costs = [["Department", "Sales"], ["Component", "Amount"], ["Licence", 7]]
        assert call("CRM_TOTAL", costs) == 7

    def test_title_rows_above_the_assumptions(self):
        assumptions = [["Assumptions of the model", None], [None, None], ["Assumption", "Value"], ["Years", 2]]
        assert call("CRM_TOTAL", [[*H, "Frequency"], ["Licence", 1, "annual"]], assumptions) == 2

    def test_assumptions_by_header_in_any_order(self):
        assumptions = [
            ["Year", "Note", "Value", "Key"],
            [None, "n", 3, "Years"],
            [2, None, 8, "USD/CNY"],
            [None, "", 7, "USD/CNY"],
        ]
        costs = [[*H, "Frequency", "Currency"], ["Licence", 1, "annual", "USD"]]
        assert call("CRM_TOTAL", costs, assumptions) == 7 + 8 + 8

    def test_a_million_blank_rows(self):
        blank = (None, None, None)
        costs = Range([*self.TITLED, *[blank] * 500_000, ("Training", 5.0, None), *[blank] * 500_000])
        assert call("CRM_TOTAL", costs, [["Years", 1]]) == 1205
        assert call("CRM_CHECK", costs) == [["OK"]]

    def test_a_problem_below_many_blank_rows_has_its_row(self):
        costs = [["Component", "Amount"], *[[None, None]] * 70_000, ["Licence", "x"]]
        assert call("CRM_CHECK", costs)[1][3] == 70_002


class TestWords:
    def test_every_shipped_row_has_as_many_cells_as_its_header(self):
        """An unquoted comma cuts a text off without a word."""
        import csv
        from pathlib import Path

        import crm_xl.data

        tables = sorted(Path(crm_xl.data.__file__).parent.glob("*.csv"))
        assert len(tables) >= 6
        for table in tables:
            with table.open(encoding="utf-8", newline="") as file:
                header, *lines = csv.reader(file)
            wrong = [line[0] for line in lines if len(line) != len(header)]
            assert not wrong, f"{table.name}: {wrong}"

    def test_messages_have_the_same_places_to_fill_in_both_languages(self):
        import re

        for row in rows("terms"):
            places = [set(re.findall(r"\{(\w+)", row[language])) for language in ("en", "zh")]
            assert places[0] == places[1], row["key"]

    @pytest.mark.parametrize("function", list(REGISTRY), ids=lambda f: f.name)
    def test_no_text_shows_code(self, function):
        """No exception text, class name or path stands in a reason."""
        texts = []
        for arguments in ((), (None,), ("x", "y"), ([["x", "y"], [1, 2]],), ({},)):
            try:
                function.call(*arguments)
            except CrmError as error:
                texts += [error.text(language) for language in ("en", "zh")]
        assert texts or not function.parameters
        for word in ("Traceback", ".py", "crm_xl.", "object at"):
            assert not [text for text in texts if word in text]


class TestDoubts:
    """What may be meant otherwise is noted and does not pass as OK."""

    @staticmethod
    def notes(costs, assumptions=None):
        found = REGISTRY["CRM_CHECK"].call(costs, assumptions)
        return [tuple(row[3:6]) for row in found[1:]]

    def test_misspelt_header(self):
        assert self.notes([["Component", "Amount", "Freqency"], ["Licence", 100, "monthly"]]) == [
            (1, "Freqency", '"Freqency"')
        ]

    def test_unknown_columns_of_words_are_noted_and_of_money_an_error(self):
        costs = [["Component", "Amount", "Colour", "Handling"], ["Licence", 100, "red", 1]]
        assert self.notes(costs) == [(1, "Colour", '"Colour"'), (1, "Handling", '"Handling"')]
        assert REGISTRY["CRM_TOTAL"].call(costs) == 100
        costs[0][3] = "Handling fee"
        with pytest.raises(CrmError):
            REGISTRY["CRM_TOTAL"].call(costs)
        assert REGISTRY["CRM_TOTAL"].call(costs, [["Ignore columns", "handling FEE"]]) == 100

    @pytest.mark.parametrize("name", ["Total:", "Licence total", "合计：", "软件购买小计", "Grand total"])
    def test_totals_rows_of_all_kinds_count_once(self, name):
        assert REGISTRY["CRM_TOTAL"].call([["Component", "Amount"], ["Licence", 100], [name, 100]]) == 100

    def test_growth_of_500_percent(self):
        assert self.notes([["Component", "Amount", "Price growth"], ["Licence", 100, 5]]) == [(2, "Price growth", "5")]

    def test_discount_rate_of_800_percent(self):
        costs = [["Component", "Amount"], ["Licence", 100]]
        assert self.notes(costs, [["Discount rate", 8]]) == [(1, "Discount rate", "8")]

    def test_tax_included_without_a_rate(self):
        costs = [["Component", "Amount", "Tax included"], ["Licence", 113, "yes"]]
        assert self.notes(costs) == [(2, "Tax included", '"yes"')]

    def test_title_row_of_words_that_are_headers_too(self):
        costs = [["Category", "Notes", "From"], ["Component", "Amount", "Frequency"], ["Licence", 100, "monthly"]]
        assert REGISTRY["CRM_TOTAL"].call(costs) == 6000

    @pytest.mark.parametrize(
        ("base", "values"),
        [
            (5000, (40, 50, 70)),  # neither beside 5,000 nor on both sides of 1
            (5000, (0.8, 1, 12000)), (100, (0.9, 1, 12)),  # one an amount, the others multipliers
            (5000, (0.8, 0.9, 0.95)),  # all below 1: savings, or amounts far off?
            (1.05, (0.9, 1, 1.2)),  # either
            (5000, (None, 1.1, None)),
        ],
    )  # fmt: skip
    def test_risk_values_that_can_be_read_two_ways_or_none(self, base, values):
        costs = [["Component", "Amount", "Low", "Likely", "High"], ["Licence", base, *values]]
        assert [row[0] for row in self.notes(costs)] == [2]
        with pytest.raises(CrmError):
            REGISTRY["CRM_RISK"].call(costs)

    @pytest.mark.parametrize(
        ("header", "base", "values", "mean"),
        [
            (("Low", "Likely", "High"), 8, (7, 8, 9), 8),  # by size they would be 7, 8 and 9 times as much
            (("Low", "Likely", "High"), 5000, (0.9, 1, 1.1), 5000),
            (("Low (multiplier)", "Likely", "High"), 5000, (0.8, 0.9, 1.0), 4500),
            (("Low (amount)", "Likely", "High"), 5000, (40, 50, 60), 50),
            (("低值（元）", "最可能值", "高值"), 5000, (40, 50, 60), 50),
            (("Low ×", "Likely", "High"), 1.05, (0.9, 1, 1.1), 1.05),
        ],
    )  # fmt: skip
    def test_risk_values_by_their_header_or_by_the_one_reading_that_fits(self, header, base, values, mean):
        costs = [["Component", "Amount", *header], ["Licence", base, *values]]
        found = REGISTRY["CRM_RISK"].call(costs, 0.5, 2000, 1)
        assert found[2][1] == pytest.approx(mean, rel=0.01)

    @pytest.mark.parametrize("values", [(0.9, 1, 1.2), (4000, 5000, 7000), (None, None, 1.3)])
    def test_risk_values_that_are_plain(self, values):
        assert self.notes([["Component", "Amount", "Low", "Likely", "High"], ["Licence", 5000, *values]]) == []


class TestRatesThatContradict:
    COSTS = (("Component", "Amount", "Currency"), ("Licence", 100, "USD"))

    @pytest.mark.parametrize(
        "rates",
        [(("CNY/CNY", 2), ("USD/CNY", 7)), (("USD/CNY", 7), ("CNY/USD", 0.5)), (("USD/CNY", 7), ("USD/CNY", 8))],
    )
    def test_is_an_error(self, rates):
        with pytest.raises(ProblemsError):
            REGISTRY["CRM_TOTAL"].call([list(r) for r in self.COSTS], [list(r) for r in rates])

    def test_two_directions_that_agree(self):
        rates = [["USD/CNY", 7.1], ["CNY/USD", 0.141]]
        assert REGISTRY["CRM_TOTAL"].call([list(r) for r in self.COSTS], rates) == pytest.approx(710)

    def test_assumptions_of_one_column(self):
        with pytest.raises(ProblemsError):
            REGISTRY["CRM_TOTAL"].call([list(r) for r in self.COSTS], [["Years"], ["Currency"]])


def test_texts_and_lists_stand_in_the_marks_of_their_language():
    assert (show("12k"), show("12k", "zh")) == ('"12k"', "“12k”")
    assert (listed(["CNY", 7]), listed(["CNY", 7], "zh")) == ("CNY, 7", "CNY、7")
    assert term("expected_choice", "zh", choices=("净额", "总额")) == "以下之一：净额、总额"
