"""The Variance sheet: budget against actual by component, department and year, with the native sums beside it."""

from crm_xl.engine.components import COMPONENTS, component_label
from crm_xl.templates.charts import columns, framed
from crm_xl.templates.draft import Block, Draft, cell
from crm_xl.templates.mirror import series_of
from crm_xl.templates.page import LEFT, TOP, Page
from crm_xl.templates.styles import NAVY, ORANGE
from crm_xl.templates.tables import column_of, entered

# The cuts; the first is compared row by row. Their tables stand side by side below: each may grow.
_CUTS = ("component", "department", "year")
_LABEL, _MONEY, _SHARE, _WORD, _GAP = 22.0, 13.5, 14.0, 15.0, 2.5
_ACROSS = 7
_HEIGHT = 215


def fill(draft: Draft, page: Page) -> None:
    """Draw the sheet."""
    page.head(([_LABEL, *[_MONEY] * 3, _SHARE, _WORD, _GAP] * len(_CUTS))[:-1])
    row = page.section(TOP, draft.say("variance_native"), note=draft.say("variance_native_note"))
    below = row + len(COMPONENTS) + 7
    rows = draft.spec.lines_of["actuals"] + 2
    for i, key in enumerate(_CUTS):
        column = LEFT + i * _ACROSS
        for at in range(column, column + _ACROSS - 1):
            page.write(below, at, draft.say(f"variance_by_{key}") if at == column else None, "section")
        formula = entered(draft, f'CRM_VARIANCE(Actuals[#All],,"{draft.choice("cut", key)}")', "actuals")
        numbers = ["", *["money"] * 3, "share", "text"]
        draft.blocks[f"variance.{key}"] = page.spill(below + 1, column, formula, rows, numbers)
    page.sheet.set_row(below, 24)
    _native(draft, page, row)
    page.finish(None)


def _native(draft: Draft, page: Page, row: int) -> None:
    """Budget and actual by component natively, and how much CRM_VARIANCE differs; a chart beside them."""
    sheet, spill = draft.sheet("variance"), draft.blocks["variance.component"]
    titles = [column_of(draft, "actuals", key) for key in ("component", "budget", "actual")]
    component, budget, actual = (f"Actuals[{title}]" for title in titles)
    reported = f"Actuals[{draft.say('variance')}]"  # blank where no actual is reported
    page.headers(row, LEFT, [*titles, draft.say("variance"), "CRM_VARIANCE", draft.say("results_difference")])
    labels = [component_label(key, draft.spec.language) for key in COMPONENTS]
    first, other = row + 1, row + 1 + len(labels)
    whole = other + 1
    names, found = spill.down(0).here, spill.down(3).here
    for at in range(first, whole + 1):
        role = "total" if at == whole else "formula"
        if at < other:
            page.write(at, LEFT, labels[at - first], "label")
        else:
            page.formula(at, LEFT, "Other_word" if at == other else "Total_word", role, indent=1)
        name, _, _, v, crm = (cell(at, LEFT + k, row_fixed=False) for k in range(5))
        for column, values in ((LEFT + 1, budget), (LEFT + 2, actual), (LEFT + 3, reported), (LEFT + 4, "")):
            # Whatever is none of the components is the total without them.
            sum_of_all = f"SUM({values})" if values else f"SUMIF({names},Total_word,{found})"
            known = f"SUM({cell(first, column)}:{cell(other - 1, column)})"
            of_name = f"SUMIFS({values},{component},{name})" if values else f"SUMIF({names},{name},{found})"
            formula = of_name if at < other else f"{sum_of_all}-{known}" if at == other else sum_of_all
            page.formula(at, column, formula, role, "money")
        page.formula(at, LEFT + 5, f"{v}-{crm}", role, "difference", align="right")
    table = Block(sheet, row, LEFT, other, LEFT + 2)
    draft.charted.append(table._replace(sheet=page.sheet.name))
    for key, column in (("budget", 1), ("actual", 2), ("variance", 3)):
        draft.places[f"variance.{key}"] = f"{sheet}!{cell(whole, LEFT + column)}"
    begin = LEFT + _ACROSS
    columns(page, framed(page, "variance", TOP + 1, begin, _HEIGHT), series_of(table, (NAVY, ORANGE)), stacked=False)
