"""Broken calls put right: what a program made of them, the plain name after the repair, and all else untouched."""

import json
import os
import re
import shutil
import subprocess
import sys
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from crm_xl.functions import REGISTRY
from crm_xl.hosts.headless import WorkbookError, open_workbook
from crm_xl.hosts.headless import plain_names as module
from crm_xl.hosts.headless.plain_names import repair
from crm_xl.xlsx.links import linked, renumbered, tokens

from .books import book, cell, parts_of, relationships, sheet, zipped

EXAMPLE = Path(__file__).parents[2] / "workbooks" / "crm_example_en.xlsx"
XLSTART = "C:\\Users\\ann\\AppData\\Roaming\\Microsoft\\Excel\\XLSTART\\crm_xl.xlam"
RELATION = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
STARTUP = "http://schemas.microsoft.com/office/2006/relationships/xlExternalLinkPath/xlStartup"
COSTS = sheet(cell("A1", "Component"), cell("B1", "Amount"), cell("A2", "Licence"), cell("B2", 1200))


def formula(text, ref="A1", **options):
    """A sheet with one formula, beside the sheet Costs."""
    return book({"Results": sheet(cell(ref, 7, text, **options)), "Costs": COSTS})


def with_links(data, *files, kind=f"{RELATION}/externalLinkPath"):
    """The workbook with links to these files, numbered in their order."""
    parts = {name: xml.decode() for name, xml in parts_of(data).items()}
    refs = rels = types = ""
    for number, file in enumerate(files, 1):
        name = f"externalLinks/externalLink{number}.xml"
        refs += f'<externalReference r:id="link{number}"/>'
        rels += f'<Relationship Id="link{number}" Type="{RELATION}/externalLink" Target="{name}"/>'
        types += f'<Override PartName="/xl/{name}" ContentType="application/x.externalLink+xml"/>'
        parts[f"xl/{name}"] = f'<externalLink><externalBook xmlns:r="{RELATION}" r:id="rId1"/></externalLink>'
        parts[f"xl/externalLinks/_rels/externalLink{number}.xml.rels"] = relationships(
            f'<Relationship Id="rId1" Type="{kind}" Target="{file}" TargetMode="External"/>'
        )
    for name, end, more in (
        ("xl/workbook.xml", "</sheets>", f"</sheets><externalReferences>{refs}</externalReferences>"),
        ("xl/_rels/workbook.xml.rels", "</Relationships>", f"{rels}</Relationships>"),
        ("[Content_Types].xml", "</Types>", f"{types}</Types>"),
    ):
        parts[name] = parts[name].replace(end, more)
    return zipped(parts)


def mended(tmp_path, data):
    """Repair a workbook file; return the report and the parts."""
    path = tmp_path / "b.xlsx"
    path.write_bytes(data)
    report = repair(path)
    return report, {name: xml.decode() for name, xml in parts_of(path.read_bytes()).items()}


def formulas(xml):
    return [ET.fromstring(f"<x>{m}</x>").text for m in re.findall(r"<f[^>/]*>(.*?)</f>", xml)]


