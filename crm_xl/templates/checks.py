"""The Checks sheet: every check with its figures, tolerance and outcome, the master check, and CRM_CHECK below.

A check that needs the add-in says that it cannot be made where the add-in is not there; it never passes in silence.
"""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import groupby
from typing import Literal

from crm_xl._version import __version__
from crm_xl.data import DATA_VERSION, SCHEMA_VERSION
from crm_xl.engine.schema import columns
from crm_xl.templates.draft import Block, Draft, cell
from crm_xl.templates.page import LEFT, TOP, Page
from crm_xl.templates.styles import BAD, GOOD, OPEN
from crm_xl.templates.tables import column_of

_WIDTHS = (6, 62, 18, 18, 15, 15, 9, 44)
_CHECK, _FIGURE, _OTHER, _DIFFERENCE, _TOLERANCE, _PASSED, _WORD = range(LEFT + 1, LEFT + 8)
# By how much the rates of a check may differ: a spreadsheet program finds its rate by trying.
_RATES = {"irr": 1e-6}
# The checks that rest on native figures of the cost lines.
_NATIVE_FIGURES = frozenset(("sum_of_years", "nature_sum", "crm_total", "crm_years", "npv", "irr", "cash"))
# The tables of CRM_CHECK, in its order.
_CHECKED = (
    "Costs", "Assumptions", "Benefits", "Actuals", "Scenarios", "Drivers", "Options", "Usage", "Keys", "Prices",
    "Tiers",
)  # fmt: skip
_HEADS = ("number", "check", "figure", "compared", "difference", "tolerance", "passed", "outcome")


@dataclass(frozen=True, kw_only=True)
class Check:
    """Two figures that are to agree: to half a cent, or to the tolerance given. A `note` is told and does not count."""

    key: str
    figure: str
    compared: str = "0"
    kind: Literal["native", "add_in", "note"] = "native"
    number: str = "count"
    tolerance: float | None = None


def fill(draft: Draft, page: Page) -> None:
    """Draw the sheet."""
    page.head(_WIDTHS)
    checks = _native(draft) + (_add_in(draft) if draft.spec.finance else []) + _notes(draft)
    row = _master(draft, page, TOP, len(checks))
    page.headers(row, LEFT, [draft.say(f"check_{key}") for key in _HEADS])
    for i, check in enumerate(checks, 1):
        _line(draft, page, row + i, i, check)
    row = _words(draft, page, row + 1, row + len(checks))
    if draft.spec.finance:
        row = page.section(row + 1, draft.say("check_problems"), note=draft.say("check_problems_note"))
        tables = ",".join(f"{table}[#All]" for table in _CHECKED)
        found = page.spill(row, LEFT, f"CRM_CHECK({tables})", draft.spec.lines + 3, [""] * 7, labels=6)
        draft.name("Problem_severity", str(found.down(1)))
    page.finish(None if draft.spec.finance else row)


