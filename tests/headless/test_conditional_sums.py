"""A sum under conditions shows the error of a cell that meets them, as Excel and LibreOffice do: it is never low."""

import shutil
import time
from xml.sax.saxutils import escape

import pytest

from crm_xl.errors import ErrorValue
from crm_xl.hosts.headless.book import open_workbook

from .books import book, cell, sheet
from .test_libreoffice import in_libreoffice

DIV0, NA, VALUE = ErrorValue.DIV0, ErrorValue.NA, ErrorValue.VALUE

# Kind, amount with an error of the kind L, amount without, a second condition that is an error once, two errors.
LINES = [
    ("K", 1, 1, "x", 1),
    ("L", 2, 2, "y", 2),
    ("L", "=1/0", 4, "=NA()", "=NA()"),
    ("K", 8, 8, "x", "=1/0"),
    ("L", 16, 16, "x", 16),
    ("M", 32, 32, "y", 32),
]
# Every value was worked out by hand from LINES.
EXPECTED = {
    # Matched: kinds L have the error.
    'SUMIF(A1:A6,"L",B1:B6)': DIV0,
    'SUMIFS(B1:B6,A1:A6,"L")': DIV0,
    'AVERAGEIF(A1:A6,"L",B1:B6)': DIV0,
    'AVERAGEIFS(B1:B6,A1:A6,"L")': DIV0,
    'MAXIFS(B1:B6,A1:A6,"L")': DIV0,
    'MINIFS(B1:B6,A1:A6,"L")': DIV0,
    'sumifs(B1:B6,A1:A6,"<>K")': DIV0,
    'SUMIFS(B1:B6,A1:A6,"?",C1:C6,"<5")': DIV0,
    'SUMIF(B1:B6,"<>")': DIV0,
    'SUMIF(OFFSET(A1,0,0,6,1),"L",B1:B6)': DIV0,
    'SUMIFS(OFFSET(B1,0,0,6,1),A1:A6,"L")': DIV0,
    '1+SUMIFS(B1:B6,A1:A6,"L")/2': DIV0,
    '-SUMIFS(B1:B6,A1:A6,"L")^2': DIV0,
    "SUMIF(A1:A6,A2,B1:B6)": DIV0,
    # Not matched: the error stands in another line.
    'SUMIF(A1:A6,"K",B1:B6)': 9,
    'SUMIFS(B1:B6,A1:A6,"K")': 9,
    'AVERAGEIF(A1:A6,"K",B1:B6)': 4.5,
    'AVERAGEIFS(B1:B6,A1:A6,"K")': 4.5,
    'MAXIFS(B1:B6,A1:A6,"K")': 8,
    'SUMIF(B1:B6,">1")': 58,
    'SUMIFS(B1:B6,B1:B6,">=0",A1:A6,"L")': 18,
    'SUMIFS(B1:B6,A1:A6,"Z")': 0,
    'SUMIF(A1:A6,"Z",B1:B6)': 0,
    '-SUMIFS(B1:B6,A1:A6,"K")^2': 81,
    'SUMIFS(B1:B6,A1:A6,"L",C1:C6,"<>4")': 18,
    'SUMIF(A1:A2,"L",B1:B2)': 2,
    # An error among what is compared meets no condition but "not equal", and the sum is whole.
    'SUMIFS(C1:C6,D1:D6,"x")': 25,
    'SUMIF(D1:D6,"x",C1:C6)': 25,
    'AVERAGEIFS(C1:C6,D1:D6,"y")': 17,
    'SUMIFS(C1:C6,D1:D6,"<>x")': 38,
    'SUMIFS(B1:B6,D1:D6,"x")': 25,
    'SUMIFS(B1:B6,D1:D6,"<>x")': DIV0,
    # Whole columns.
    'SUMIF(A:A,"L",B:B)': DIV0,
    'SUMIFS(B:B,A:A,"L")': DIV0,
    'SUMIFS(B:B,A:A,"K")': 9,
    'AVERAGEIFS(B:B,A:A,"K")': 4.5,
    # Nested.
    'IFERROR(SUMIFS(B1:B6,A1:A6,"L"),-1)': -1,
    'IFERROR(SUMIFS(B1:B6,A1:A6,"K"),-1)': 9,
    'ISERROR(SUMIF(A1:A6,"L",B1:B6))': True,
    'SUM(SUMIFS(B1:B6,A1:A6,"K"),SUMIFS(B1:B6,A1:A6,"M"))': 41,
    'SUMIFS(C1:C6,C1:C6,">"&SUMIFS(B1:B6,A1:A6,"K"))': 48,
    # A range to sum that is given with another size takes the size of the range compared.
    'SUMIF(A1:A6,"L",B1)': DIV0,
    'SUMIF(A1:A6,"L",B2:B3)': DIV0,
    'SUMIF(A1:A6,"K",B2:B3)': 18,
    'SUMIF(A1:A6,"K",B1:C1)': 9,
    'SUMIF(A1:A2,"L",B1:B6)': 2,
    'SUMIF(A1:A3,"L",B1)': DIV0,
    'AVERAGEIF(A1:A6,"M",B1)': 32,
    # Ranges of different sizes.
    'SUMIFS(C1:C6,A1:A5,"L")': VALUE,
    'SUMIFS(C1:C6,A1,"K")': VALUE,
    'AVERAGEIFS(C1:C6,A1:B3,"K")': VALUE,
    'COUNTIFS(A1:A6,"K",C1:C5,">0")': VALUE,
}
# The second sums what the first gives, and the third the second; G1 is matched, G2 and G3 follow from it.
CHAIN = {
    "G1": ('SUMIFS(B1:B6,A1:A6,"L")', DIV0),
    "G2": ('SUMIF(H1:H1,"go",G1:G1)', DIV0),
    "G3": ('AVERAGEIFS(G2:G2,H2:H2,"go")', DIV0),
    "G4": ('SUMIFS(G1:G3,H1:H3,"stay")', 0),
    "G5": ('IFERROR(SUMIFS(G1:G3,H1:H3,"go"),7)', 7),
}
# Of two errors, the first in the order of reading, as SUM and the engine have it; LibreOffice gives the last.
TWO = {
    'SUMIF(A1:A6,"?",E1:E6)': NA,
    'SUMIFS(E1:E6,A1:A6,"?")': NA,
    'AVERAGEIFS(E1:E6,A1:A6,"?")': NA,
    'SUMIFS(E1:E6,A1:A6,"K")': DIV0,
    'SUMIFS(E1:E6,A1:A6,"M")': 32,
}