class TestSpellings:
    @pytest.mark.parametrize(
        "broken",
        [
            f"'{XLSTART}'!CRM_TOTAL(Costs!A1:B2)",
            "'\\\\server\\it''s\\crm_xl.xlam'!CRM_TOTAL(Costs!A1:B2)",
            "crm_xl.xlam!CRM_TOTAL(Costs!A1:B2)",
            "[1]!CRM_TOTAL(Costs!A1:B2)",
            "_xll.CRM_TOTAL(Costs!A1:B2)",
            "_xldudf_CRM_TOTAL(Costs!A1:B2)",
            "_xludf.CRM_TOTAL(Costs!A1:B2)",
            "_xlfn._xldudf_CRM_TOTAL(Costs!A1:B2)",
            "ORG.CRMXL.ADDIN.CRMTOTAL(Costs!A1:B2)",
            "org.crmxl.addin.crmtotal(Costs!A1:B2)",
            "crm_total(Costs!A1:B2)",
            "CRM.TOTAL(Costs!A1:B2)",
        ],
    )
    def test_each_spelling_becomes_the_plain_name(self, tmp_path, broken):
        report, parts = mended(tmp_path, formula(broken))
        assert formulas(parts["xl/worksheets/sheet1.xml"]) == ["CRM_TOTAL(Costs!A1:B2)"]
        assert [(m.place(), m.was, m.now) for m in report.formulas] == [
            ("Results!A1", f"={broken}", "=CRM_TOTAL(Costs!A1:B2)")
        ]
        assert report.written

    @pytest.mark.parametrize("item", REGISTRY, ids=lambda f: f.name)
    def test_every_function_is_found_by_the_name_that_libreoffice_writes(self, tmp_path, item):
        words = item.name.lower().split("_")
        method = words[0] + "".join(word.capitalize() for word in words[1:])  # crmPerActiveUser, as in the add-in
        _, parts = mended(tmp_path, formula(f"ORG.CRMXL.ADDIN.{method.upper()}(A2)"))
        assert formulas(parts["xl/worksheets/sheet1.xml"]) == [f"{item.name}(A2)"]

    def test_calls_within_calls_and_the_texts_between(self, tmp_path):
        broken = 'IF([1]!CRM_TOTAL(A2)>0,_xll.CRM_VERSION()&"[1]!CRM_TOTAL(&lt;",crm_npv(A2,B2))'
        _, parts = mended(tmp_path, formula(broken))
        now = 'IF(CRM_TOTAL(A2)>0,CRM_VERSION()&"[1]!CRM_TOTAL(&lt;",CRM_NPV(A2,B2))'
        assert formulas(parts["xl/worksheets/sheet1.xml"]) == [now]

    @pytest.mark.parametrize(
        "sound",
        [
            "CRM_TOTAL(A2)",
            "SUM(A2:A3)",
            "[1]Prices!A1*CRM_TOTAL(A2)",
            '"_xll.CRM_TOTAL("&CRM_VERSION()',
            "_xlfn.SINGLE(CRM_BREAKDOWN(A2))",
            "MY_CRM_TOTAL(A2)",
            "CRM_UNKNOWN(A2)",
            "'Other sheet'!CRM_TOTAL(A2)",
        ],
    )
    def test_what_is_not_broken_is_left_alone(self, tmp_path, sound):
        path = tmp_path / "b.xlsx"
        path.write_bytes(before := formula(sound))
        report = repair(path)
        assert report.sound
        assert not report.written
        assert path.read_bytes() == before

    def test_the_shipped_workbooks_are_sound(self):
        for path in EXAMPLE.parent.glob("*.xlsx"):
            assert repair(path).sound, path.name

    def test_a_formula_that_cannot_be_read_stays_and_is_told(self, tmp_path):
        report, parts = mended(tmp_path, formula('[1]!CRM_TOTAL("open'))
        assert formulas(parts["xl/worksheets/sheet1.xml"]) == ['[1]!CRM_TOTAL("open']
        assert [(m.place(), m.was) for m in report.unread] == [("Results!A1", '=[1]!CRM_TOTAL("open')]

    def test_keywords_of_tables_are_as_excel_writes_them(self, tmp_path):
        broken = 'crm_total(Costs[#all],Costs[[#headers]],Costs[[#this row],[#all in]],"[#all]")'
        _, parts = mended(tmp_path, formula(broken))
        now = 'CRM_TOTAL(Costs[#All],Costs[#Headers],Costs[[#This Row],[#all in]],"[#all]")'
        assert formulas(parts["xl/worksheets/sheet1.xml"]) == [now]

    def test_what_our_extension_wrapped_for_calc_is_unwrapped(self, tmp_path):
        call = 'IF(A9=0,0,ORG.CRMXL.ADDIN.CRMCHECK(A2,"a,b)"))'
        _, parts = mended(tmp_path, formula(f'IF(ISTEXT({call}),{call}&"",{call})'))
        assert formulas(parts["xl/worksheets/sheet1.xml"]) == ['IF(A9=0,0,CRM_CHECK(A2,"a,b)"))']

    def test_a_similar_formula_of_the_user_stays(self, tmp_path):
        own = 'IF(ISTEXT(CRM_PRICE(A2,A3)),CRM_PRICE(A2,A3)&"",CRM_PRICE(A2,A4))'
        assert mended(tmp_path, formula(own))[0].sound

    @pytest.mark.parametrize("text", ["a_x000D_b", "_x005F_x0041_", "A & B < C"])
    def test_texts_within_a_formula_stay_as_the_file_has_them(self, tmp_path, text):
        _, parts = mended(tmp_path, formula(f'[1]!CRM_TOTAL(A1:B2,,"{text}")'))
        assert formulas(parts["xl/worksheets/sheet1.xml"]) == [f'CRM_TOTAL(A1:B2,,"{text}")']

    def test_a_carriage_return_within_a_formula_stays(self, tmp_path):
        data = {name: xml.decode() for name, xml in parts_of(formula('[1]!CRM_TOTAL(A1:B2,,"aXYZb")')).items()}
        sheet1 = "xl/worksheets/sheet1.xml"
        data[sheet1] = data[sheet1].replace("XYZ", "&#13;")
        _, parts = mended(tmp_path, zipped(data))
        assert '<f>CRM_TOTAL(A1:B2,,"a&#13;b")</f>' in parts[sheet1]


