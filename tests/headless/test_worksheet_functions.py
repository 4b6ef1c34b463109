"""Excel's own functions as they are computed here, against values that Excel or its documentation gives.

Values come from Microsoft's pages of the functions (their examples), from what Excel stored in public workbooks
(IronCalc's calculation tests, PhpSpreadsheet, Apache POI, EPPlus, pycel), and else from arithmetic.
"""

import datetime as dt
import math

import pytest

from crm_xl.errors import ErrorValue
from crm_xl.hosts.headless import open_workbook

from .books import book, cell, sheet

E = ErrorValue
INPUTS = {
    "A1": 10, "A2": 20, "A3": 30, "A4": 40, "A5": 50,
    "B1": "a1", "B2": "x", "B3": "b1", "B4": "ab", "B5": "x",
    "C1": 0.1, "C2": 0.2, "C3": 0.3, "C4": -1234.5, "C5": 12345,
    "D1": 46388, "D2": 46753, "D3": 47119, "D4": 47484,
    "E1": "1,200", "E2": "TRUE", "E3": "2027-01-31", "E4": "#DIV/0!",
    "F1": 100, "F2": 200, "F3": 300, "F4": 400,
    "G1": "CC1-x", "G2": "CC0-x", "G3": "CC1-x", "G4": "CC0-x",
}  # fmt: skip


def computed(*formulas, inputs=INPUTS, array=False, **options):
    """The results of formulas that stand below one another, each in a cell of its own."""
    cells = [cell(ref, value) for ref, value in inputs.items()]
    for at, formula in enumerate(formulas, 20):
        cells.append(cell(f"Z{at}", None, formula, array=f"Z{at}" if array else None))
    opened = open_workbook(book({"S": sheet(*cells)}, **options))
    return [opened[f"S!Z{at}"] for at in range(20, 20 + len(formulas))]


def agrees(found, wanted):
    if isinstance(wanted, float | int) and not isinstance(wanted, bool):
        return isinstance(found, float) and found == pytest.approx(wanted, rel=1e-12, abs=1e-13)
    return type(found) is type(wanted) and found == wanted


