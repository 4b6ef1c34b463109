"""The Return sheet: NPV, IRR, ROI and payback by CRM_* and natively side by side, and the cash flow behind them."""

from crm_xl.templates.charts import Series, curves, framed
from crm_xl.templates.draft import Block, Draft, cell
from crm_xl.templates.page import LEFT, TOP, Page
from crm_xl.templates.styles import GREEN, NAVY
from crm_xl.templates.tables import entered

_ALL = "Costs[#All],Benefits[#All],Assumptions[#All]"
# Header, costs, benefits, net, cumulative, factor, present value and its sum, lines without a price.
_FLOWS = 9
_FIRST = LEFT + 1
# Key figures, and the height of their rows, so that the chart has room beside them.
_FIGURES, _FIGURE_ROW, _CHART = 7, 21, 244
# The native rows, in their order below the header.
_ROWS = ("costs", "benefits", "net", "cumulative", "time", "factor", "present", "cumulative_present")


def fill(draft: Draft, page: Page) -> None:
    """Draw the sheet."""
    years = draft.spec.years
    page.head([40.0, *[15.0] * max(years + 2, 6)])
    title, note = draft.say("return_cash_flow"), draft.say("return_cash_flow_note")
    row = page.section(TOP + 2 + _FIGURES + 1, title, note=note)
    formula = entered(draft, f"CRM_CASHFLOW({_ALL})", "costs", "benefits")
    flow = page.spill(row, LEFT, formula, _FLOWS, ["", *["money"] * (years + 2)])
    draft.blocks["return.crm"] = flow
    _factors_as_such(draft, page, flow)
    last = _native(draft, page, row + _FLOWS + 1, flow)
    curves(page, framed(page, "cash", TOP, LEFT + 4, _CHART, small=True), cash_series(draft))
    _figures(draft, page, TOP)
    page.finish(last)


def cash_series(draft: Draft) -> list[Series]:
    """Return the lines of the cumulative cash flow, simple and discounted."""
    names = draft.blocks["return.years"]
    return [
        Series(
            name=draft.blocks[f"return.{key}"]._replace(column=LEFT, last_column=LEFT),
            names=names,
            values=draft.blocks[f"return.{key}"],
            colour=colour,
        )
        for key, colour in (("cumulative", NAVY), ("cumulative_present", GREEN))
    ]


def _factors_as_such(draft: Draft, page: Page, flow: Block) -> None:
    """Show the discount factors, which are no money, with their decimals."""
    first = cell(flow.row + 1, LEFT, row_fixed=False)
    rule = {"type": "formula", "criteria": f'={first}="{draft.term("flow_factor")}"'}
    style = draft.styles.rule(num_format="0.0000")
    page.sheet.conditional_format(flow.row + 1, _FIRST, flow.last_row, flow.last_column, rule | {"format": style})


def _native(draft: Draft, page: Page, row: int, flow: Block) -> int:
    """The same cash flow natively, and by how much CRM_CASHFLOW differs."""
    years, blocks, sheet = draft.spec.years, draft.blocks, draft.sheet("returns")
    row = page.section(row, draft.say("return_native"), note=draft.say("return_native_note"))
    page.headers(row, LEFT, ["", draft.term("start_column"), *[""] * years, draft.term("total")])
    for i in range(years):
        page.formula(row, _FIRST + 1 + i, draft.places[f"years.name.{i}"], "header", "year")
    head, at = row, {key: row + 1 + i for i, key in enumerate(_ROWS)}
    last = _FIRST + years
    once = "SUMPRODUCT({start}*{money})"
    paid = f"{blocks['work.one_off']}*({blocks['work.first_month']}=0)"
    starts = {
        "costs": "0-" + once.format(start=paid, money=blocks["work.total"]),
        "benefits": once.format(start=blocks["benefit.at_start"], money=blocks["benefit.money.0"]),
    }
    shift = "INDEX(Timing_means,MATCH(Timing_used,Timing_words,0))"
    for key in _ROWS:
        page.write(at[key], LEFT, draft.say(f"return_{key}") if key == "time" else draft.term(f"flow_{key}"), "label")
        for column in range(_FIRST, last + 1):
            here = {k: cell(r, column, row_fixed=False, column_fixed=False) for k, r in at.items()}
            before = {k: cell(r, column - 1, row_fixed=False, column_fixed=False) for k, r in at.items()}
            i = column - _FIRST - 1
            year = draft.places[f"years.number.{i}"].rpartition("!")[2] if i >= 0 else ""
            year = f"{draft.sheet('timeline')}!{year}"
            # What falls at the start stands apart and is taken out of the first year.
            first = f"({year}=1)*${cell(at[key], _FIRST, column_fixed=False)}"
            formula = {
                "costs": f"0-SUM({blocks[f'work.money.{i}']})-{first}" if i >= 0 else starts["costs"],
                "benefits": f"SUM({blocks[f'benefit.money.{i}']})-{first}" if i >= 0 else starts["benefits"],
                "net": f"{here['costs']}+{here['benefits']}",
                "cumulative": f"N({before['cumulative']})+{here['net']}",
                "time": f"{year}-1+{shift}" if i >= 0 else "0",
                "factor": f"(1+Discount_rate)^(0-{here['time']})",
                "present": f"{here['net']}*{here['factor']}",
                "cumulative_present": f"N({before['cumulative_present']})+{here['present']}",
            }[key]
            number = {"time": "units", "factor": "rate"}.get(key, "money")
            page.formula(at[key], column, formula, "total" if key == "net" else "formula", number)
        line = f"{cell(at[key], _FIRST, row_fixed=False)}:{cell(at[key], last, row_fixed=False)}"
        if key in ("costs", "benefits", "net", "present"):
            page.formula(at[key], last + 1, f"SUM({line})", "total" if key == "net" else "sum", "money")
        else:
            page.write(at[key], last + 1, None, "constant")
        blocks[f"return.{key}"] = Block(sheet, at[key], _FIRST, at[key], last)
    blocks["return.years"] = Block(sheet, row, _FIRST, row, last)
    draft.charted.append(Block(page.sheet.name, row, LEFT, at["cumulative_present"], last))
    row = at["cumulative_present"] + 1
    for i, key in enumerate(("costs", "benefits", "net"), row):
        page.write(i, LEFT, draft.say("return_less", what=draft.term(f"flow_{key}")), "label")
        for column in range(_FIRST, last + 1):
            native = cell(at[key], column, row_fixed=False, column_fixed=False)
            # A model with fewer years than the workbook has columns gives a narrower table.
            year = cell(head, column, column_fixed=False)
            line = flow.across(1 + _ROWS.index(key)).here
            crm = f"IFERROR(INDEX({line},MATCH({year},{flow.across(0).here},0)),0)"
            page.formula(i, column, f"{native}-N({crm})", "formula", "difference")
        page.write(i, last + 1, None, "constant")
        blocks[f"return.less_{key}"] = Block(sheet, i, _FIRST, i, last)
    return row + 2