class TestPlaces:
    def test_cells_shared_formulas_arrays_rules_validations_and_names(self, tmp_path):
        broken, plain = "[1]!CRM_TOTAL(Costs!A1:B2)", "CRM_TOTAL(Costs!A1:B2)"
        cells = (
            f'<c r="A1"><f t="shared" si="0" ref="A1:A2">{broken}</f><v>1</v></c>'
            f'<c r="B1"><f t="array" ref="B1:C2">{broken}</f><v>1</v></c>'
        )
        xml = (
            '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData><row r="1">'
            f'{cells}</row><row r="2"><c r="A2"><f t="shared" si="0"/><v>1</v></c></row></sheetData>'
            '<conditionalFormatting sqref="A1"><cfRule type="expression" priority="1">'
            f"<formula>{broken}&gt;0</formula></cfRule></conditionalFormatting>"
            f'<dataValidations><dataValidation sqref="A1"><formula1>{broken}</formula1><formula2>{broken}</formula2>'
            "</dataValidation></dataValidations>"
            '<extLst><ext xmlns:xm="http://schemas.microsoft.com/office/excel/2006/main"><xm:f>'
            f"{broken}</xm:f></ext></extLst></worksheet>"
        )
        data = book({"Results": xml, "Costs": COSTS}, names=[("Total", None, broken)])
        parts = {**parts_of(data), "xl/charts/chart1.xml": f"<c:v xmlns:c='c'><c:f>{broken}</c:f></c:v>".encode()}
        report, after = mended(tmp_path, zipped(parts))
        joined = "".join(after.values())
        assert broken not in joined
        assert joined.count(plain) == 8
        places = ["Results!A1", "Results!B1", *["a rule on the sheet Results"] * 4, "the name Total"]
        assert sorted(m.place() for m in report.formulas) == sorted([*places, "the part xl/charts/chart1.xml"])
        assert {m.place("zh") for m in report.formulas} >= {"名称 Total", "工作表 Results 中的规则"}

    def test_every_other_byte_stays(self, tmp_path):
        data = with_links(formula("1+[1]!CRM_TOTAL(A2)&amp;&quot;&lt;&quot;".replace("&amp;", "&")), XLSTART)
        before = {name: xml.decode() for name, xml in parts_of(data).items()}
        _, after = mended(tmp_path, data)
        assert after["xl/worksheets/sheet2.xml"] == before["xl/worksheets/sheet2.xml"]
        expected = before["xl/worksheets/sheet1.xml"].replace("[1]!CRM_TOTAL", "CRM_TOTAL")
        assert after["xl/worksheets/sheet1.xml"].replace('"', "&quot;") == expected.replace('"', "&quot;")

    def test_the_values_of_cells_stay_until_they_are_recalculated(self, tmp_path):
        _, parts = mended(tmp_path, formula("[1]!CRM_TOTAL(Costs!A1:B2)"))
        assert "<v>7</v>" in parts["xl/worksheets/sheet1.xml"]
        assert open_workbook(tmp_path / "b.xlsx")["Results!A1"] == 1200