KINDS = {
    "functions of one value over ranges": {
        "SUMPRODUCT(--(YEAR(D1:D4)=2028),F1:F4)": 200,
        'SUMPRODUCT(--(LEFT(G1:G4,3)="CC1"),F1:F4)': 400,
        "SUMPRODUCT(F1:F4/(1+10%)^(ROW(F1:F4)-ROW(F1)+1))": 100 / 1.1 + 200 / 1.21 + 300 / 1.331 + 400 / 1.4641,
        "SUMPRODUCT(--ISNUMBER(F1:F4))": 4,
        "SUMPRODUCT(LEN(G1:G4))": 20,
        'SUMPRODUCT(--ISNUMBER(SEARCH("CC1",G1:G4)))': 2,
        'SUMPRODUCT(--(TEXT(D1:D4,"yyyy")="2028"))': 1,
        "SUMPRODUCT(--ISERROR(F1:F4/0))": 4,
        "SUMPRODUCT(1/COUNTIF(B1:B5,B1:B5))": 4,
        "SUMPRODUCT(MOD(ROW(F1:F4),2)*F1:F4)": 400,
    },
    "fifteen digits": {
        'IF(SUM(C1:C2)=C3,"OK","CHECK")': "OK",
        'IF(SUM(C1:C2)>C3,"over budget","within")': "within",
        "C1+C2-C3": 0,
        "1*(0.5-0.4-0.1)": -2.7755575615628914e-17,  # Microsoft, article 78113
        "3*1.1=3.3": True,
        '"Total "&(C1+C2)': "Total 0.3",
        '"x"&1/3': "x0.333333333333333",
        '1E20&""': "1E+20",
        "LEN(C1+C2)": 3,
    },
    "lookups": {
        'MATCH("b1",B1:B5,FALSE)': 3,
        'INDEX(A1:A5,MATCH("ab",B1:B5,0))': 40,
        'VLOOKUP(30,A1:B5,2,FALSE)': "b1",
        'IFERROR(VLOOKUP(99,A1:B5,2,FALSE),"none")': "none",
        "LOOKUP(35,A1:A5,B1:B5)": "b1",
        "LOOKUP(2,1/(A1:A5<35),A1:A5)": 30,
        'MATCH(4.1,{"c bau c",4.1,"a",1.1})': 2,  # stored by Excel
        "_xlfn.XLOOKUP(35,A1:A5,B1:B5,,-1)": "b1",
        '_xlfn.XLOOKUP("a?",B1:B5,A1:A5,,2)': 10,
        'HLOOKUP("Axles",{"Axles","Bearings";4,4},2,TRUE)': 4,
        "INDEX(ROW(A1:A3),2)": 2,
    },
    "references": {
        'INDIRECT("A"&2)': 20,
        'INDIRECT("S!R3C1",FALSE)': 30,
        "SUM(A1:INDEX(A1:A5,3))": 60,
        'SUM(A1:INDIRECT("S!A2"))': 30,
        "SUM(OFFSET(A1,1,0,2,1))": 50,
        "SUM(A1:A3 A2:A5)": 50,
        "SUM((A1,A3))": 40,
        "SUM(CHOOSE(2,A1:A2,A3:A4))": 70,
        "_xlfn.SHEETS()": 1,
        "ADDRESS(2,3)": "$C$2",
        "ADDRESS(2,3,2,FALSE)": "R2C[3]",
        "COLUMNS(C1:E4)": 3,
        "SUM(A1:A5*F1:F5)": E.VALUE,  # no cell of a column stands in the row of the formula
    },
    "texts": {
        "E1*1": 1200,
        'VALUE("12%")': 0.12,
        'VALUE("(5)")': -5,
        "E3+1": 46419,
        'YEAR("2027-03-01")': 2027,
        'EDATE(E3,1)': 46446,
        'LEN(TRIM("a"&_xlfn.UNICHAR(160)))': 2,
        'PROPER("o\'neil and sons")': "O'Neil And Sons",
        'SUBSTITUTE("a-b-c","-","",2)': "a-bc",
        'SEARCH("~?","what?")': 5,
        'AND("TRUE")': True,
        '_xlfn.TEXTJOIN(", ",TRUE,B1:B3)': "a1, x, b1",
        'TRIM("  First Quarter   Earnings ")': "First Quarter Earnings",
        "COUNT(E1:E3)": 0,
        'COUNT("1",TRUE,"a")': 2,
    },
    "formats": {
        'TEXT(C4,"#,##0.00_);(#,##0.00)")': "(1,234.50)",
        'TEXT(C5,"0.00E+00")': "1.23E+04",
        'TEXT(0,"0;-0;;@")': "",
        'TEXT(1234,"[DBNum2]0")': "壹仟贰佰叁拾肆",
        'TEXT(0.5,"# ?/?")': " 1/2",
        'TEXT(46388,"[$-804]aaaa")': "星期五",
        'TEXT(1234567.891,"#,##0.00,,")': "1.23",
        'TEXT(1.5,"[h]:mm")': "36:00",
        'TEXT(5551234,"000-0000")': "555-1234",
        'TEXT(0.285,"0.0%")': "28.5%",
        'TEXT(45296,"dd-mmm-yyyy")': "05-Jan-2024",
        'TEXT(12,"00-00-00-00")': "00-00-00-12",
        'TEXT(46388,"yyyy年m月d日")': "2027年1月1日",
        'TEXT(123456789012,"General")': "1.23457E+11",
        'TEXT(4.34,"# ??/??")': "4 17/50",
    },
    "dates": {
        "DATE(1900,2,29)": 60,
        "DAY(60)": 29,
        "WEEKDAY(DATE(2024,1,31),2)": 3,
        "NETWORKDAYS(DATE(2024,1,1),DATE(2024,1,31))": 23,
        "WORKDAY(DATE(2024,1,31),10)": 45336,
        "EDATE(DATE(2024,1,31),1)": 45351,
        'DATEDIF(DATE(2023,1,15),DATE(2024,3,14),"m")': 13,
        "YEARFRAC(DATE(2012,1,1),DATE(2012,7,30))": 0.58055555555555,  # Microsoft, to the digits printed
        "DAYS360(DATE(2011,1,30),DATE(2011,2,1))": 1,
        "DATE(0.9,0.9,0.9)": E.NUM,
        "EOMONTH(A1:A2,0)": E.VALUE,
    },
    "rounding": {
        "ROUND(2.345,2)": 2.35,
        "ROUND(-1.475,2)": -1.48,
        "ROUNDUP(3.2,0)": 4,
        "CEILING(-2.5,-1)": -3,
        "CEILING(2.5,0)": 0,
        "FLOOR(23.5,-1)": E.NUM,
        "MROUND(-10,-3)": -9,
        "INT(-8.9)": -9,
        "ROMAN(499,1)": "LDVLIV",
        "ROMAN(499,4)": "ID",
        "GCD(12,18,24)": 6,
        "LCM(12,18,24)": 72,
        "POWER(0,0)": E.NUM,
        "-2^2": 4,
        "2^3^2": 64,
    },
    "finance": {
        "PMT(8%/12,10,10000)": -1037.0320893591606,
        "IPMT(0.1,3,3,8000)": -292.44712990936556,
        "PPMT(0.1/12,1,24,2000)": -75.62318600836664,
        "PPMT(0.1,3,3,8000,0,1)": -2658.610271903324,  # stored by Excel
        "CUMIPMT(0.09/12,360,125000,13,24,0)": -11135.23213075,
        "RATE(48,-200,8000)": 0.00770147248820165,
        "NPER(0.12/12,-100,-1000,10000,1)": 59.673865674294596,
        "IRR({-70000,12000,15000,18000,21000})": -0.021244848272999998,
        "MIRR({-120000,39000,30000,21000,37000,46000},10%,12%)": 0.1260941303659051,
        "NPV(10%,-10000,3000,4200,6800)": 1188.4434123352216,
        "SLN(30000,7500,10)": 2250,
        "DB(1000000,100000,6,1,7)": 186083.33333333334,
        "DDB(2400,300,10,1,2)": 480,
        "DDB(100,10.233,4.2312,3.2,1.5)": 13.532735530775124,  # stored by Excel
        "SYD(30000,7500,10,1)": 4090.909090909091,
        "EFFECT(5.25%,4)": 0.05354266737075819,
        "DOLLARDE(1.02,16)": 1.125,
        "PRICE(DATE(2008,2,15),DATE(2017,11,15),5.75%,6.5%,100,2,0)": 94.63436162132213,
        "TBILLEQ(DATE(2008,3,31),DATE(2008,6,1),9.14%)": 0.09415149356594302,
    },
    "statistics": {
        "PERCENTILE({1,2,3,4},0.3)": 1.9,
        "STDEV(A1:A5)": 15.811388300841896,
        "RANK(30,A1:A5)": 3,
        "FORECAST(6,{10,20,30,40,50},{1,2,3,4,5})": 60,
        "_xlfn.F.DIST(0.8,2.4,3,TRUE)": 0.4733220523344033,  # stored by Excel: degrees are cut to whole ones
        "_xlfn.T.DIST(3,5.2,TRUE)": 0.9849503760512687,
        "_xlfn.CHISQ.DIST(8,3.34,TRUE)": 0.9539882943107687,
        "_xlfn.NORM.S.DIST(1.333333,TRUE)": 0.908788725604095,
        "AVERAGE(1,2,TRUE,\"5\",\"CASE\")": E.VALUE,
        "SUM({1,2;3,4})": 10,
        "COUNTIF(E1:E4,E4)": 1,
        'COUNTIF(A1:A6,"<>10")': 5,
    },
    "what else": {
        "CONVERT(1,\"lbm\",\"kg\")": 0.45359237,
        'CONVERT(68,"F","C")': 20,
        'CONVERT(1,"sg","g")': 14593.902937206363,  # stored by Excel
        'BIN2HEX("1110111011",4)': "FFFFFFFFBB",
        'IMSUM("3+4i","5-3i")': "8+i",
        "COS(PI()/2)": 6.1257422745431e-17,  # stored by Excel
        "TYPE(E4)": 16,
        "IFERROR(E4,5)": 5,
        'ISERROR(E4)': True,
        "_xlfn.SWITCH(2,1,\"Sunday\",2,\"Monday\",\"No match\")": "Monday",
        "_xlfn.LET(_xlpm.x,5,_xlpm.x*2)": 10,
        "_xlfn.LAMBDA(_xlpm.x,_xlpm.x+1)(2)": 3,
    },
    # A list in braces is a list in any formula (Microsoft, "Use array constants in array formulas").
    "lists in braces": {
        "OR(A2={10,20})": True,
        "OR(A2={10,30})": False,
        "SUM({1,2;3,4}*2)": 20,
        "SUM({1,2,3,4}*{5,6,7,8})": 70,
        'SUM(COUNTIF(B1:B5,{"x","ab"})*{1,10})': 12,
        'SUM(LEN({"a","bb"}))': 3,
        "SUM(-{1,2})": -3,
        "MATCH(2,{1,2}*1,0)": 2,
        "INDEX({1,2}*2,2)": 4,
        "{1,2}*2": 2,
        "ROUND(SUM({1.4,2.6}),0)": 4,
    },
    "stored by Excel": {
        'MATCH("ß",{1,"ss",2.1},0)': E.NA,
        'TEXT(890123.456789,".#")': "890123.5",
        'TEXT(1234.56,".##0")': "1234.560",
        'TEXT(-1,"")': "-",
        'TEXT(-1,"[s].000")': E.VALUE,
        'TEXT("23:59.","#.###########")': ".99930555556",
        'TEXT(1.23,"#""°F""""")': E.VALUE,
        "OFFSET(A5,-2.3,0.9)": 30,
        "INDEX({1,2,3},1,0,2)": E.REF,
        "LCM(H1:H1,A1)": 10,
        "LCM(A1:A6)": 0,
        "_xlfn.ACOT(45301)": 2.2074567886747998e-05,
        '_xlfn.ARABIC("IIIIIIV")': -1,
        '_xlfn.ARABIC("IILmIIC")': 1046,
        '_xlfn.ARABIC("MCMXC")': 1990,
        '_xlfn.TEXTBEFORE("123 the 456","Hello",-1,1,2,"Failed")': E.VALUE,
        "TYPE(_xleta.SUM)": 128,
        "DCOUNTA(B1:B1,1,B1:B2)": E.VALUE,
    },
}  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
def test_excels_values(kind):
    wanted = KINDS[kind]
    found = dict(zip(wanted, computed(*wanted), strict=True))
    assert {f: v for f, v in found.items() if not agrees(v, wanted[f]) and not _printed(v, wanted[f])} == {}