def _master(draft: Draft, page: Page, row: int, count: int) -> int:
    """The master check, how many failed and how many could not be made, and what computed the workbook."""
    sheet, first = draft.sheet("checks"), row + 6 + 3 * draft.spec.finance
    passed = Block(sheet, first, _PASSED, first + count - 1, _PASSED).here
    row = page.section(row, draft.say("check_master"))
    lines = [("failed", f"COUNTIF({passed},0)"), ("open", f"COUNTA({passed})-COUNT({passed})")]
    for i, (key, formula) in enumerate(lines):
        page.write(row + i, LEFT, draft.say(f"check_{key}"), "subtitle")
        draft.places[f"check.{key}"] = page.formula(row + i, _FIGURE, formula, "formula", "count")
    failed, open_ = draft.places["check.failed"], draft.places["check.open"]
    page.write(row + 2, LEFT, draft.say("check_master_passed"), "subtitle")
    draft.name(
        "Master_check",
        f"{sheet}!{page.formula(row + 2, _FIGURE, f'--({failed}=0)', 'total', 'year')}",
        draft.say("name_master_check"),
    )
    words = {key: f'"{draft.say(f"status_{key}")}"' for key in ("ok", "failed", "open", "empty")}
    good = f"IF({open_}>0,{words['open']},{words['ok']})"
    filled = f"SUM({draft.blocks['work.filled']})"
    word = f"IF(Master_check=0,{words['failed']},IF({filled}=0,{words['empty']},{good}))"
    draft.name("Master_word", f"{sheet}!{page.formula(row + 2, _FIGURE + 1, word, 'status', indent=1)}")
    row += 3
    if draft.spec.finance:
        built = f"crm_xl {__version__}, data {DATA_VERSION}, schema {SCHEMA_VERSION}"
        page.write(row, LEFT, draft.say("check_built_by"), "subtitle")
        page.write(row, _FIGURE, built, "subtitle")
        page.write(row + 1, LEFT, draft.say("check_computed_by"), "subtitle")
        version = page.crm(row + 1, _FIGURE, "CRM_VERSION()", border=0)
        page.write(row + 2, LEFT, draft.say("check_addin"), "subtitle")
        # Asked again whenever something is entered: CRM_VERSION rests on nothing, and a program that does not know it
        # would keep the answer that stands in the file beside figures that are new.
        tables = ",".join(f"{table}[]" for table in _CHECKED)
        answers = f"IF(COUNTA({tables})*0+ISERROR({version}),0,1)"
        there = page.formula(row + 2, _FIGURE, answers, "formula", "year")
        draft.name("Addin_there", f"{sheet}!{there}", draft.say("name_addin_there"))
        row += 3
    return row + 1


def _line(draft: Draft, page: Page, row: int, number: int, check: Check) -> None:
    """One check. All lines have the same formulas but for the two figures."""
    page.write(row, LEFT, number, "label")
    page.write(row, _CHECK, draft.say(f"check_{check.key}"), "label", text_wrap=True)
    page.formula(row, _FIGURE, f'IFERROR({check.figure},"{draft.say("no_figure")}")', "formula", check.number)
    page.formula(row, _OTHER, f'IFERROR({check.compared},"{draft.say("no_figure")}")', "formula", check.number)
    figure, other, difference, tolerance, passed = (
        cell(row, c, row_fixed=False) for c in (_FIGURE, _OTHER, _DIFFERENCE, _TOLERANCE, _PASSED)
    )
    # Half a cent is far too much for a rate, and a difference below it would not show.
    shown = "difference" if check.tolerance is None else "exact"
    page.formula(row, _DIFFERENCE, f'IFERROR(ABS({figure}-{other}),"")', "formula", shown, align="right")
    if check.tolerance is None:
        page.formula(row, _TOLERANCE, "Cent", "formula", "")
    else:
        page.write(row, _TOLERANCE, check.tolerance, "constant", "exact")
    good = f"--AND(ISNUMBER({difference}),N({difference})<={tolerance})"
    match check.kind:
        case "native":
            page.formula(row, _PASSED, _within(draft, check, good), "formula", "year", align="center")
        case "add_in":
            made = f'IF(Addin_there=1,{good},"{draft.say("not_there")}")'
            page.formula(row, _PASSED, _within(draft, check, made), "formula", "year", align="center")
        case "note":
            page.write(row, _PASSED, None, "constant")
    words = [draft.say(f"outcome_{key}") for key in ("passed", "failed", "open", "note")]
    counted = f'IF({passed}=1,"{words[0]}","{words[1]}")'
    text = f'IF({passed}="","{words[3]}",IF(ISNUMBER({passed}),{counted},"{words[2]}"))'
    page.formula(row, _WORD, text, indent=1)


def _within(draft: Draft, check: Check, passed: str) -> str:
    """Whether a check passed, or that native formulas do not say what it compares: lines that are charged by days."""
    if check.key not in _NATIVE_FIGURES:
        return passed
    return f'IF(SUM({draft.blocks["work.by_day"]})>0,"{draft.say("beyond_native")}",{passed})'


