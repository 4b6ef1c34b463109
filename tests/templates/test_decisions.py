"""The sheets for decisions: their figures recomputed independently, one page for the board, charts, both languages."""

import csv
import re
import shutil
import subprocess
from importlib.resources import files
from itertools import pairwise

import numpy_financial as npf
import pytest

from crm_xl import open_workbook
from crm_xl.data import term
from crm_xl.engine.components import component_label
from crm_xl.engine.schema import columns
from crm_xl.hosts.headless.values_only import without_crm_formulas

from .conftest import content, formulas, values
from .inside import formula_cells, input_cell, parts, sheet_name
from .without_add_in import without_add_in

KEYS = ("board", "returns", "what_if", "risk", "comparison", "variance", "allocation", "savings", "estimate")
TABLES = {
    "scenarios": {"scenarios": "Scenarios", "drivers": "Drivers"},
    "options": {"options": "Options", "tiers": "Tiers", "catalogue": "Prices"},
    "usage": {"usage": "Usage", "keys": "Keys"},
}
RATE = 0.09
USD = [7.10, 7.10, 7.05, 7.05, 7.00]


def example(name):
    text = files("crm_xl.data").joinpath(f"example_{name}.csv").read_text(encoding="utf-8")
    return list(csv.DictReader(text.splitlines()))


@pytest.fixture(scope="module", params=["en", "zh"])
def filled(request):
    """The example as it was built, and its language."""
    return open_workbook(content(f"crm_example_{request.param}.xlsx")), request.param


def place(language, key, wanted):
    """The address of the first cell of a sheet in which a text stands, or that has a formula with this function."""
    sheet = formulas(f"crm_example_{language}.xlsx")[sheet_name(key, language)]
    shown = values(f"crm_example_{language}.xlsx")[sheet.title]
    for row in sheet.iter_rows():
        for cell in row:
            if shown[cell.coordinate].value == wanted:
                return cell.row, cell.column
    raise AssertionError((key, wanted))


def spilled(book, language, key, function, number=0):
    """The table of a formula with this function on a sheet, its header row included, lines without a price aside."""
    sheet = formulas(f"crm_example_{language}.xlsx")[sheet_name(key, language)]
    found = [cell.coordinate for cell, formula in formula_cells(sheet) if f"{function}(" in formula]
    return [row for row in book.table(f"'{sheet.title}'!{found[number]}") if row[0] != unpriced(language)]


def unpriced(language):
    """How a table names the one line of the example that has no price yet."""
    name = next(line[f"item_{language}"] for line in example("costs") if not line["unit_cost"] and not line["amount"])
    return f"Not priced: 1 line(s) — {name}" if language == "en" else f"未定价：1 行 — {name}"


def beside(book, language, key, label, columns=1):
    """The value right of a label."""
    row, column = place(language, key, label)
    sheet = sheet_name(key, language)
    letter = chr(ord("A") + column - 1 + columns)
    return book[f"'{sheet}'!{letter}{row}"]


def say(key, language):
    return term(f"template_{key}", language)


def line_totals(book):
    """What each line of the example comes to, by its number in the file."""
    return [row[0] if isinstance(row[0], float) else 0.0 for row in book["Line_totals"]]


def growing(amount, growth, rates):
    return sum(amount * (1 + growth) ** year * rate for year, rate in enumerate(rates))


def test_npv_and_irr_by_numpy_financial_from_the_native_rows(filled):
    book, language = filled
    net = next(
        row for row in book[f"'{sheet_name('returns', language)}'!B27:H42"] if row[0] == term("flow_net", language)
    )[1:]
    assert beside(book, language, "returns", say("figure_npv", language)) == pytest.approx(npf.npv(RATE, net), rel=1e-9)
    assert beside(book, language, "returns", say("figure_irr", language)) == pytest.approx(npf.irr(net), rel=1e-9)
    assert sum(net) == pytest.approx(spilled(book, language, "returns", "CRM_CASHFLOW")[3][-1], rel=1e-9)