def _printed(found, wanted):
    """Whether a number agrees to the digits that are printed of it."""
    return type(wanted) is float and type(found) is float and math.isclose(found, wanted, rel_tol=1e-11, abs_tol=1e-12)


ARRAYS = {
    "SUM(ROUND(C1:C3,0))": 0,
    "SUM(IF(YEAR(D1:D4)=2028,F1:F4,0))": 200,
    'MAX(IF(G1:G4="CC1-x",F1:F4))': 300,
    "SUM((MONTH(D1:D4)=1)*F1:F4)": 1000,
    "SUM(IFERROR(1/(A1:A5-30),0))": 1 / -20 - 1 / 10 + 1 / 10 + 1 / 20,
    "SUM(EOMONTH(+D1:D2,0)-D1:D2)": 60,
    'INDEX(A1:A5,MATCH(1,(B1:B5="x")*(A1:A5>20),0))': 50,
    'LARGE(SUMIF(B1:B5,_xlfn.UNIQUE(B1:B5),A1:A5),1)': 70,
    'SUM(COUNTIF(B1:B5,{"x","ab"}))': 3,
    "SUM(A1:A5*A1:A5)": 5500,
    "SUM(_xlfn.SEQUENCE(5))": 15,
    "_xlfn.REDUCE(0,A1:A5,_xlfn.LAMBDA(_xlpm.a,_xlpm.b,_xlpm.a+_xlpm.b))": 150,
    "SUM(_xlfn._xlws.FILTER(A1:A5,B1:B5=\"x\"))": 70,
    "INDEX(_xlfn._xlws.SORT(A1:A5,1,-1),2)": 40,
    "SUM(_xlfn.BYROW(A1:C2,_xlfn.LAMBDA(_xlpm.r,COUNT(_xlpm.r))))": 4,
    "MMULT({1,2},{3;4})": 11,
}  # fmt: skip


