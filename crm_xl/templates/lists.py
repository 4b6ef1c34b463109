"""The Lists sheet: what drop-downs offer, the words that are understood, and the figures that formulas need.

Formulas hold no figures of their own: months between payments, tolerances and limits stand here.
"""

from collections.abc import Iterable, Sequence

from crm_xl.data import rows, term
from crm_xl.engine.catalogue import shipped
from crm_xl.engine.components import COMPONENTS, OTHER, component_label
from crm_xl.engine.contracts import FREQUENCIES, PERIOD
from crm_xl.engine.due import NEVER
from crm_xl.engine.returns import TIMING
from crm_xl.engine.schema import Field, assumption_fields, choice_labels, choice_words, choices, columns
from crm_xl.templates.draft import Draft, area, cell
from crm_xl.templates.page import LEFT, LINE_HEIGHT, TOP, Page, text_width

# Names that a user may add to the four components, and currencies that one workbook may know.
OWN_COMPONENTS = 6
CURRENCIES = 12
COMMON = ("CNY", "USD", "EUR", "GBP", "HKD", "JPY", "SGD", "AUD")
# As `engine.timeline.moment` reads a number: a model year, a calendar year, or the serial number of a date.
CALENDAR_FROM, CALENDAR_TO, DATE_FROM = 1900, 2200, 20_000
# Differences below half a cent are none; quantities this close to a whole number are whole.
CENT, TOLERANCE = 0.005, 1e-9

# The tables that the workbook asks users to fill in.
INPUT_TABLES = ("costs", "benefits", "actuals")
# What the sheets for decisions ask for beside them: tables, and choices that stand in cells of their own.
DECISION_TABLES = ("scenarios", "drivers", "options", "tiers", "catalogue", "usage", "keys")
DECISION_CHOICES = ("size", "platform", "market", "management", "distribution")
# Stands for a number in a text whose words before and after it are wanted.
_HERE = "#"
_WIDTH = 15.0


def list_name(field: Field) -> str:
    """Return the defined name of the list from which a field is chosen."""
    kind = {"yesno": "yesno", "currency": "currency"}.get(field.type, field.choices)
    return f"{kind.capitalize()}_list"


def fill(draft: Draft, page: Page, own_components: Sequence[str] = (), currencies: Sequence[str] = ()) -> None:
    """Draw the sheet.

    Parameters
    ----------
    own_components
        Components beside the four that stand in the workbook already.
    currencies
        Currencies that the workbook uses beside the common ones.
    """
    language = draft.spec.language
    components = [component_label(key, language) for key in COMPONENTS]
    codes = list(dict.fromkeys((draft.spec.currency, *currencies, *COMMON)))[:CURRENCIES]
    titles = {f.choices: f.label(language) for f in _fields(draft) if f.choices} | {"yesno": draft.say("list_yesno")}
    kinds = {f.choices for f in _fields(draft) if f.type == "choice"} | {"yesno"}
    if draft.spec.finance:
        titles |= {kind: draft.say(f"input_{kind}") for kind in DECISION_CHOICES}
        kinds |= set(DECISION_CHOICES)
    words = _words(draft)
    vendors = list(dict.fromkeys(price.vendor for price in shipped())) if draft.spec.finance else []
    page.head([_WIDTH] * (3 + len(kinds) + 2 * len(words) + 2 + bool(vendors)))
    column = LEFT
    page.section(TOP, draft.say("lists_drop_downs"))
    top = TOP + 1
    column = _grown(draft, page, top, column, "component", components, OWN_COMPONENTS, list(own_components))
    column = _grown(draft, page, top, column, "currency", [], CURRENCIES, codes)
    all_codes = [row["code"] for row in rows("currencies")]
    column = _listed(draft, page, top, column, draft.say("list_all_currencies"), all_codes, "Currency_codes")
    for kind in sorted(kinds):
        labels = choice_words(kind)[language]
        column = _listed(draft, page, top, column, titles[kind], labels, f"{kind.capitalize()}_list")
    if vendors:
        column = _listed(draft, page, top, column, draft.say("list_vendors"), vendors, "Vendor_list")
        page.sheet.set_column(column - 1, column - 1, max(text_width(vendor) for vendor in vendors) + 4)
    for kind, values in words.items():
        title, meaning = draft.say("list_words", what=titles[kind]), draft.say(f"list_{kind}_means")
        begin = column
        column = _listed(draft, page, top, column, title, list(values), f"{kind.capitalize()}_words")
        column = _listed(draft, page, top, column, meaning, list(values.values()), f"{kind.capitalize()}_means")
        page.sheet.set_column(begin, begin, max(_WIDTH, *(text_width(str(word)) for word in values)))
        draft.places[f"lists.{kind}"] = cell(top + 1, begin)
    _figures(draft, page, top, column)
    page.sheet.set_row(top, 2 * LINE_HEIGHT + 6)
    page.finish(
        top + 1 + max(len(all_codes), *(len(v) for v in words.values())), freeze=(top + 1, 0), repeat=top, pages_wide=2
    )