def test_native_benefits_are_those_of_the_lines(filled):
    book, language = filled
    plain = 0.0
    for line in example("benefits"):
        amount = float(line["amount"] or 0) or (
            float(line["volume"] or 0) * float(line["effect"] or 0) * float(line["unit_value"] or 0)
        )
        year, month = (int(part) for part in line["start"].split("-")[:2])
        first, step = (year - 2027) * 12 + month - 1, {"monthly": 1, "annual": 12}[line["frequency"]]
        for now in range(first, 60, step):
            rate = USD[now // 12] if line["currency"] == "USD" else 1.0
            ramp = min(1.0, ((now - first) // 12 + 1) / float(line["ramp_up"] or 1e-9))
            chance = float(line["probability"] or 1)
            plain += amount * (1 + float(line["growth"] or 0)) ** ((now - first) // 12) * ramp * chance * rate
    assert spilled(book, language, "returns", "CRM_CASHFLOW")[2][-1] == pytest.approx(plain, rel=1e-9)


def test_differences_between_native_and_crm_are_nil(filled):
    book, language = filled
    for what in ("costs", "benefits", "net"):
        row, _ = place(language, "returns", term("template_return_less", language, what=term(f"flow_{what}", language)))
        assert all(abs(v) < 1e-6 for v in book[f"'{sheet_name('returns', language)}'!C{row}:H{row}"][0])


def test_scenarios_by_the_totals_of_the_lines(filled):
    book, language = filled
    totals, lines = line_totals(book), example("costs")
    found = {row[0]: row[1] for row in spilled(book, language, "what_if", "CRM_SCENARIO")[1:]}
    base = sum(totals)
    assert found[term("base_case", language)] == pytest.approx(base, rel=1e-9)
    dollars = sum(total for total, line in zip(totals, lines, strict=False) if line["currency"] == "USD")
    name = {"en": "Dollar up 10%", "zh": "美元升值 10%"}[language]
    assert found[name] == pytest.approx(base + dollars / 10, rel=1e-9)
    dropped = ("Second phase: dashboards and approval, coding", "Agentforce for Sales module")
    gone = sum(total for total, line in zip(totals, lines, strict=False) if line["item_en"] in dropped)
    name = {"en": "Second phase dropped", "zh": "取消二期"}[language]
    assert found[name] == pytest.approx(base - gone, rel=1e-9)
    assert gone > 0


def test_the_tornado_falls_and_each_side_is_one_driver(filled):
    book, language = filled
    table = spilled(book, language, "what_if", "CRM_SENSITIVITY")[1:]
    swings = [row[5] for row in table]
    assert swings == sorted(swings, reverse=True)
    assert len(table) == len(example("drivers"))
    platform = {"en": "Integration platform", "zh": "集成平台"}[language]
    line = next(row for row in table if row[0] == platform)
    own = next(t for t, c in zip(line_totals(book), example("costs"), strict=False) if c["vendor_en"] == "Flowbridge")
    assert line[3:5] == pytest.approx([-0.2 * own, 1.5 * own], rel=1e-9)


def test_the_mean_of_the_risk_is_that_of_pert(filled):
    book, language = filled
    mean = 0.0
    for total, line in zip(line_totals(book), example("costs"), strict=False):
        low, likely, high = (float(line[key] or 1) for key in ("low", "likely", "high"))
        mean += total * (low + 4 * likely + high) / 6
    table = {row[0]: row for row in spilled(book, language, "risk", "CRM_RISK")[1:]}
    assert table[term("mean", language)][1] == pytest.approx(mean, rel=2e-3)
    assert table[term("point_estimate", language)][1] == pytest.approx(book["Total_cost"], rel=1e-9)
    steps = spilled(book, language, "risk", "CRM_RISK", 2)[3:]
    assert [row[1] for row in steps] == sorted(row[1] for row in steps)
    assert len(steps) == 19
    assert spilled(book, language, "risk", "CRM_RISK", 1)[3] == table["P80"]


def test_the_options_by_price_users_and_months(filled):
    book, language = filled
    price = {
        "Salesforce Enterprise": 175, "Dynamics 365 Sales Enterprise": 105, "HubSpot Sales Hub Enterprise": 150,
        "Zoho CRM Enterprise": 40, "Fxiaoke Flagship": 220, "Salesforce, own quote": 140,
    }  # fmt: skip
    table = {row[0]: row for row in spilled(book, language, "comparison", "CRM_COMPARE")[1:]}
    for option in example("options"):
        rates = USD if option["currency"] == "USD" else [1.0] * 5
        licence = growing(price[option["option_en"]] * 300 * 12, float(option["price_growth"]), rates)
        amounts = {key: float(option[key]) for key in ("implementation", "maintenance", "training")}
        expected = [
            licence, amounts["implementation"] * rates[0], growing(amounts["maintenance"], 0, rates),
            amounts["training"] * rates[0],
        ]  # fmt: skip
        row = table[option[f"option_{language}"]]
        assert row[1:5] == pytest.approx(expected, rel=1e-9), row[0]
        assert row[5] == pytest.approx(sum(expected), rel=1e-9)
        assert re.fullmatch(r"2026-\d\d-\d\d", row[7])


def test_variance_by_every_cut(filled):
    book, language = filled
    lines = example("actuals")
    for number, key in enumerate(("component", "department_" + language, "year")):
        table = {row[0]: row for row in spilled(book, language, "variance", "CRM_VARIANCE", number)[1:]}
        for name in {line[key] for line in lines if line[key]}:
            label = component_label(name, language) if key == "component" else name
            mine = [line for line in lines if line[key] == name]
            budget, actual = (sum(float(line[side]) for line in mine) for side in ("budget", "actual"))
            assert table[label][1:4] == pytest.approx([budget, actual, actual - budget]), label
        total = table[term("total", language)]
        assert total[3] == pytest.approx(sum(float(line["actual"]) - float(line["budget"]) for line in lines))


def test_shares_add_up_to_the_cent(filled):
    book, language = filled
    table = spilled(book, language, "allocation", "CRM_ALLOCATE")[1:]
    keys = {line[f"name_{language}"]: float(line["key"]) for line in example("keys")}
    for name, share, amount in table[:-1]:
        assert share == pytest.approx(keys[name] / 300)
        assert amount == pytest.approx(book["Total_cost"] * keys[name] / 300, abs=0.0101)
        assert amount == round(amount, 2)
    assert round(sum(row[2] for row in table[:-1]), 2) == round(book["Total_cost"], 2) == table[-1][2]


def test_unused_seats_and_the_sum_of_the_levers(filled):
    book, language = filled
    costs = {line["item_en"]: (total, line) for total, line in zip(line_totals(book), example("costs"), strict=False)}
    unused = 0.0
    for line in example("usage"):
        total, cost = costs[line["item_en"]]
        if line["active"]:
            unused += total * (1 - float(line["active"]) / float(cost["quantity"]))
    table = spilled(book, language, "savings", "CRM_SAVINGS")[1:]
    assert table[0][1] == pytest.approx(unused, rel=1e-9)
    assert all(row[1] > 0 for row in table)
    assert table[-1][1] == pytest.approx(sum(row[1] for row in table[:-1]))
    assert table[-1][1] < book["Total_cost"]
    left = beside(book, language, "savings", say("savings_left", language))
    assert left == pytest.approx(book["Total_cost"] - table[-1][1])


PAGE, UNIT = "B9:M44", "K3"


def board(book, language):
    """The figures of the board in full, by their names; a name that comes twice has the same figure twice."""
    title, found = sheet_name("board", language), {}
    book[f"'{title}'!{UNIT}"] = {"en": "full amounts", "zh": "元"}[language]
    for row in book[f"'{title}'!{PAGE}"]:
        for name, figure in pairwise(row):
            if isinstance(name, str) and isinstance(figure, float):
                assert found.setdefault(name, figure) == figure, name
    return found


def stands_on_the_board(book, language):
    """Check that the board shows what the functions say, wherever it comes from."""
    found, tables = board(book, language), "Costs[#All],Benefits[#All],Assumptions[#All]"
    assert found[say("figure_total", language)] == pytest.approx(book["Total_cost"])
    assert found[say("figure_npv", language)] == pytest.approx(book.evaluate(f"=CRM_NPV({tables})"))
    assert found[say("figure_payback", language)] == pytest.approx(book.evaluate(f"=CRM_PAYBACK({tables})"))
    assert found[say("figure_per_active_user", language)] == pytest.approx(book["Total_cost"] / 255)
    for row in spilled(book, language, "comparison", "CRM_COMPARE")[1:]:
        assert found[row[0]] == pytest.approx(row[5])
    for row in spilled(book, language, "risk", "CRM_RISK")[1:]:
        assert row[0] == term("mean", language) or found[row[0]] == pytest.approx(row[1])
    levers = sorted(spilled(book, language, "savings", "CRM_SAVINGS")[1:-1], key=lambda row: -row[1])[:3]
    drivers = spilled(book, language, "what_if", "CRM_SENSITIVITY")[1:4]
    rows = book[f"'{sheet_name('board', language)}'!{PAGE}"]
    assert [(row[0], row[1]) for row in rows if row[0] in {lever[0] for lever in levers}] == [
        (lever[0], pytest.approx(lever[1])) for lever in levers
    ]
    shown = [(row[4], row[5], row[6]) for row in rows if row[4] in {driver[0] for driver in drivers}]
    assert shown == [(d[0], pytest.approx(d[3]), pytest.approx(d[4])) for d in drivers]
    largest = sorted(((t, i) for i, t in enumerate(line_totals(book))), key=lambda pair: (-pair[0], pair[1]))[:5]
    lines = [(line[f"item_{language}"], line["component"]) for line in example("costs")]
    at = next(i for i, row in enumerate(rows) if row[4] == say("board_largest", language))
    assert [row[4] for row in rows[at + 1 : at + 6]] == [lines[i][0] for _, i in largest]
    assert [row[5] for row in rows[at + 1 : at + 6]] == pytest.approx([total for total, _ in largest])


def test_the_board_shows_what_stands_on_the_other_sheets(filled):
    stands_on_the_board(*filled)


@pytest.mark.parametrize(
    ("key", "line", "value"), [("quantity", 1, 150), ("unit_cost", 5, 3200), ("price_growth", 1, 0.15)]
)
def test_the_board_follows_an_input(key, line, value, language):
    book = open_workbook(content(f"crm_example_{language}.xlsx"))
    before = board(book, language)
    sheets = formulas(f"crm_example_{language}.xlsx")
    book[input_cell(sheets, language, "Costs", key, line, where="costs")] = value
    assert book.recalculate().ok
    after = board(book, language)
    assert after[say("figure_total", language)] > before[say("figure_total", language)]
    stands_on_the_board(book, language)
    assert book["Master_check"] == 1


def test_a_crm_that_never_pays_back_shows_a_dash_and_fails_no_check(language):
    book = open_workbook(content(f"crm_example_{language}.xlsx"))
    sheets = formulas(f"crm_example_{language}.xlsx")
    for line in range(1, len(example("benefits")) + 1):
        book[input_cell(sheets, language, "Benefits", "probability", line, where="benefits")] = 0.0001
    book.recalculate()
    row, column = place(language, "board", say("figure_irr", language))
    shown = book[f"'{sheet_name('board', language)}'!{chr(ord('A') + column)}{row}"]
    assert shown == "–"
    assert book["Master_check"] == 1


def shown_on(sheet):
    return [cell.value for row in sheet.iter_rows() for cell in row if cell.value is not None]


def test_the_board_says_how_many_lines_the_total_leaves_out(language):
    book, title = open_workbook(content(f"crm_example_{language}.xlsx")), sheet_name("board", language)
    one, two, none = {
        "en": [f"Undecided: {n} of 45 lines without a price, not in the total." for n in (1, 2)]
        + ["Every cost line has a price."],
        "zh": [f"尚未确定：45 行费用中有 {n} 行未定价，未计入总成本。" for n in (1, 2)] + ["所有费用行均已定价。"],
    }[language]
    sheets, lines = formulas(f"crm_example_{language}.xlsx"), example("costs")
    number = 1 + next(i for i, line in enumerate(lines) if not line["unit_cost"] and not line["amount"])
    assert len(lines) == 45
    assert book[f"'{title}'!B7"] == one
    book[input_cell(sheets, language, "Costs", "unit_cost", 1, where="costs")] = None
    assert book[f"'{title}'!B7"] == two
    for line in (1, number):
        book[input_cell(sheets, language, "Costs", "unit_cost", line, where="costs")] = 1
    assert book[f"'{title}'!B7"] == none


def test_the_board_answers_in_sentences_in_a_unit_that_fits(language):
    book, title = open_workbook(content(f"crm_example_{language}.xlsx")), sheet_name("board", language)
    total, per_user = book["Total_cost"], book["Total_cost"] / 300
    whole, unit = {"en": (total / 1e6, "M"), "zh": (total / 1e4, "万")}[language]
    wanted = {
        "en": f"The CRM costs CNY {whole:,.1f}{unit} for 2027–2031, or CNY {per_user:,.0f} per user.",
        "zh": f"CRM 总成本为 CNY {whole:,.1f}{unit}（2027–2031），每用户 CNY {per_user:,.0f}。",
    }[language]
    assert book[f"'{title}'!B5"] == wanted
    by_part = {}
    for line_total, line in zip(line_totals(book), example("costs"), strict=False):
        by_part[line["component"]] = by_part.get(line["component"], 0) + line_total
    share = f"{max(by_part.values()) / total:.0%}"
    assert share in book[f"'{title}'!B6"]
    assert component_label(max(by_part, key=by_part.get), language) in book[f"'{title}'!B6"]
    for choice, factor in zip(
        say("board_units", language).split("|")[1:], {"en": (1, 1e3, 1e6), "zh": (1, 1e4, 1e8)}[language], strict=True
    ):
        book[f"'{title}'!{UNIT}"] = choice
        assert book[f"'{title}'!C9"] == pytest.approx(total / factor)
        assert f"{total / factor:,.{int(factor > 1)}f}" in book[f"'{title}'!B5"]
    # A word that is none of the list is as good as none.
    book[f"'{title}'!{UNIT}"] = "dozens"
    assert book[f"'{title}'!B5"] == wanted


def test_what_was_not_asked_is_not_on_the_board(language):
    book, title = open_workbook(content(f"crm_example_small_{language}.xlsx")), sheet_name("board", language)
    texts = {value for row in book[f"'{title}'!A1:M44"] for value in row if isinstance(value, str)}
    keys = (
        "board_return",
        "board_risk",
        "board_options",
        "board_levers",
        "board_drivers",
        "figure_npv",
        "board_no_addin",
    )
    assert not texts & {say(key, language) for key in keys}
    assert {say(key, language) for key in ("board_breakdown", "board_largest", "board_nature")} <= texts
    assert {say(key, language) for key in keys[:-1]} <= {
        value for row in open_workbook(content(f"crm_example_{language}.xlsx"))[f"'{title}'!A1:M44"] for value in row
    }


def test_lines_that_cost_the_same_are_each_named_on_the_board():
    book = open_workbook(content("crm_example_small_en.xlsx"))
    sheets = formulas("crm_example_small_en.xlsx")
    for line in range(1, 9):
        for key in ("quantity", "unit_cost", "price_growth", "start"):
            book[input_cell(sheets, "en", "Costs", key, line, where="costs")] = None
        book[input_cell(sheets, "en", "Costs", "amount", line, where="costs")] = 100
        book[input_cell(sheets, "en", "Costs", "frequency", line, where="costs")] = "one-off"
    rows = book[f"'Board'!{PAGE}"]
    at = next(i for i, row in enumerate(rows) if row[4] == say("board_largest", "en"))
    items = [book[input_cell(sheets, "en", "Costs", "item", line, where="costs")] for line in range(1, 6)]
    assert [row[4] for row in rows[at + 1 : at + 6]] == items


def test_the_titles_of_the_charts_say_what_is_seen(language):
    book, title = open_workbook(content(f"crm_example_small_{language}.xlsx")), sheet_name("board", language)
    texts = [str(value) for row in book[f"'{title}'!B55:C110"] for value in row]
    charts = [
        xml.decode()
        for part, xml in parts(content(f"crm_example_small_{language}.xlsx")).items()
        if "charts/chart" in part
    ]
    titles = [
        found[1] for xml in charts if (found := re.search(r"<c:title><c:tx><c:strRef>.*?<c:v>([^<]*)</c:v>", xml))
    ]
    # By hand: 28,560 + 43,200 + 18,000 + 9,000 + 4,300 + 8,000 fall due in 2027, 195 of 282 by 2028.
    year = "111.1k" if language == "en" else "11.1万"
    assert any("2027" in text and year in text for text in titles)
    assert any("2028" in text and year not in text for text in titles)
    assert len(titles) == 3
    assert set(titles) <= set(texts)


def test_the_head_says_which_years_the_total_covers(language):
    book, label = open_workbook(content(f"crm_example_{language}.xlsx")), {"en": "Years", "zh": "年数"}[language]
    heads = [f"'{sheet_name(key, language)}'!B2" for key in ("board", "results")]
    assert all(book[head].endswith("2027–2031") for head in heads)
    sheet = sheet_name("assumptions", language)
    row = next(i for i, line in enumerate(book["Assumptions[#All]"]) if line[0] == label)
    book[f"'{sheet}'!C{5 + row}"] = 3
    assert all(book[head].endswith("2027–2029") for head in heads)
    book[f"'{sheet}'!C{5 + row}"] = 1
    assert all(book[head].endswith("2027") and not book[head].endswith("–2027") for head in heads)


def test_without_the_add_in_the_board_shows_what_is_native_and_says_what_is_missing(language):
    whole = board(open_workbook(content(f"crm_example_{language}.xlsx")), language)
    book = open_workbook(without_add_in(content(f"crm_example_{language}.xlsx")))
    book.recalculate(stale=True)  # what the functions had computed stands there
    found, title = board(book, language), sheet_name("board", language)
    for key in ("total", "a_year", "per_user", "per_active_user", "npv", "irr", "roi", "value"):
        name = say(f"figure_{key}", language)
        assert found[name] == pytest.approx(whole[name], rel=1e-9), key
    assert book[f"'{title}'!J7"] == say("board_no_addin", language)
    cells = [value for row in book[f"'{title}'!A1:M110"] for value in row]
    assert not [value for value in cells if re.match("#[A-Z]", str(value))]
    assert say("figure_payback", language) not in found
    assert say("board_contingency", language) not in found
    assert not open_workbook(content(f"crm_example_{language}.xlsx"))[f"'{title}'!J7"]


def test_nothing_stale_stands_on_the_board_without_the_add_in(language):
    """LibreOffice does not follow up a formula with a function that it does not know, nor what rests on it.

    So the cell that says whether the add-in answers rests on every table itself, and so on it all that CRM_* computed.
    """
    book = formulas(f"crm_example_{language}.xlsx")
    found = [text for sheet in book for _, text in formula_cells(sheet)]
    read = {table for text in found if "CRM_" in text for table in re.findall(r"(\w+)\[#All\]", text)}
    assert {"Costs", "Options", "Drivers"} <= read
    sheet, cell = book.defined_names["Addin_there"].value.split("!")
    answers = book[sheet.strip("'")][cell.replace("$", "")].value
    assert read == set(re.findall(r"(\w+)\[\]", answers))
    elsewhere = [sheet_name(key, language) for key in ("risk", "comparison", "savings", "what_if")]
    checked = 0
    for cell, text in formula_cells(book[sheet_name("board", language)]):
        if any(f"{name}!" in text or f"'{name}'!" in text for name in elsewhere):
            assert "Addin_there" in text, cell.coordinate
            checked += 1
    assert checked >= 30


def test_roi_is_named_after_what_it_is(filled):
    book, language = filled
    rows = {row[0]: row[1:] for row in book[f"'{sheet_name('returns', language)}'!B27:H42"]}
    spent, brought = (npf.npv(RATE, rows[term(f"flow_{key}", language)]) for key in ("costs", "benefits"))
    name = {"en": "Return (ROI), at present value", "zh": "投资回报率（ROI，按现值）"}[language]
    assert beside(book, language, "returns", name) == pytest.approx(-brought / spent - 1, rel=1e-9)


def test_a_cost_without_any_benefit_is_no_negative_return(language):
    book = open_workbook(without_add_in(content(f"crm_example_{language}.xlsx")))
    sheets = formulas(f"crm_example_{language}.xlsx")
    for line in range(1, len(example("benefits")) + 1):
        book[input_cell(sheets, language, "Benefits", "benefit", line, where="benefits")] = None
    book.recalculate(stale=True)  # what the functions had computed stands there
    assert say("figure_npv", language) not in board(book, language)
    assert book[f"'{sheet_name('returns', language)}'!D7"] == say("nothing_yet", language)


def test_the_estimate_is_compared_with_the_components_that_it_knows(filled):
    book, language = filled
    totals = dict.fromkeys(("licence", "customisation", "maintenance", "training"), 0.0)
    other = 0.0
    for total, line in zip(line_totals(book), example("costs"), strict=False):
        if line["component"] in totals:
            totals[line["component"]] += total
        else:
            other += total
    row, column = place(language, "estimate", say("estimate_real", language))
    rows = book[f"'{sheet_name('estimate', language)}'!B{row + 1}:G{row + 7}"]
    assert column == 6
    assert [line[4] for line in rows[:4]] == pytest.approx(list(totals.values()), rel=1e-9)
    assert rows[4][4] == pytest.approx(sum(totals.values()), rel=1e-9)
    assert rows[5][0] == say("estimate_left_out", language)
    assert rows[5][4] == pytest.approx(other, rel=1e-9)
    assert other > 0
    assert rows[6][4] == pytest.approx(sum(totals.values()) + other, rel=1e-9)


def test_units_and_billings_of_a_chinese_workbook_are_chinese():
    shown = values("crm_example_zh.xlsx")
    for key in ("options", "comparison"):
        texts = [text for text in shown_on(shown[sheet_name(key, "zh")]) if isinstance(text, str)]
        assert {"用户/月", "每年"} <= set(texts), key
        assert not [text for text in texts if re.fullmatch(r"(user|seat|org)/\w+|annual|monthly.*|free", text)], key


def test_a_rate_has_a_tolerance_of_its_own_and_shows(language):
    name, label = f"crm_example_{language}.xlsx", say("check_irr", language)
    sheet = formulas(name)[sheet_name("checks", language)]
    line = next(row for row in sheet.iter_rows() if row[2].value == label)
    figure, _, difference, tolerance = line[3:7]
    assert tolerance.value == 1e-6
    assert tolerance.number_format == difference.number_format == "0.00E+00"
    assert figure.number_format.startswith("0.0000")


def test_every_series_that_a_legend_names_has_a_name(language):
    for kind in ("template", "example", "department"):
        for part, xml in parts(content(f"crm_{kind}_{language}.xlsx")).items():
            if not part.startswith("xl/charts/chart") or b"<c:legend>" not in xml:
                continue
            for series in re.findall(r"<c:ser>.*?</c:ser>", xml.decode(), re.DOTALL):
                said = re.search(r"<c:tx><c:strRef><c:f>[^<]+</c:f><c:strCache>.*?<c:v>([^<]+)</c:v>", series)
                assert said, (kind, part)


def test_both_languages_show_the_same_figures():
    english, chinese = (values(f"crm_example_{language}.xlsx") for language in ("en", "zh"))
    # The board shows each language the unit that it uses: it is compared in full amounts.
    whole = [board(open_workbook(content(f"crm_example_{language}.xlsx")), language) for language in ("en", "zh")]
    assert list(whole[0].values()) == pytest.approx(list(whole[1].values()), rel=1e-9)
    for key in KEYS[1:]:
        one, other = english[sheet_name(key, "en")], chinese[sheet_name(key, "zh")]
        numbers = [
            [cell.value for row in sheet.iter_rows() for cell in row if isinstance(cell.value, int | float)]
            for sheet in (one, other)
        ]
        assert numbers[0] == pytest.approx(numbers[1], rel=1e-9, abs=1e-6), key
        assert len(numbers[0]) > 20


def test_a_blank_template_is_calm(language):
    shown = values(f"crm_template_{language}.xlsx")
    about = shown[sheet_name("about", language)]["B3"].value
    assert about == {"en": "Checks: no cost line is entered yet", "zh": "检查：尚未填写费用"}[language]
    texts = shown_on(shown[sheet_name("board", language)])
    assert say("board_nothing", language) in texts
    assert say("board_contingency", language) not in texts
    for key in KEYS:
        texts = [cell.value for row in shown[sheet_name(key, language)].iter_rows() for cell in row]
        assert not [text for text in texts if isinstance(text, str) and re.match("#[A-Z]", text)]
        assert key in ("board",) or say("nothing_yet", language) in texts, key
    assert open_workbook(content(f"crm_template_{language}.xlsx"))["Master_check"] == 1


def test_every_result_has_its_chart(name):
    if "department" in name:
        return
    language = name.removesuffix(".xlsx")[-2:]
    book = formulas(name)
    kinds = {key: [type(c).__name__ for c in book[sheet_name(key, language)]._charts] for key in KEYS}
    assert kinds["board"] == ["BarChart", "BarChart", "BarChart"]
    assert {key: len(charts) for key, charts in kinds.items()} == {
        "board": 3, "returns": 1, "what_if": 2, "risk": 1, "comparison": 1, "variance": 1, "allocation": 1,
        "savings": 1, "estimate": 0,
    }  # fmt: skip


def test_charts_keep_a_copy_of_the_figures_of_the_decisions(filled):
    book, language = filled
    found = parts(content(f"crm_example_{language}.xlsx"))
    charts = "".join(xml.decode() for part, xml in found.items() if part.startswith("xl/charts/chart"))
    copies = [float(v) for v in re.findall(r"<c:v>(-?[\d.]+)</c:v>", charts)]
    for row in spilled(book, language, "what_if", "CRM_SENSITIVITY")[1:4]:
        assert any(copy == pytest.approx(row[4]) for copy in copies), row[0]
    for row in spilled(book, language, "savings", "CRM_SAVINGS")[1:-1]:
        assert any(copy == pytest.approx(row[1]) for copy in copies), row[0]


def test_every_table_of_the_decisions_names_lines_without_a_price_and_no_chart_shows_them(filled):
    book, language = filled
    for key, count in {"returns": 1, "what_if": 2, "risk": 3, "allocation": 1, "savings": 1}.items():
        cells = [cell for row in book[f"'{sheet_name(key, language)}'!A1:T90"] for cell in row]
        assert cells.count(unpriced(language)) == count, key


def test_every_column_to_fill_in_is_validated_and_explained(language):
    book = formulas(f"crm_template_{language}.xlsx")
    for sheet_key, tables in TABLES.items():
        sheet = book[sheet_name(sheet_key, language)]
        areas = {
            (area.min_row, area.min_col): (area, validation)
            for validation in sheet.data_validations.dataValidation
            for area in validation.sqref.ranges
        }
        for key, table in tables.items():
            (first, *_), *_, (last, *_) = sheet[sheet.tables[table].ref]
            fields = columns(key).values()
            assert [c.value for c in sheet[first.row][first.column - 1 :][: len(fields)]] == [
                field.label(language) for field in fields
            ]
            for number, field in enumerate(fields, first.column):
                area, validation = areas[first.row + 1, number]
                assert area.max_row == last.row, field.key
                assert validation.promptTitle == validation.errorTitle == field.label(language)
                assert field.description(language)[:40] in validation.prompt
                assert validation.error


@pytest.mark.libreoffice
@pytest.mark.skipif(shutil.which("soffice") is None, reason="LibreOffice (soffice) is not installed")
@pytest.mark.skipif(shutil.which("pdftotext") is None, reason="pdftotext (poppler-utils) is not installed")
def test_the_board_prints_on_one_page(tmp_path, language):
    (tmp_path / "board.xlsx").write_bytes(without_crm_formulas(content(f"crm_example_{language}.xlsx")))
    profile = f"-env:UserInstallation=file://{tmp_path}/profile"
    command = ["soffice", profile, "--headless", "--convert-to", "pdf", "--outdir", str(tmp_path), "board.xlsx"]
    subprocess.run(command, cwd=tmp_path, check=True, capture_output=True, timeout=180)
    done = subprocess.run(["pdftotext", "-layout", "board.pdf", "-"], cwd=tmp_path, check=True, capture_output=True)
    pages = done.stdout.decode().split("\f")
    # The name of the sheet stands at the right of the header of each page.
    heads = [page.strip().splitlines()[0] for page in pages if page.strip()]
    assert sum(head.rstrip().endswith(sheet_name("board", language)) for head in heads) == 1
    assert not any("#NAME?" in page for page in pages)
