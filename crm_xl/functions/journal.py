"""CRM_JOURNAL: the entries of the ledger that cost lines make in a month, in a year, or until all is charged."""

import datetime as dt
from collections.abc import Iterator

import numpy as np

from crm_xl.data import LANGUAGES, term
from crm_xl.engine.accounting import TREATMENTS
from crm_xl.engine.accounts import Accounts, missing, read_accounts
from crm_xl.engine.cells import Cell, Range
from crm_xl.engine.journal import ACCRUE, CAPITALISE, EXPENSE, PREPAY, Journal, build_journal
from crm_xl.engine.model import Model
from crm_xl.engine.problems import Problem, require, said
from crm_xl.engine.schema import choice_labels
from crm_xl.engine.timeline import MONTH, as_date, month_starts
from crm_xl.errors import NoAnswerError, UnreadableError
from crm_xl.functions import arguments, labels
from crm_xl.functions.parameters import ACCOUNTING, ASSUMPTIONS, COSTS, TABLE_ERRORS, UNPRICED
from crm_xl.functions.registry import Parameter, Table, Text, function

# The account that an invoice of each treatment is posted to, and the words of its entries.
_TO = {EXPENSE: "expense", PREPAY: "prepaid", CAPITALISE: "asset", ACCRUE: "accrued"}
_TEXTS = {EXPENSE: "entry_expense", PREPAY: "entry_prepaid", CAPITALISE: "entry_asset", ACCRUE: "entry_accrued"}
_CHARGES = {PREPAY: "entry_release", CAPITALISE: "entry_amortisation", ACCRUE: "entry_accrual"}