def lines():
    out = []
    for number, line in enumerate(LINES, 1):
        for letter, value in zip("ABCDE", line, strict=True):
            formula = value[1:] if isinstance(value, str) and value.startswith("=") else None
            out.append(cell(f"{letter}{number}", None if formula else value, formula))
    return [*out, cell("H1", "go"), cell("H2", "go"), cell("H3", "go")]


def saved(formula):
    """Return a formula as files hold it."""
    return formula.replace("MAXIFS", "_xlfn.MAXIFS").replace("MINIFS", "_xlfn.MINIFS")


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    every = {**dict.fromkeys(EXPECTED), **dict.fromkeys(TWO)}
    results = [cell(f"K{i}", 0, saved(formula)) for i, formula in enumerate(every, 1)]
    chain = [cell(ref, 0, formula) for ref, (formula, _) in CHAIN.items()]
    path = tmp_path_factory.mktemp("sums") / "sums.xlsx"
    path.write_bytes(book({"S": sheet(*lines(), *results, *chain)}))
    return path


@pytest.fixture(scope="module")
def opened(path):
    return open_workbook(path)


@pytest.mark.parametrize(("at", "formula", "value"), [(i, *p) for i, p in enumerate([*EXPECTED.items(), *TWO.items()])])
def test_a_sum_has_the_error_of_a_line_that_meets_its_conditions(opened, at, formula, value):
    assert opened[f"S!K{at + 1}"] == value


@pytest.mark.parametrize("ref", CHAIN)
def test_sums_of_sums_hand_the_error_on(opened, ref):
    assert opened[f"S!{ref}"] == CHAIN[ref][1]


@pytest.mark.parametrize(("formula", "value"), [*EXPECTED.items(), *TWO.items()])
def test_a_formula_that_is_only_tried_gives_the_same(opened, formula, value):
    assert opened.evaluate(saved(formula), "S") == value


@pytest.mark.libreoffice
@pytest.mark.skipif(shutil.which("soffice") is None, reason="LibreOffice (soffice) is not installed")
def test_libreoffice_gives_the_same(path, tmp_path):
    theirs = in_libreoffice(path, tmp_path, 0)["S"]
    found = {f: theirs[f"K{i}"].value for i, f in enumerate([*EXPECTED, *TWO], 1)}
    found |= {ref: theirs[ref].value for ref in CHAIN}
    expected = EXPECTED | TWO | {ref: value for ref, (_, value) in CHAIN.items()}
    # Of several errors it gives the last.
    expected |= {f: DIV0 for f, value in TWO.items() if value is NA}
    differing = {
        f: (found[f], v) for f, v in expected.items() if found[f] != (str(v) if isinstance(v, ErrorValue) else v)
    }
    assert not differing