class TestLinks:
    @pytest.mark.parametrize("kind", [f"{RELATION}/externalLinkPath", STARTUP])
    def test_the_link_to_the_add_in_goes_with_its_last_use(self, tmp_path, kind):
        data = with_links(formula("[1]!CRM_TOTAL(A2)"), "file:///C:/Users/ann/my%20add-ins/crm_xl.xlam", kind=kind)
        report, parts = mended(tmp_path, data)
        assert report.links == ("crm_xl.xlam",)
        assert [name for name in parts if "external" in name.lower()] == []
        assert "xternal" not in "".join(parts.values())
        assert "link1" not in parts["xl/_rels/workbook.xml.rels"]
        assert parts.keys() == set(parts_of(formula("1")))

    def test_later_links_are_counted_anew(self, tmp_path):
        data = book(
            {
                "Results": sheet(
                    cell("A1", 7, "[2]!CRM_TOTAL('[3]Price list'!A1:[3]B!B2)+[1]Old!A1"), cell("A2", 1, '[4]!F("[4]")')
                )
            },
            names=[("Rate", None, "[3]Rates!$A$1")],
        )
        report, parts = mended(tmp_path, with_links(data, "old.xlsx", XLSTART, "prices.xlsx", "other.xlam"))
        assert formulas(parts["xl/worksheets/sheet1.xml"]) == [
            "CRM_TOTAL('[2]Price list'!A1:[2]B!B2)+[1]Old!A1",
            '[3]!F("[4]")',
        ]
        assert ">[2]Rates!$A$1<" in parts["xl/workbook.xml"]
        assert re.findall(r'<externalReference r:id="(\w+)"', parts["xl/workbook.xml"]) == ["link1", "link3", "link4"]
        assert "xl/externalLinks/externalLink2.xml" not in parts
        assert "xl/externalLinks/externalLink3.xml" in parts
        assert report.links == ("crm_xl.xlam",)
        assert [m.now for m in report.formulas] == ["=CRM_TOTAL('[2]Price list'!A1:[2]B!B2)+[1]Old!A1"]

    def test_a_link_that_is_still_used_stays_and_is_told(self, tmp_path):
        data = formula("[1]!CRM_TOTAL(A2)+[1]!OTHER(A2)")
        report, parts = mended(tmp_path, with_links(data, XLSTART))
        assert formulas(parts["xl/worksheets/sheet1.xml"]) == ["CRM_TOTAL(A2)+[1]!OTHER(A2)"]
        assert (report.links, report.kept) == ((), ("crm_xl.xlam",))
        assert "xl/externalLinks/externalLink1.xml" in parts

    def test_a_button_that_counts_by_number_keeps_the_numbers(self, tmp_path):
        data = with_links(formula("[1]!CRM_TOTAL(A2)+[2]P!A1"), XLSTART, "prices.xlsx")
        parts = {**parts_of(data), "xl/drawings/drawing1.xml": b'<d><sp macro="[2]!Run"/></d>'}
        report, after = mended(tmp_path, zipped(parts))
        assert formulas(after["xl/worksheets/sheet1.xml"]) == ["CRM_TOTAL(A2)+[2]P!A1"]
        assert (report.links, report.kept) == ((), ("crm_xl.xlam",))

    def test_a_link_left_over_from_an_earlier_repair_goes_too(self, tmp_path):
        report, parts = mended(tmp_path, with_links(formula("CRM_TOTAL(A2)"), XLSTART))
        assert report.links == ("crm_xl.xlam",)
        assert "externalReference" not in parts["xl/workbook.xml"]

    def test_links_to_other_workbooks_are_not_touched(self, tmp_path):
        report, _ = mended(tmp_path, with_links(formula("CRM_TOTAL(A2)"), "prices.xlsx"))
        assert report.sound

    def test_numbers_are_read_from_references_only(self):
        assert linked("Costs[[1]:[2]]+[3]S!A1+\"x:[4]S!A1\"+'[5]a b'!C1") == {3, 5}
        assert renumbered("Costs[[2]]+[2]S!A1:[2]S!B2", {2: 1}) == "Costs[[2]]+[1]S!A1:[1]S!B2"
        with pytest.raises(ValueError, match="open"):
            tokens('"open')