def _words(draft: Draft, page: Page, first: int, last: int) -> int:
    styles = draft.styles
    looks = {"passed": styles.rule(font_color=GOOD[1]), "failed": styles.tint(BAD), "open": styles.tint(OPEN)}
    for key, look in looks.items():
        rule = {"type": "cell", "criteria": "==", "value": f'"{draft.say(f"outcome_{key}")}"', "format": look}
        page.sheet.conditional_format(first, _WORD, last, _WORD, rule)
    return last + 1


def _costs(draft: Draft, key: str) -> str:
    return f"Costs[{column_of(draft, 'costs', key)}]"


def _native(draft: Draft) -> list[Check]:
    """The checks that need no add-in."""
    places, blocks, total = draft.places, draft.blocks, draft.places["results.total"]
    component, quantity, price, amount = (_costs(draft, k) for k in ("component", "quantity", "unit_cost", "amount"))
    # An amount below 0 is a credit.
    low, likely, high = (_costs(draft, key) for key in ("low", "likely", "high"))
    unordered = "+".join(f'SUMPRODUCT(({a}<>"")*({b}<>"")*({a}>{b}))' for a, b in ((low, likely), (likely, high)))
    both = f'({amount}<>"")*({quantity}<>"")*({price}<>"")'
    differ = f"({amount}-{quantity}*{price})"
    found = [
        Check(key="sum_of_years", figure=total, compared=places["results.sum_of_years"], number="money"),
        Check(
            key="nature_sum",
            figure=total,
            compared=f"{places['results.one_off']}+{places['results.recurring']}",
            number="money",
        ),
        Check(key="no_component", figure=f'SUMPRODUCT({blocks["work.filled"]}*({blocks["work.component"]}=""))'),
        Check(key="text_for_number", figure=_texts(draft)),
        Check(key="negative", figure="+".join(f'COUNTIF({c},"<0")' for c in (quantity, price))),
        Check(key="no_quantity", figure=f'COUNTIFS({price},"<>",{quantity},"",{amount},"")'),
        Check(key="both", figure=f"SUMPRODUCT({both}*(({differ}>Cent)+({differ}<0-Cent)))"),
        Check(key="backwards", figure=f"SUM({blocks['work.backwards']})"),
        Check(key="early", figure=f"SUM({blocks['work.early']})"),
        Check(key="unordered", figure=unordered),
        Check(
            key="rates",
            figure=f"SUM({blocks['work.filled']})",
            compared=f"SUMPRODUCT({blocks['work.filled']}*{blocks['work.rate_ok']})",
        ),
        Check(key="room_years", figure=f"MAX(0,Model_years-MAX({blocks['years.number']}))"),
        Check(key="room_lines", figure=f"ROWS({component})", compared=f"MAX({blocks['work.line']})"),
    ]
    if "actuals" in draft.places:
        budget, actual = (f"Actuals[{column_of(draft, 'actuals', k)}]" for k in ("budget", "actual"))
        variance = f"SUM(Actuals[{draft.say('variance')}])"
        found.append(
            Check(
                key="variance",
                figure=f'SUM({actual})-SUMPRODUCT(({actual}<>"")*{budget})',
                compared=variance,
                number="money",
            )
        )
    return found


def _texts(draft: Draft) -> str:
    """The count of cells that are not blank and no number, and of dates that are none (a date may be a text)."""
    runs = groupby(columns("costs").values(), key=lambda field: field.is_number)
    found = []
    for _, run in (pair for pair in runs if pair[0]):
        labels = [field.label(draft.spec.language) for field in run]
        block = f"Costs[[{labels[0]}]:[{labels[-1]}]]" if len(labels) > 1 else f"Costs[{labels[0]}]"
        found.append(f"COUNTA({block})-COUNT({block})")
    moments = [f"SUMPRODUCT(--ISERROR({draft.blocks[f'work.{key}']}))" for key in ("start", "end")]
    return "+".join([*found, *moments])