def test_array_formulas():
    found = dict(zip(ARRAYS, computed(*ARRAYS, array=True), strict=True))
    assert {f: v for f, v in found.items() if not agrees(v, ARRAYS[f])} == {}


def test_arrays_that_spill():
    cells = [cell(ref, value) for ref, value in INPUTS.items()]
    cells.append(cell("J1", None, "ROUND(C1:C3*10,0)", array="J1", dynamic=True))
    cells.append(cell("K1", None, "_xlfn.UNIQUE(LEFT(B1:B5,1))", array="K1", dynamic=True))
    opened = open_workbook(book({"S": sheet(*cells)}, metadata=True))
    assert opened["S!J1#"] == [[1], [2], [3]]
    assert opened["S!K1#"] == [["a"], ["x"], ["b"]]


def test_an_array_of_fixed_size_has_a_part_in_each_cell_also_where_excel_wrote_an_empty_formula():
    cells = [cell("A1", 1), cell("B1", 2), cell("A3", None, "A1:B1*2", array="A3:B3")]
    empty = '<c r="B3"><f ca="1"/><v>9</v></c>'
    opened = open_workbook(book({"S": sheet(*cells, empty)}))
    assert opened["S!A3:B3"] == [[2, 4]]


class TestHiddenRows:
    """SUBTOTAL 101 and on leave out hidden rows, 1 to 11 those that a filter hides (Microsoft, SUBTOTAL)."""

    FORMULAS = ("SUBTOTAL(9,B2:B4)", "SUBTOTAL(109,B2:B4)", "_xlfn.AGGREGATE(9,5,B2:B4)", "SUBTOTAL(3,A2:A4)")

    def totals(self, after):
        cells = [cell(f"A{i}", v) for i, v in enumerate(("Item", "A", "B", "C"), 1)]
        cells += [cell(f"B{i}", v) for i, v in enumerate((100, 200, 400), 2)]
        cells += [cell(f"D{i}", None, f) for i, f in enumerate(self.FORMULAS, 6)]
        xml = sheet(*cells, after=after).replace('<row r="3">', '<row r="3" hidden="1">')
        return [row[0] for row in open_workbook(book({"S": xml}))["S!D6:D9"]]

    def test_hidden_by_hand(self):
        assert self.totals("") == [700, 500, 500, 3]

    def test_hidden_by_a_filter(self):
        rule = '<filterColumn colId="0"><filters><filter val="A"/></filters></filterColumn>'
        assert self.totals(f'<autoFilter ref="A1:B4">{rule}</autoFilter>') == [500, 500, 500, 2]