def test_an_error_that_comes_and_goes_while_a_book_is_open():
    numbers = [cell(f"{c}{r}", v) for r in (1, 2, 3) for c, v in (("A", "L"), ("B", r))]
    formulas = [cell("D1", 0, 'SUMIFS(B1:B3,A1:A3,"L")'), cell("D2", 0, 'SUMIF(A1:A3,"L",B1)'), cell("D3", 0, "D1+D2")]
    opened = open_workbook(book({"S": sheet(*numbers, *formulas)}))
    assert opened["S!D1:D3"] == [[6], [6], [12]]
    opened["S!B3"] = NA
    assert opened["S!D1:D3"] == [[NA], [NA], [NA]]
    opened["S!A3"] = "K"
    assert opened["S!D1:D3"] == [[3], [3], [6]]
    opened["S!A3"], opened["S!B3"] = "L", 10
    assert opened["S!D1:D3"] == [[13], [13], [26]]


def test_a_range_whose_size_follows_is_read_anew_where_it_changes():
    numbers = [cell(f"{c}{r}", v) for r in (1, 2, 3) for c, v in (("A", "L"), ("B", r))]
    opened = open_workbook(book({"S": sheet(*numbers, cell("D1", 0, 'SUMIF(A1:A3,"L",B1)'))}))
    assert opened["S!D1"] == 6
    opened["S!B3"] = 30
    assert opened["S!D1"] == 33


def test_array_formulas_and_spills_have_the_error_too():
    cells = [cell("K1", 0, 'SUMIFS(B1:B6,A1:A6,"L")', array="K1"), cell("K2", 0, 'SUMIFS(J1:J6,A1:A6,"L")')]
    cells += [cell("K3", 0, 'SUMIFS(_xlfn.ANCHORARRAY(J1),A1:A6,"L")'), cell("K4", 0, 'SUMIFS(J1:J6,A1:A6,"K")')]
    cells += [cell("L1", 0, 'SUMIFS(B1:B6,A1:A6,"L")*{1;2}', array="L1:L2")]
    cells += [cell("L2", 0), cell("J1", 0, "B1:B6*2", array="J1:J6", dynamic=True)]
    opened = open_workbook(book({"S": sheet(*lines(), *cells)}, metadata=True))
    assert opened["S!K1:K4"] == [[DIV0], [DIV0], [DIV0], [18]]
    assert opened["S!L1:L2"] == [[DIV0], [DIV0]]


def test_tables_and_names(on_costs):
    cells = [
        cell("A1", 0, 'SUMIFS(Costs[Quantity],Costs[Component],"Licence")'),
        cell("A2", 0, 'SUMIF(kinds,"Support",C)'),
    ]
    opened = open_workbook(on_costs(*cells, names=[("kinds", None, "Costs!$B$5:$B$7"), ("C", None, "Costs!$C$5")]))
    opened["Costs!C7"] = VALUE
    assert opened["Results!A1:A2"] == [[VALUE], [2]]


def test_several_conditions_at_once_give_several_sums():
    """K has 9 in column C and L has 30, by adding up the lines; of six lines there are as many kinds as told apart."""
    opened = open_workbook(book({"S": sheet(*lines())}))
    one = [opened.evaluate(f'SUMIFS(C1:C6,A1:A6,"{kind}")', "S") for kind in "KM"]
    assert opened.evaluate('SUM(SUMIFS(C1:C6,A1:A6,{"K","M"}))', "S") == sum(one)
    kinds = {value for (value,) in opened["S!A1:A6"]}
    assert opened.evaluate("SUMPRODUCT(1/COUNTIF(A1:A6,A1:A6))", "S") == pytest.approx(len(kinds))


def test_an_area_as_condition_means_the_cell_of_the_own_row():
    cells = [cell("K1", 0, "SUMIF(A1:A6,A:A,C1:C6)"), cell("K2", 0, "COUNTIFS(A1:A6,A1:A6)+1")]
    assert open_workbook(book({"S": sheet(*lines(), *cells)}))["S!K1:K2"] == [[9], [4]]