@function(
    alias="CRM凭证",
    category=ACCOUNTING,
    summary=Text(
        "Entries of the ledger from the cost lines: invoices with input tax, release of what is prepaid, amortisation "
        "of what is capitalised, accrual of what is billed in arrears; debits equal credits.",
        "由费用行生成会计分录：账单及进项税、待摊费用摊销、资本化成本摊销、预提；借贷相等。",
    ),
    parameters=(
        COSTS,
        ASSUMPTIONS,
        Parameter(
            name="period",
            text=Text(
                "A month (a date in it, or its name as Mar-27) or a year of the model. Left out: all months until "
                "everything is charged. ",
                "某月（该月任一日期，或名称如 2027年3月）或模型的某一年。省略时为直至摊完的所有月份。",
            ),
        ),
        Parameter(
            name="accounts",
            kind="table",
            text=Text(
                "Accounts with their header row: Component, Treatment, Account expense, Account prepaid, Account "
                "accrued, Account asset, Account payable, Account tax; blank Component or "
                "Treatment: all. Left out: plain names. ",
                "带表头的科目表：费用类别、会计处理、费用科目、待摊科目、预提科目、资产科目、应付科目、税金科目；"
                "类别或处理空白表示全部。省略时用通用名称。",
            ),
        ),
    ),
    result="table",
    returns=Text(
        "Spills entry, date, text, account, cost centre, component, debit and credit; a row for each posting, and a "
        "row of totals.",
        "溢出凭证号、日期、摘要、科目、成本中心、费用类别、借方、贷方；每笔一行，最后为合计行。",
    ),
    errors=TABLE_ERRORS,
    notes=(
        Text(
            "Dates are month ends, amounts in the reporting currency to its minor unit. What is cut are running sums: "
            "the balances of prepaid and assets are those of the profit-and-loss view to the unit for each group of "
            "lines, and nothing is left when all is charged.",
            "日期为月末，金额为报告币种并精确到最小单位。取整的是累计数：待摊与资产余额与损益口径一致（每组费用行至最小"
            "单位），摊完后余额为零。",
        ),
        Text(
            "Input tax is posted where the tax basis is net and the line states a Tax rate; on the basis gross it is "
            "part of the cost. The cost centre is the Department. The Account of a cost line is its expense account.",
            "税基为不含税且行内填有税率时记进项税；含税口径下税额计入成本。成本中心为部门。费用行的“会计科目”即其费用科目。",
        ),
        Text(
            "A line with the Treatment accrue is billed in arrears: each bill is for the months up to and with its own "
            "(its Life, else its Frequency), which are accrued month by month. What is for months before the model is "
            "accrued in its first one, and CRM_CHECK names the line; what is billed after the model is in no view.",
            "会计处理为“预提”的行为后付：每张账单对应截至当月的各月（按摊销年限，否则按频率），逐月预提。属于模型期前"
            "的部分记入第一个月，CRM_CHECK 会列出该行；模型期后开票的部分不计入任何口径。",
        ),
        Text(
            "An account that a table of accounts does not have is an error that CRM_CHECK names. Foreign money is "
            "converted at the rate of the year of its bill, so that no exchange differences arise. Payments of "
            "payables are not among the entries.",
            "科目表中缺少的科目为错误，CRM_CHECK 会列出。外币按账单所在年度的汇率折算，因此不产生汇兑差额；"
            "支付应付款的分录不在其中。",
        ),
        UNPRICED,
    ),
    source="IAS 38.97 (straight line), IAS 1.28 (accrual basis); 企业会计准则第6号",
    example="=CRM_JOURNAL(Costs[#All],Assumptions[#All],2027)",
)
def CRM_JOURNAL(
    costs: Range, assumptions: Range | None = None, period: Cell = None, accounts: Range | None = None
) -> Table:
    """
    >>> from crm_xl.engine.cells import Range
    >>> costs = Range([["Component", "Amount", "Treatment", "Life"], ["Customisation", 900.0, "capitalise", 3.0]])
    >>> [row[2:4] + row[6:] for row in CRM_JOURNAL(costs, None, "Month 1")[1:5]]  # doctest: +NORMALIZE_WHITESPACE
    [['Invoice, capitalised', 'Intangible assets', 900.0, ''],
     ['Invoice, capitalised', 'Accounts payable', '', 900.0],
     ['Amortisation', 'Amortisation expense', 25.0, ''],
     ['Amortisation', 'Intangible assets', '', 25.0]]
    """
    model = arguments.model(costs, assumptions)
    journal = _journal(costs, assumptions)
    require(check_accounts(costs, assumptions, accounts))
    chart = None if accounts is None else _accounts(costs, assumptions, accounts)
    begin, end = _months(model, journal, period)
    entries = [entry for month in range(begin, end) for entry in _entries(model, journal, month, chart)]
    keys = ("entry", "entry_date", "entry_text", "account", "cost_centre", "component_word", "debit", "credit")
    unit, language = 10**journal.digits, model.language
    body: list[list[Cell]] = [
        [*words, amount / unit if amount > 0 else "", -amount / unit if amount < 0 else ""] for words, amount in entries
    ]
    sums = [sum(max(side * amount, 0) for _, amount in entries) / unit for side in (1, -1)]
    total: list[Cell] = [term("total", language), "", "", "", "", "", *sums]
    return [[term(key, language) for key in keys], *body, total, *labels.unpriced_rows(model, len(keys))]


@arguments.remembered
def _journal(costs: Range, assumptions: Range | None) -> Journal:
    return build_journal(arguments.draft(costs, assumptions))


@arguments.remembered
def _accounts(costs: Range, assumptions: Range | None, cells: Range) -> Accounts:
    model = arguments.draft(costs, assumptions)
    used = set(model.labels["component"].codes.tolist())
    return read_accounts(
        arguments.table(cells, "accounts", assumptions),
        [name for i, name in enumerate(model.labels["component"].names) if i in used],
    )


def check_accounts(costs: Range, assumptions: Range | None, cells: Range | None) -> list[Problem]:
    """Return what is wrong with a table of accounts, and which accounts the cost lines lack."""
    if cells is None:
        return []
    model, chart = arguments.draft(costs, assumptions), _accounts(costs, assumptions, cells)
    try:
        with np.errstate(over="ignore", divide="ignore", invalid="ignore"):
            journal = _journal(costs, assumptions)
    except NoAnswerError:
        return list(chart.problems)  # figures that are too large have no entries; CRM_JOURNAL says so
    lacking: dict[tuple[str, int, str], None] = {}
    for group, example in enumerate(journal.example.tolist()):
        treatment = int(journal.treatment[group])
        component = model.labels["component"].text(example)
        for role in _roles(journal, group):
            own = role == "expense" and model.labels["account"].text(example)
            if not own and not chart.find(component, TREATMENTS[treatment], role):
                lacking[component, treatment, role] = None
    told = [
        missing(
            {language: labels.dimension("component", component, language) for language in LANGUAGES},
            {language: choice_labels("treatment", language)[TREATMENTS[treatment]] for language in LANGUAGES},
            role,
        )
        for component, treatment, role in lacking
    ]
    return [*chart.problems, *told]