def test_a_first_sheet_called_sheet1_in_small_letters():
    """The engine alone computes blanks there (Apache POI, 59132.xlsx)."""
    cells = [cell(f"A{i}", 100 * i) for i in (1, 2, 3)]
    cells += [cell(f"B{i}", None, f"A{i}*2") for i in (1, 2, 3)]
    for name in ("sheet1", "SHEET1", "Sheet1"):
        assert open_workbook(book({name: sheet(*cells)}))[f"{name}!B1:B3"] == [[200], [400], [600]]


def test_formulas_are_told_as_they_are_typed():
    cells = [cell("A1", 2), cell("B1", None, "SUM(A1:A2)*2"), cell("C1", None, "_xlfn.FORMULATEXT(B1)")]
    names = [("Rate", None, "S!$A$1")]
    cells += [cell("B2", None, "Rate*2"), cell("C2", None, "_xlfn.FORMULATEXT(B2)")]
    assert open_workbook(book({"S": sheet(*cells)}, names=names))["S!C1:C2"] == [["=SUM(A1:A2)*2"], ["=Rate*2"]]


def test_what_a_text_names_may_be_a_name_a_table_or_another_sheet(costs):
    cells = [
        cell("A1", "EUR"),
        cell("B1", None, 'INDIRECT("RATE_"&A1)'),
        cell("B2", None, 'SUM(INDIRECT("Costs[Quantity]"))'),
    ]
    cells += [cell("B3", None, 'INDIRECT("Costs!C5")'), cell("B4", None, 'IFERROR(INDIRECT("nobody"),"none")')]
    data = book(
        {"Costs": costs[0], "S": sheet(*cells)},
        tables=[costs[1]],
        names=[("RATE_EUR", None, "7.8"), ("RATE_EUR", None, "Costs!$C$5")][1:],
    )
    opened = open_workbook(data)
    quantities = [row[0] for row in opened["Costs[Quantity]"]]
    assert opened["S!B1:B4"] == [[quantities[0]], [sum(quantities)], [quantities[0]], ["none"]]