class TestSpills:
    @staticmethod
    def lost(formula, ref):
        return book({"Results": sheet(cell("B2", 7, formula, array=ref)), "Costs": COSTS})

    @pytest.mark.parametrize(
        ("text", "ref"),
        [
            ("CRM_BREAKDOWN(Costs!A1:B2)", "B2:D4"),
            ("CRM_CHECK(Costs!A1:B2)", "B2"),
            ("IF(Costs!A2=0,0,crm_breakdown(Costs!A1:B2))", "B2:B2"),
            ("CRM_TOTAL(Costs!A1:B2)", "B2:B2"),
        ],
    )
    def test_a_formula_spills_again(self, tmp_path, text, ref):
        report, parts = mended(tmp_path, self.lost(text, ref))
        assert report.spills == ("Results!B2",)
        assert re.search(r'<c cm="1" r="B2"', parts["xl/worksheets/sheet1.xml"])
        assert "XLDAPR" in parts["xl/metadata.xml"]
        assert "sheetMetadata+xml" in parts["[Content_Types].xml"]
        assert "sheetMetadata" in parts["xl/_rels/workbook.xml.rels"]
        for part in parts.values():
            ET.fromstring(part)
        assert repair(tmp_path / "b.xlsx").sound

    def test_it_grows_again_with_its_table(self, tmp_path):
        path = tmp_path / "b.xlsx"
        cells = sheet(cell("B2", "x", "CRM_BREAKDOWN(Costs!A1:B2)", array="B2:D3"), cell("B3", "x"), cell("A4", 1))
        path.write_bytes(book({"Results": cells, "Costs": COSTS}))
        assert open_workbook(path)["Results!B2:B4"] == [["Component"], ["Licence"], [None]]
        repair(path)
        opened = open_workbook(path)
        assert opened.table("Results!B2") == opened.evaluate("=CRM_BREAKDOWN(Costs!A1:B2)")
        assert opened.table("Results!B2")[-1][:2] == ["Total", 1200]

    @pytest.mark.parametrize(
        ("text", "ref"), [("SUM(Costs!B1:B2)", "B2:B4"), ("CRM_TOTAL(Costs!A1:B2)", "B2:B4"), ("B9", "B2:C3")]
    )
    def test_arrays_that_never_spilled_stay(self, tmp_path, text, ref):
        assert mended(tmp_path, self.lost(text, ref))[0].sound

    def test_an_array_typed_on_purpose_stays_where_others_spill(self, tmp_path):
        cells = sheet(
            cell("B2", 7, "CRM_CHECK(Costs!A1:B2)", array="B2:D3"),
            cell("F2", 7, "CRM_CHECK(Costs!A1:B2)", array="F2:H3", dynamic=True),
        )
        assert mended(tmp_path, book({"Results": cells, "Costs": COSTS}, metadata=True))[0].sound