def _fields(draft: Draft) -> Iterable[Field]:
    tables = INPUT_TABLES + (DECISION_TABLES if draft.spec.finance else ())
    yield from (field for table in tables for field in columns(table).values())
    yield from assumption_fields().values()


def _words(draft: Draft) -> dict[str, dict[str, object]]:
    """The words that native formulas understand, with what each means: as many as the functions understand."""
    language = draft.spec.language
    components: dict[str, object] = {
        word: component_label(row["component"], language)
        for row in rows("components")
        if not row["key"]
        for word in (row["component"], row["en"], row["zh"], *row["aliases"].split("|"))
    }
    steps = {key: PERIOD[key] or NEVER for key in FREQUENCIES}
    words: dict[str, dict[str, object]] = {
        "component": components,
        "frequency": {word: steps[key] for word, key in choices("frequency").items()},
        "yesno": {word: int(key == "yes") for word, key in choices("yesno").items()},
        "tax_basis": {word: int(key == "gross") for word, key in choices("tax_basis").items()},
        "proration": {word: int(key == "by_day") for word, key in choices("proration").items()},
        "growth_from": {word: int(key == "model") for word, key in choices("growth_from").items()},
        "first_rise": {word: int(key == "year_1") for word, key in choices("first_rise").items()},
    }
    if draft.spec.finance:
        words["timing"] = {word: TIMING[key] for word, key in choices("timing").items()}
    return words


def _listed(draft: Draft, page: Page, row: int, column: int, title: str, values: Sequence[object], name: str) -> int:
    page.headers(row, column, [title])
    for i, value in enumerate(values, 1):
        page.write(row + i, column, value, "constant", indent=int(isinstance(value, str)))
    draft.name(name, f"{draft.sheet('lists')}!{area(row + 1, column, row + len(values), column)}")
    return column + 1


def _grown(
    draft: Draft, page: Page, row: int, column: int, kind: str, fixed: list[str], room: int, filled: list[str]
) -> int:
    """A list that users lengthen in place; its name ends with the last entry, so drop-downs show no blanks."""
    page.headers(row, column, [draft.say(f"list_{kind}")])
    for i, value in enumerate(fixed, 1):
        page.write(row + i, column, value, "constant")
    begin = row + 1 + len(fixed)
    for i in range(room):
        page.write(begin + i, column, filled[i] if i < len(filled) else None, "input")
    check: dict[str, object] = {
        "validate": "length", "criteria": "<=", "value": 60,
        "input_title": draft.say(f"list_{kind}"), "input_message": draft.say(f"list_{kind}_help"),
        "error_title": draft.say(f"list_{kind}"), "error_message": draft.say(f"list_{kind}_help"),
    }  # fmt: skip
    if kind == "currency":
        check |= {"validate": "list", "source": "=Currency_codes"}
        del check["criteria"], check["value"]
    page.sheet.data_validation(begin, column, begin + room - 1, column, check)
    sheet, whole = draft.sheet("lists"), area(row + 1, column, begin + room - 1, column)
    draft.name(
        f"{kind.capitalize()}_list",
        f"{sheet}!{cell(row + 1, column)}:INDEX({sheet}!{whole},COUNTA({sheet}!{whole}))",
    )
    draft.places[f"lists.{kind}s"] = f"{sheet}!{cell(begin, column)}"
    return column + 1


def _figures(draft: Draft, page: Page, row: int, column: int) -> None:
    """The figures and words that formulas use, each with its name."""
    language = draft.spec.language
    year = term("model_year", language, year=_HERE).split(_HERE)
    figures: dict[str, object] = {
        "Cent": CENT,
        "Tolerance": TOLERANCE,
        "Calendar_from": CALENDAR_FROM,
        "Calendar_to": CALENDAR_TO,
        "Date_from": DATE_FROM,
        "Never": NEVER,
        "Total_word": term("total", language),
        "Other_word": choice_labels("other_component", language)[OTHER],
        "One_off_word": term("one_off", language),
        "Recurring_word": term("recurring", language),
        "Unpriced_word": term("unpriced_lines", language, count=_HERE, names="").split(_HERE)[0].strip(),
        "Error_word": term("severity_error", language),
        "Year_before": year[0],
        "Year_after": year[1],
    }
    if draft.spec.finance:
        figures |= {"Nothing_word": draft.say("nothing_yet"), "No_figure": draft.say("no_figure")}
        figures |= {"Estimate_currency": "USD"}
    page.headers(row, column, [draft.say("list_figures"), draft.say("list_value")])
    wide = max(text_width(name) for name in figures) + 4
    page.sheet.set_column(column, column, max(wide, _WIDTH))
    for i, (name, value) in enumerate(figures.items(), 1):
        page.write(row + i, column, name, "constant")
        number = "exact" if isinstance(value, float) and value < CENT else ""
        page.write(row + i, column + 1, value, "constant", number)
        draft.name(name, f"{draft.sheet('lists')}!{cell(row + i, column + 1)}")