def test_a_workbook_that_counts_from_1904():
    """Serial number 0 is 1 January 1904 (Microsoft, differences between the date systems)."""
    cells = [cell("A1", 44926), cell("B1", None, "YEAR(A1)"), cell("B2", None, "DATE(2027,1,1)")]
    data = book({"S": sheet(*cells)}, properties='<workbookPr date1904="1"/>')
    opened = open_workbook(data)
    assert opened["S!B1"] == 2027
    assert opened["S!B2"] == (dt.date(2027, 1, 1) - dt.date(1904, 1, 1)).days


def test_a_difference_is_nothing_where_a_formula_ends_in_it_also_after_an_input_changed():
    opened = open_workbook(book({"S": sheet(cell("A1", 5), cell("A2", 0.2), cell("B1", None, "A1+A2-0.3"))}))
    assert opened["S!B1"] == pytest.approx(4.9)
    opened["S!A1"] = 0.1
    assert opened["S!B1"] == 0


def test_circles_that_iteration_runs_into_an_error_keep_their_values():
    """x = 60 + 3000 / x, which Excel brings to rest from the values that are stored."""
    x = (60 + math.sqrt(3600 + 12000)) / 2
    cells = [cell("A1", 3000 / x, "50*A3"), cell("A2", 60), cell("A3", 60 / x, "A2/A4"), cell("A4", x, "SUM(A1:A2)")]
    opened = open_workbook(book({"S": sheet(*cells)}, calc='<calcPr iterate="1"/>'))
    opened.recalculate()
    assert opened["S!A4"] == pytest.approx(x)


def test_a_text_that_reads_otherwise_elsewhere_is_named():
    opened = open_workbook(book({"S": sheet(cell("A1", 7, 'YEAR("01/02/2027")'), cell("B1", 8, "A1+1"))}))
    report = opened.recalculate()
    assert [p.cell for p in report.formula_problems] == ["A1", "B1"]
    assert opened["S!A1:B1"] == [[7, 8]]


def test_a_lookup_with_two_lists_side_by_side_is_named():
    """Excel stored the second row for all of HLOOKUP(C44:Q44,{…},{2,1},0) (`formulas` of vinci1it2000)."""
    cells = [
        cell("A1", 1),
        cell("B1", 2),
        cell("C1", 3),
        cell("E1", None, "HLOOKUP(A1:C1,{1,2;5,6},{2,1},0)", array="E1:G1"),
    ]
    report = open_workbook(book({"S": sheet(*cells)})).recalculate()
    assert [p.key for p in report.formula_problems] == ["formula_use_unsupported"]