def _roles(journal: Journal, group: int) -> Iterator[str]:
    """The accounts that a group of lines is posted to."""
    treatment = int(journal.treatment[group])
    if journal.invoiced[group].any():
        yield _TO[treatment]
        yield "payable"
    if journal.tax[group].any():
        yield "tax"
    if journal.charged[group].any():
        yield "expense"


def _months(model: Model, journal: Journal, asked: Cell) -> tuple[int, int]:
    """The months that a user asks for: the first one, and the one after the last."""
    timeline, last = model.timeline, journal.invoiced.shape[1]
    if asked is None:
        busy = np.flatnonzero((journal.invoiced != 0).any(axis=0) | (journal.charged != 0).any(axis=0))
        return 0, int(busy[-1]) + 1 if len(busy) else 0
    if (day := as_date(asked)) is not None and timeline.start is not None:
        month = day.year * 12 + day.month - 1 - timeline.first
        if 0 <= month < last:
            return month, month + 1
    elif isinstance(asked, str):
        for language in LANGUAGES:
            names = timeline.labels(language, last, MONTH)
            if asked.strip() in names:
                return names.index(asked.strip()), names.index(asked.strip()) + 1
    if day is None and (year := timeline.year_index(asked)) is not None:
        return 12 * year, min(12 * year + 12, last)
    raise UnreadableError("journal_period", found=said(asked))


def _entries(model: Model, journal: Journal, month: int, chart: Accounts | None) -> Iterator[tuple[list[Cell], int]]:
    """The postings of a month: their words, and the amount in minor units; debits above 0."""
    language, timeline = model.language, model.timeline
    day: Cell = timeline.name(MONTH, month, language)
    prefix = f"M{month + 1:02d}"
    if timeline.start is not None:
        found = dt.date.fromordinal(int(month_starts(np.array([timeline.first + month + 1]))[0]) - 1)
        day, prefix = found, f"{found:%Y-%m}"
    for number, (text, group, postings) in enumerate(_postings(journal, month), 1):
        example = int(journal.example[group])
        component = model.labels["component"].text(example)
        for role, amount in postings:
            account = _account(model, journal, group, role, chart)
            department = model.labels["department"].text(example)
            named = labels.dimension("component", component, language)
            yield [f"{prefix}-{number:03d}", day, term(text, language), account, department, named], amount


def _postings(journal: Journal, month: int) -> Iterator[tuple[str, int, list[tuple[str, int]]]]:
    """The entries of a month: its words, its group of lines, and the amounts by account; debits above 0."""
    invoiced, tax, charged = (units[:, month].tolist() for units in (journal.invoiced, journal.tax, journal.charged))
    for group, treatment in enumerate(journal.treatment.tolist()):
        if invoiced[group] or tax[group]:
            postings = [(_TO[treatment], invoiced[group]), ("tax", tax[group])]
            postings.append(("payable", -invoiced[group] - tax[group]))
            yield _TEXTS[treatment], group, [(role, amount) for role, amount in postings if amount]
    for group, treatment in enumerate(journal.treatment.tolist()):
        if charged[group]:
            yield _CHARGES[treatment], group, [("expense", charged[group]), (_TO[treatment], -charged[group])]


def _account(model: Model, journal: Journal, group: int, role: str, chart: Accounts | None) -> str:
    """The account of a posting: the line's own, that of the table, or a plain name."""
    example, treatment = int(journal.example[group]), int(journal.treatment[group])
    own = model.labels["account"].text(example)
    if role == "expense" and own:
        return own
    if chart is not None:
        return chart.find(model.labels["component"].text(example), TREATMENTS[treatment], role)
    name = role
    if role == "prepaid" and journal.long[group]:
        name = "prepaid_long"
    elif role == "expense" and treatment == CAPITALISE:
        name = "expense_amortised"
    return term(f"account_{name}", model.language)