def _lines(draft: Draft) -> list[tuple[str, str, str, str]]:
    """Key, CRM_* formula, native formula and number format of each figure."""
    rows = {key: draft.blocks[f"return.{key}"] for key in ("costs", "benefits", "net", "factor")}
    net, factors = rows["net"].here, rows["factor"].here
    start, later = net.partition(":")[0], rows["net"]._replace(column=rows["net"].column + 1).here
    shift = "INDEX(Timing_means,MATCH(Timing_used,Timing_words,0))"
    npv = f"{start}+NPV(Discount_rate,{later})*(1+Discount_rate)^(1-{shift})"
    # IRR takes whole years: with the timing of the middle or the start of a year there is no native figure.
    irr = f'IF(OR({shift}<1,COUNTIF({net},"<0")*COUNTIF({net},">0")=0),No_figure,IRR({net}))'
    spent, brought = (f"SUMPRODUCT({rows[key].here},{factors})" for key in ("costs", "benefits"))
    value = f"IF({spent}=0,No_figure,{brought}/(0-{spent}))"
    simple, discounted = (draft.choice("method", key) for key in ("simple", "discounted"))
    return [
        ("npv", f"CRM_NPV({_ALL})", npv, "money"),
        ("irr", f"CRM_IRR({_ALL})", irr, "percent"),
        ("roi", f"CRM_ROI({_ALL})", f"IF({spent}=0,No_figure,{brought}/(0-{spent})-1)", "percent"),
        ("payback", f'CRM_PAYBACK({_ALL},"{simple}")', "", "units"),
        ("payback_discounted", f'CRM_PAYBACK({_ALL},"{discounted}")', "", "units"),
        ("value", f"CRM_VALUE({_ALL})", value, "units"),
    ]


def _figures(draft: Draft, page: Page, row: int) -> None:
    """The key figures, by CRM_* and natively."""
    row = page.section(row, draft.say("return_figures"), LEFT + 3)
    page.headers(row, LEFT, [draft.say(f"results_{key}") for key in ("figure", "crm", "native", "difference")])
    lines = _lines(draft)
    active = "IF(Active_users=0,Nothing_word,CRM_PER_ACTIVE_USER(Costs[#All],Assumptions[#All],Active_users))"
    for at, (key, crm, native, number) in enumerate(lines, row + 1):
        there, here = (formula and entered(draft, formula, "costs", "benefits") for formula in (crm, native))
        _figure(draft, page, at, key, there, here, number)
    native = f"IF(Active_users=0,No_figure,{draft.places['results.total']}/Active_users)"
    _figure(draft, page, row + 1 + len(lines), "per_active_user", active, native, "money")


def _figure(draft: Draft, page: Page, row: int, key: str, crm: str, native: str, number: str) -> None:
    page.sheet.set_row(row, _FIGURE_ROW)
    page.write(row, LEFT, draft.say(f"figure_{key}"), "label")
    there = page.crm(row, _FIRST, crm, number, align="right")
    draft.places[f"return.{key}"] = f"{draft.sheet('returns')}!{there}"
    if not native:
        for column in (_FIRST + 1, _FIRST + 2):
            page.write(row, column, None, "constant")
        return
    here = page.formula(row, _FIRST + 1, native, "formula", number, align="right")
    draft.places[f"return.{key}.native"] = f"{draft.sheet('returns')}!{here}"
    difference = f'IF(ISNUMBER({here})*ISNUMBER({there}),{here}-{there},"")'
    page.formula(row, _FIRST + 2, difference, "formula", "difference", align="right")