def test_a_sum_of_itself_is_told_as_circular_and_stops_nothing():
    cells = [*lines(), cell("F1", "L"), cell("F2", "L"), cell("G1", "#N/A"), cell("G2", 5, 'SUMIF(F1:F2,"L",G1)')]
    opened = open_workbook(book({"S": sheet(*cells, cell("K1", 0, 'SUMIFS(B1:B6,A1:A6,"L")'))}))
    assert [p.cell for p in opened.recalculate().problems] == ["G2"]
    assert opened["S!G2"] == 5
    assert opened["S!K1"] == DIV0


def test_calls_within_calls_do_not_grow_beyond_bounds():
    formula = "1"
    for _ in range(40):
        formula = f"SUMIFS(B1:B6,A1:A6,{formula})"
    started = time.process_time()
    report = open_workbook(book({"S": sheet(*lines(), cell("K1", 5, formula), cell("K2", 0, "1+1"))})).recalculate()
    assert time.process_time() - started < 5
    assert [p.cell for p in report.problems] == ["K1"]


def test_a_condition_that_is_an_error_is_met_by_this_error():
    """Excel stored #DIV/0! for SUMIF(K73:L73,K73,M73:N73) with #VALUE! in K73 and #DIV/0! in M73 (IronCalc's tests)."""
    cells = [cell("A1", "#VALUE!"), cell("B1", "#N/A"), cell("A2", "#DIV/0!"), cell("B2", "#NAME?")]
    opened = open_workbook(book({"S": sheet(*cells, cell("D1", None, "SUMIF(A1:B1,A1,A2:B2)"))}))
    assert opened["S!D1"] == DIV0


CRITERIA = {
    # Stored by Excel (IronCalc's tests of COUNTIF, `formulas` of vinci1it2000): the name of an error counts that error.
    "#N/A": ("COUNTIF(A1:A9,{})", 1),
    "<>#N/A": ("COUNTIF(A1:A9,{})", 8),
    "<=TRUE": ("SUMIF(A1:A9,{},B1:B9)", 128),
    # A condition is read as what is typed into a cell would be (Microsoft, SUMIF): 50 % is 0.5.
    "50%": ("COUNTIF(A1:A9,{})", 2),
    ">50%": ("COUNTIF(A1:A9,{})", 2),
    "1,200": ("COUNTIF(A1:A9,{})", 2),
    "2027-01-10": ("COUNTIF(A1:A9,{})", 1),
}


@pytest.mark.parametrize("given", ["text", "cell", "put together"])
@pytest.mark.parametrize("criterion", CRITERIA)
def test_a_condition_that_the_engine_does_not_read(criterion, given):
    """#N/A, text #N/A, 50 %, 0.5, 1,200 as text and number, 2027-01-10, a text, TRUE, a blank cell."""
    values = ["#N/A", "50%", 0.5, "1,200", 1200, 46397, "x", True]
    cells = [cell(f"A{at}", value) for at, value in enumerate(values, 1)]
    cells += [cell(f"B{at}", 2 ** (at - 1)) for at in range(1, 10)]
    sign = criterion[: len(criterion) - len(criterion.lstrip("<>="))]
    rest = criterion.removeprefix(sign)
    argument = {"text": f'"{criterion}"', "cell": "C1", "put together": f'"{sign or "="}"&C2'}[given]
    texts = [
        f'<c r="{at}" t="inlineStr"><is><t>{escape(t)}</t></is></c>' for at, t in (("C1", criterion), ("C2", rest))
    ]
    formula, wanted = CRITERIA[criterion]
    opened = open_workbook(book({"S": sheet(*cells, *texts, cell("D1", None, formula.format(argument)))}))
    assert opened["S!D1"] == wanted


def test_numbers_in_conditions_are_compared_in_fifteen_digits():
    """0.1+0.2 is 0.3 to Excel, and no more than it."""
    cells = [cell("A1", 0.1), cell("A2", 0.2), cell("A3", None, "A1+A2"), cell("A4", 0.3), cell("A5", 0.3)]
    asked = [cell("C1", None, "COUNTIF(A3:A4,A5)"), cell("C2", None, 'COUNTIF(A3:A4,">"&A5)'),
             cell("C3", None, 'COUNTIF(A3:A4,">0.3")')]  # fmt: skip
    opened = open_workbook(book({"S": sheet(*cells, *asked)}))
    assert (opened["S!C1"], opened["S!C2"], opened["S!C3"]) == (2, 0, 0)