class TestFiles:
    def test_out_leaves_the_workbook_alone(self, tmp_path):
        path, out = tmp_path / "b.xlsx", tmp_path / "out.xlsx"
        path.write_bytes(before := formula("[1]!CRM_TOTAL(A2)"))
        assert repair(path, out).written
        assert path.read_bytes() == before
        assert "[1]" not in parts_of(out.read_bytes())["xl/worksheets/sheet1.xml"].decode()

    def test_out_is_written_also_where_nothing_is_broken(self, tmp_path):
        report = repair(EXAMPLE, tmp_path / "out.xlsx")
        assert report.sound
        assert parts_of((tmp_path / "out.xlsx").read_bytes()) == parts_of(EXAMPLE.read_bytes())

    @pytest.mark.parametrize("given", [False, True], ids=["in place", "its own name given"])
    def test_what_another_program_saved_meanwhile_is_not_written_over(self, tmp_path, monkeypatch, given):
        path = tmp_path / "b.xlsx"
        path.write_bytes(formula("[1]!CRM_TOTAL(A2)"))
        newer = formula("[1]!CRM_TOTAL(A2)+1")
        real = module.repaired

        def slow(*arguments, **options):
            path.write_bytes(newer)
            return real(*arguments, **options)

        monkeypatch.setattr(module, "repaired", slow)
        with pytest.raises(WorkbookError, match=r"b\.xlsx was changed by another program since it was read") as told:
            repair(path, path if given else None)
        assert told.value.text("zh").startswith("b.xlsx 在读取之后被其他程序修改")
        assert path.read_bytes() == newer
        # Another file does not take from anybody what he saved.
        assert repair(path, tmp_path / "out.xlsx").written

    @pytest.mark.parametrize(
        "broken", [b"<c><f>", b"<?xml version='1.0' encoding='UTG-8'?><c><f>[1]!CRM_TOTAL(A2)</f></c>"]
    )
    def test_a_broken_part_is_named_and_nothing_written(self, tmp_path, broken):
        parts = {**parts_of(formula("[1]!CRM_TOTAL(A2)")), "xl/charts/chart1.xml": broken}
        path = tmp_path / "b.xlsx"
        path.write_bytes(data := zipped(parts))
        with pytest.raises(WorkbookError, match=r"xl/charts/chart1\.xml cannot be read"):
            repair(path)
        assert path.read_bytes() == data

    def test_another_suffix_is_refused(self, tmp_path):
        with pytest.raises(WorkbookError, match=r"must end in \.xlsx"):
            repair(EXAMPLE, tmp_path / "out.xlsm")


class TestCommand:
    @staticmethod
    def run(*arguments, language="en"):
        environment = {**os.environ, "CRM_XL_LANG": language, "PYTHONIOENCODING": "utf-8"}
        command = [sys.executable, "-m", "crm_xl", "repair", *map(str, arguments)]
        return subprocess.run(command, capture_output=True, encoding="utf-8", env=environment, check=False, timeout=60)

    def test_says_what_it_did(self, tmp_path):
        path = tmp_path / "b.xlsx"
        path.write_bytes(with_links(formula("[1]!CRM_TOTAL(A2)"), XLSTART))
        done = self.run(path)
        assert done.returncode == 0, done.stderr
        assert "Results!A1: =[1]!CRM_TOTAL(A2) is now =CRM_TOTAL(A2)" in done.stdout
        assert "no longer asks for crm_xl.xlam" in done.stdout
        again = self.run(path, language="zh")
        assert again.stdout == "b.xlsx：没有损坏。\n"

    def test_json_and_an_unread_formula(self, tmp_path):
        path = tmp_path / "b.xlsx"
        path.write_bytes(formula('[1]!CRM_TOTAL("open'))
        done = self.run(path, "--json")
        assert done.returncode == 1
        record = json.loads(done.stdout)
        assert (record["sound"], record["written"], record["formulas"]) == (True, None, [])
        assert record["unread"][0]["place"] == "Results!A1"


@pytest.mark.libreoffice
@pytest.mark.skipif(shutil.which("soffice") is None, reason="LibreOffice (soffice) is not installed")
def test_a_workbook_that_libreoffice_saved_is_as_before(tmp_path):
    """LibreOffice 7.4 writes crm_total(Costs[#all]) and no marks of dynamic arrays."""
    profile = f"-env:UserInstallation={(tmp_path / 'profile').as_uri()}"
    command = ["soffice", profile, "--headless", "--convert-to", "xlsx", "--outdir", str(tmp_path), str(EXAMPLE)]
    subprocess.run(command, check=True, capture_output=True, timeout=120)
    saved = tmp_path / EXAMPLE.name
    report = repair(saved)
    assert len(report.spills) == len(report.formulas) > 30
    before, after = open_workbook(EXAMPLE), open_workbook(saved)
    assert after["Total_cost"] == before["Total_cost"] > 0
    for formula in ("CRM_BREAKDOWN", "CRM_SCHEDULE"):
        cell = next(m.place() for m in report.formulas if m.now.startswith(f"={formula}("))
        assert after.table(cell) == before.table(cell)
        assert len(after.table(cell)) > 2