def _add_in(draft: Draft) -> list[Check]:
    """The checks of what CRM_* computes, against the native figures and against each other."""
    places, blocks = draft.places, draft.blocks
    total = places["results.total.crm"]

    def whole(key: str, column: int | None = None) -> str:
        """The total of a table that spills: in a column counted from 0, or in the one headed by the word."""
        block = blocks[key]
        names = block.down(0)
        if column is not None:
            return f"SUMIF({names},Total_word,{block.down(column)})"
        return f"INDEX({block},MATCH(Total_word,{names},0),MATCH(Total_word,{block.across(0)},0))"

    cash = blocks["results.cash"]
    years = f"SUM(INDEX({cash},MATCH(Total_word,{cash.down(0)},0),0))-{whole('results.cash')}"
    amortised = [whole("results.amortisation", column) for column in (2, 3)]
    pairs = [
        ("crm_total", total, places["results.total"]),
        ("crm_years", f"MAX(MAX({blocks['results.differences']}),0-MIN({blocks['results.differences']}))", "0"),
        ("crm_sum_of_years", total, years),
        ("crm_component", total, whole("results.component", 1)),
        ("crm_nature", total, whole("results.nature")),
        ("crm_department", total, whole("breakdown.department", 1)),
        ("crm_vendor", total, whole("breakdown.vendor", 1)),
        ("crm_sub_item", total, whole("breakdown.sub_item", 2)),
        ("crm_views", whole("results.cash"), whole("results.profit")),
        ("crm_amortisation", *amortised),
        *_decisions(draft, total, whole),
        ("crm_problems", "COUNTIF(Problem_severity,Error_word)", "0"),
    ]
    return [
        Check(
            key=key,
            figure=figure,
            compared=other,
            kind="add_in",
            number="rate" if key in _RATES else "difference" if other == "0" else "money",
            tolerance=_RATES.get(key),
        )
        for key, figure, other in pairs
    ]


def _decisions(draft: Draft, total: str, whole: Callable[[str, int], str]) -> list[tuple[str, str, str]]:
    """The checks of the sheets for decisions. A table in which nothing is entered yet has 0 on both sides."""
    places, blocks = draft.places, draft.blocks

    def there(key: str) -> str:
        """Whether a table has spilled: one that has not holds a few words in place of its header."""
        block = blocks[key]
        return f"({block.sheet}!{cell(block.row, block.column)}<>Nothing_word)"

    npv, irr = places["return.npv"], places["return.irr.native"]
    less = [blocks[f"return.less_{key}"] for key in ("costs", "benefits", "net")]
    cash = f"IF({there('return.crm')},MAX({less[0]},{less[1]},{less[2]})-MIN({less[0]},{less[1]},{less[2]}),0)"
    cuts = "+".join(
        f"ABS({whole(f'variance.{cut}', 3)}-{places['variance.variance']})"
        for cut in ("component", "department", "year")
    )
    return [
        ("npv", f"IF(ISTEXT({npv}),0,{npv})", f"IF(ISTEXT({npv}),0,{places['return.npv.native']})"),
        # Without costs and benefits there is no rate, neither natively nor by CRM_IRR.
        ("irr", f"IF(ISNUMBER({irr}),{places['return.irr']},0)", f"N({irr})"),
        ("cash", cash, "0"),
        ("scenario_base", f"N({blocks['what_if.scenarios'].at(1, 1)})", f"{there('what_if.scenarios')}*{total}"),
        ("point", f"N({blocks['risk.usual'].at(1, 1)})", f"{there('risk.usual')}*{total}"),
        ("variance_cuts", f"IF({there('variance.component')},{cuts},0)", "0"),
        ("allocation", places["allocation.shared"], f"{there('allocation')}*{total}"),
        ("savings", f"MAX(0,{places['savings.saved']}-{total})", "0"),
    ]


def _notes(draft: Draft) -> list[Check]:
    return [Check(key="unpriced", figure=draft.places["results.unpriced"], kind="note")]
