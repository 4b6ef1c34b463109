"""The figures: recomputed from the example with a plain loop, native = CRM_* however the inputs change."""

import csv
import datetime as dt
import io
from collections import defaultdict
from fractions import Fraction
from importlib.resources import files

import openpyxl
import pytest

from crm_xl import open_workbook
from crm_xl.data import term
from crm_xl.engine.components import COMPONENTS, component_label
from crm_xl.engine.schema import assumption_fields, choice_labels
from crm_xl.templates import TemplateSpec, build

from .conftest import content, formulas
from .inside import input_cell, sheet_name
from .without_add_in import without_add_in

CLOSE = 1e-9


def plain_total(example="example", years=5):
    """The cost of an example by component and year: month by month, with nothing of the engine."""
    text = files("crm_xl.data").joinpath(f"{example}_costs.csv").read_text(encoding="utf-8")
    step = {"one_off": None, "monthly": 1, "quarterly": 3, "annual": 12}
    rate = {"CNY": [1.0] * 5, "USD": [7.10, 7.10, 7.05, 7.05, 7.00]}
    sums = defaultdict(float)
    for line in csv.DictReader(text.splitlines()):
        if not line["unit_cost"] and not line["amount"]:
            continue

        def number(key, line=line):
            return float(line[key] or 0)

        def month(text, *, last=False):
            if text.isdecimal():
                return int(text) * 12 - (1 if last else 12)
            day = dt.date.fromisoformat(text)
            return (day.year - 2027) * 12 + day.month - 1

        first = month(line["start"]) if line["start"] else 0
        last = month(line["end"], last=True) if line["end"] else 12 * years - 1
        every = step[line["frequency"]]
        for now in range(12 * years):
            due = now == first if every is None else first <= now <= last and (now - first) % every == 0
            if not due:
                continue
            year, passed = now // 12, (now - first) // 12  # growth counts the anniversaries of the start
            if line["amount"]:
                money = number("amount") * (1 + number("quantity_growth")) ** passed
            else:
                units = Fraction(line["quantity"]) * (1 + Fraction(line["quantity_growth"] or 0)) ** passed
                if line["quantity_growth"]:
                    units = -(-units // 1)  # whole seats
                money = float(units) * number("unit_cost")
            money *= (1 + number("price_growth")) ** passed
            if line.get("tax_included") == "yes":
                money /= 1 + number("tax_rate")
            sums[line["component"] or "other", year] += money * rate[line["currency"]][year]
    return sums


def open_example(language):
    """The example with fewer draws of the risk: what is tested here does not rest on them, and takes less time."""
    book = open_workbook(content(f"crm_example_{language}.xlsx"))
    book[f"'{sheet_name('risk', language)}'!C7"] = 1000
    return book


def agrees(book):
    """Check that the native total is the CRM total and that nothing failed; return it."""
    assert book.recalculate().ok, [p.text() for p in book.recalculate().problems]
    native = book["Total_cost"]
    crm = book.evaluate("=CRM_TOTAL(Costs[#All],Assumptions[#All])")
    assert native == pytest.approx(crm, rel=CLOSE)
    assert book["Master_check"] == 1
    return native


def test_the_example_recomputed_by_a_plain_loop(language):
    book, expected = open_example(language), plain_total()
    assert agrees(book) == pytest.approx(sum(expected.values()), rel=CLOSE)
    results = sheet_name("results", language)
    shown = book[f"'{results}'!C18:G22"]
    for i, component in enumerate([*COMPONENTS, "other"]):
        for year in range(5):
            assert shown[i][year] == pytest.approx(expected[component, year], rel=CLOSE), (component, year)
    cash = {row[0]: row[1:6] for row in book.evaluate("=CRM_SCHEDULE(Costs[#All],Assumptions[#All])")}
    for component in COMPONENTS:
        here = cash[component_label(component, language)]
        assert here == pytest.approx([expected[component, year] for year in range(5)], rel=CLOSE)


def test_the_small_example_recomputed_by_a_plain_loop(language):
    book, expected = open_workbook(content(f"crm_example_small_{language}.xlsx")), plain_total("example_small", 3)
    assert agrees(book) == pytest.approx(sum(expected.values()), rel=CLOSE)
    # By hand, to the cent: 1,428 x 20 rises by 5 % a year, 43,200 by 3 %; the rest stays.
    by_hand = 28560 * (1 + 1.05 + 1.05**2) + 43200 * (1 + 1.03 + 1.03**2) + 7200 + 27000 + 12900 + 8000 + 3200
    assert sum(expected.values()) == pytest.approx(by_hand, rel=CLOSE)
    shown = book[f"'{sheet_name('results', language)}'!C18:E22"]
    for i, component in enumerate([*COMPONENTS, "other"]):
        assert shown[i] == pytest.approx([expected[component, year] for year in range(3)], rel=CLOSE), component
    assert book["Total_cost"] / 20 == pytest.approx(book[f"'{sheet_name('results', language)}'!C11"])
    assert sum(bool(row[0]) for row in book["Costs[#Data]"]) == 8


def test_the_small_example_has_the_same_figures_in_both_languages():
    english, chinese = (open_workbook(content(f"crm_example_small_{language}.xlsx")) for language in ("en", "zh"))
    for key, cells in (("results", "C7:G23"), ("workings", "D9:AX28"), ("checks", "D14:H47")):
        one, other = (
            [[v for v in row if isinstance(v, float)] for row in book[f"'{sheet_name(key, language)}'!{cells}"]]
            for book, language in ((english, "en"), (chinese, "zh"))
        )
        assert one == other


def test_the_example_is_of_a_plausible_size():
    assert 20e6 < sum(plain_total().values()) < 50e6


def test_both_languages_give_the_same_figures():
    english, chinese = open_example("en"), open_example("zh")
    for key, cells in (("results", "C7:I23"), ("workings", "D9:AX58"), ("checks", "D14:H47")):
        pairs = zip(
            english[f"'{sheet_name(key, 'en')}'!{cells}"], chinese[f"'{sheet_name(key, 'zh')}'!{cells}"], strict=True
        )
        for one, other in pairs:
            numbers = [[v for v in row if isinstance(v, float)] for row in (one, other)]
            assert numbers[0] == pytest.approx(numbers[1], rel=1e-12, abs=1e-6)


def test_every_native_figure_stands_beside_its_crm_figure(language):
    book, results = open_example(language), sheet_name("results", language)
    for label, native, crm, difference in book[f"'{results}'!B7:E13"]:
        assert native == pytest.approx(crm, rel=CLOSE), label
        assert abs(difference) <= CLOSE * abs(native), label
        assert native > 0


def test_lines_without_a_price_are_counted_and_named(language):
    book, name = open_example(language), "pending"
    costs = sheet_name("costs", language)
    assert book[f"'{sheet_name('results', language)}'!C14"] == 1
    book[input_cell(book_sheets(language), language, "Costs", "item", 50, where="costs")] = name
    book[input_cell(book_sheets(language), language, "Costs", "component", 50, where="costs")] = component_label(
        "training", language
    )
    assert book[f"'{sheet_name('results', language)}'!C14"] == 2
    shown = [value for row in book[f"'{costs}'!B6:AG55"] for value in row]
    assert shown.count("not priced" if language == "en" else "未定价") == 2
    agrees(book)


def book_sheets(language):
    return formulas(f"crm_example_{language}.xlsx")


def cost(book, language, key, line, value):
    book[input_cell(book_sheets(language), language, "Costs", key, line, where="costs")] = value


def assumption(book, language, key, value):
    label = assumption_fields()[key].label(language)
    rows = [row[0] for row in book["Assumptions[#All]"]]
    book[f"'{sheet_name('assumptions', language)}'!C{5 + rows.index(label)}"] = value


def rates(book, language, *rows):
    name = sheet_name("assumptions", language)
    first = 5 + [row[0] for row in book["Assumptions[#All]"]].index("USD/CNY")
    for i in range(4):
        pair, value, year = rows[i] if i < len(rows) else (None, None, None)
        for column, entry in zip("BCD", (pair, value, year), strict=True):
            book[f"'{name}'!{column}{first + i}"] = entry


def word(kind, key, language):
    return choice_labels(kind, language)[key]


# What a user may do. Line 1 is the licence in USD, 5 the annual one, 8 quarterly, 14 capitalised, 16 a lump sum.
CHANGES = {
    "quantity": lambda b, g: cost(b, g, "quantity", 1, 137),
    "part of a unit": lambda b, g: cost(b, g, "quantity", 3, 0.4),
    "unit cost": lambda b, g: cost(b, g, "unit_cost", 5, 3000.5),
    "a price that was not known": lambda b, g: cost(b, g, "unit_cost", 6, 3960),
    "an amount in place of a product": lambda b, g: (
        cost(b, g, "quantity", 9, None), cost(b, g, "unit_cost", 9, None), cost(b, g, "amount", 9, 99_000)),
    "amount and product agree": lambda b, g: cost(b, g, "amount", 9, 132_000),
    "start as a model year": lambda b, g: cost(b, g, "start", 1, 4),
    "start as a calendar year": lambda b, g: cost(b, g, "start", 8, 2029),
    "start in the middle of a year": lambda b, g: cost(b, g, "start", 5, dt.date(2028, 11, 30)),
    "start as a text": lambda b, g: cost(b, g, "start", 5, "2028-11-30"),
    "start after the model": lambda b, g: cost(b, g, "start", 14, dt.date(2040, 1, 1)),
    "end date": lambda b, g: cost(b, g, "end", 1, dt.date(2029, 5, 31)),
    "end as a model year": lambda b, g: cost(b, g, "end", 8, 2),
    "end as a calendar year": lambda b, g: cost(b, g, "end", 5, 2030),
    "end after the model": lambda b, g: cost(b, g, "end", 5, dt.date(2040, 1, 1)),
    "price growth": lambda b, g: cost(b, g, "price_growth", 1, -0.03),
    "quantity growth": lambda b, g: cost(b, g, "quantity_growth", 2, 0.25),
    "quantity growth of a lump sum": lambda b, g: cost(b, g, "quantity_growth", 7, 0.1),
    "frequency": lambda b, g: cost(b, g, "frequency", 1, word("frequency", "quarterly", g)),
    "frequency left blank": lambda b, g: cost(b, g, "frequency", 1, None),
    "frequency in the other language": lambda b, g: cost(b, g, "frequency", 1, "每年" if g == "en" else "annual"),
    "component by another word": lambda b, g: cost(b, g, "component", 1, " Subscription "),
    "component of one's own": lambda b, g: cost(b, g, "component", 40, "Travel"),
    "currency of a line": lambda b, g: cost(b, g, "currency", 5, "USD"),
    "currency left blank": lambda b, g: cost(b, g, "currency", 1, None),
    "tax rate": lambda b, g: cost(b, g, "tax_rate", 5, 0.13),
    "tax included": lambda b, g: cost(b, g, "tax_included", 1, word("yesno", "yes", g)),
    "treatment": lambda b, g: cost(b, g, "treatment", 14, word("treatment", "expense", g)),
    "rate": lambda b, g: rates(b, g, ("USD/CNY", 6.5, None)),
    "rate by year": lambda b, g: rates(b, g, ("USD/CNY", 7, None), ("usd / cny", 6.8, 2), ("USD/CNY", 6.6, 2030)),
    "rate the other way round": lambda b, g: rates(b, g, ("CNY/USD", 0.14, None), ("CNY/USD", 0.15, 2029)),
    "both directions": lambda b, g: rates(b, g, ("CNY/USD", 0.139, None), ("USD/CNY", 7.2, None)),
    "rate outside the model": lambda b, g: rates(b, g, ("USD/CNY", 7.2, None), ("USD/CNY", 9, 2045)),
    "tax basis": lambda b, g: assumption(b, g, "tax_basis", word("tax_basis", "gross", g)),
    "no whole seats": lambda b, g: assumption(b, g, "whole_seats", word("yesno", "no", g)),
    "whole seats left blank": lambda b, g: assumption(b, g, "whole_seats", None),
    "fewer years": lambda b, g: assumption(b, g, "years", 3),
    "reporting currency": lambda b, g: assumption(b, g, "currency", "USD"),
    "start in July": lambda b, g: assumption(b, g, "start_date", dt.date(2026, 7, 1)),
    "accounting policy": lambda b, g: assumption(b, g, "accounting_policy", word("accounting_policy", "us_gaap", g)),
    "discount rate": lambda b, g: assumption(b, g, "discount_rate", 0.2),
    "users": lambda b, g: assumption(b, g, "users", 120),
    "no users": lambda b, g: assumption(b, g, "users", None),
}  # fmt: skip
UNCHANGED = {
    "amount and product agree", "end after the model", "treatment", "accounting policy", "discount rate", "users",
    "no users", "component by another word", "component of one's own",
}  # fmt: skip


@pytest.mark.parametrize("change", CHANGES)
def test_native_and_crm_agree_whatever_is_changed(change, language):
    book = open_example(language)
    before = book["Total_cost"]
    CHANGES[change](book, language)
    after = agrees(book)
    if change in UNCHANGED:
        assert after == pytest.approx(before, rel=CLOSE)
    else:
        assert after != pytest.approx(before, rel=1e-6)


def test_years_carry_their_names_when_the_model_starts_in_july(language):
    book = open_example(language)
    assumption(book, language, "start_date", dt.date(2026, 7, 1))
    agrees(book)
    names = book[f"'{sheet_name('results', language)}'!C17:G17"][0]
    assert names == ["2026/27", "2027/28", "2028/29", "2029/30", "2030/31"]


def test_without_a_start_date_years_are_model_years(language):
    built = build(TemplateSpec(language=language, lines=10))
    book = open_workbook(built)
    sheets = openpyxl.load_workbook(io.BytesIO(built))
    for key, value in {"component": component_label("licence", language), "quantity": 3, "unit_cost": 100,
                       "frequency": word("frequency", "monthly", language), "start": 2, "end": 4}.items():  # fmt: skip
        book[input_cell(sheets, language, "Costs", key, 1, where="costs")] = value
    assert agrees(book) == 3 * 100 * 36
    names = book[f"'{sheet_name('results', language)}'!C17:D17"][0]
    assert names == (["Year 1", "Year 2"] if language == "en" else ["第1年", "第2年"])


# What a user may get wrong: the check that says so. No total may come out low in silence.
MISTAKES = {
    "no rate": (lambda b, g: rates(b, g), "rates"),
    "rate that starts late": (lambda b, g: rates(b, g, ("USD/CNY", 7.1, 2029)), "rates"),
    "unknown currency": (lambda b, g: cost(b, g, "currency", 1, "XXX"), "rates"),
    "text for a quantity": (lambda b, g: cost(b, g, "quantity", 1, "many"), "text_for_number"),
    "text for a price": (lambda b, g: cost(b, g, "unit_cost", 1, "12k"), "text_for_number"),
    "no component": (lambda b, g: cost(b, g, "component", 3, None), "no_component"),
    "negative quantity": (lambda b, g: cost(b, g, "quantity", 3, -2), "negative"),
    "no quantity": (lambda b, g: cost(b, g, "quantity", 3, None), "no_quantity"),
    "contradiction": (lambda b, g: cost(b, g, "amount", 3, 77), "both"),
    "end before start": (lambda b, g: cost(b, g, "end", 3, dt.date(2027, 6, 1)), "backwards"),
    "over before the model": (
        lambda b, g: (cost(b, g, "start", 3, dt.date(2026, 6, 1)), cost(b, g, "end", 3, dt.date(2026, 11, 30))),
        "early",
    ),
    "over in a year before the model": (
        lambda b, g: (cost(b, g, "start", 3, 2025), cost(b, g, "end", 3, 2026)),
        "early",
    ),
    "low above high": (lambda b, g: cost(b, g, "low", 3, 2), "unordered"),
    "more years than columns": (lambda b, g: assumption(b, g, "years", 8), "room_years"),
}  # fmt: skip


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_fails_its_check(mistake, language):
    make, check = MISTAKES[mistake]
    book = open_example(language)
    make(book, language)
    book.recalculate()
    label = term(f"template_check_{check}", language)
    lines = {row[1]: row for row in book[f"'{sheet_name('checks', language)}'!B14:I40"]}
    assert lines[label][6] == 0, lines[label]
    assert lines[label][7] == term("template_outcome_failed", language)
    assert book["Master_check"] == 0
    assert book[f"'{sheet_name('about', language)}'!B3"] == term("template_status_failed", language)


def test_a_missing_rate_gives_no_total_at_all(language):
    book = open_example(language)
    rates(book, language)
    assert str(book["Total_cost"]) == "#N/A"


def test_variance_is_actual_less_budget_with_its_word(language):
    book = open_example(language)
    rows = book["Actuals[#All]"]
    # The words of CRM_VARIANCE.
    over, under = ("Overspend", "Saving") if language == "en" else ("超支", "节约")
    seen = set()
    for *_, budget, actual, variance, share, outcome in rows[1:]:
        if budget is None:
            assert [variance, share, outcome] == ["", "", ""]
            continue
        assert variance == actual - budget
        assert share == ("" if budget == 0 else pytest.approx(variance / budget))
        assert outcome == (over if variance > 0 else under if variance < 0 else "")
        seen.add(outcome)
    assert seen == {over, under, ""}


def test_a_department_sees_what_its_lines_come_to(language):
    book = open_workbook(
        build(TemplateSpec(language=language, kind="department", start=dt.date(2027, 1, 1), lines=50, example=True))
    )
    assert book["Total_cost"] == pytest.approx(sum(plain_total().values()), rel=CLOSE)
    assert book["Master_check"] == 1
    shown = [row[0] for row in book["Line_totals"]]
    assert sum(v for v in shown if isinstance(v, float)) == pytest.approx(book["Total_cost"], rel=CLOSE)


def test_a_check_without_the_add_in_says_that_it_could_not_be_made(language):
    """As after a recalculation in a program that does not know CRM_VERSION."""
    book = open_workbook(without_add_in(content(f"crm_example_{language}.xlsx")))
    book.recalculate(stale=True)
    assert book["Addin_there"] == 0
    assert book["Total_cost"] == pytest.approx(sum(plain_total().values()), rel=CLOSE)
    assert book["Master_check"] == 1
    assert book["Master_word"] == term("template_status_open", language)
    outcomes = [row[0] for row in book[f"'{sheet_name('checks', language)}'!I14:I48"]]
    assert outcomes.count(term("template_outcome_open", language)) == 19
    assert outcomes.count(term("template_outcome_passed", language)) >= 13
