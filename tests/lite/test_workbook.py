"""Workbooks that carry the functions: their parts, what is kept, what is told of code of others."""

import dataclasses
import io
import json
import re
import shutil
import subprocess
import sys
import tomllib
import xml.etree.ElementTree as ET
import zipfile
from keyword import iskeyword

import openpyxl
import pytest
from click.testing import CliRunner

from crm_xl.commands import cli
from crm_xl.functions import REGISTRY
from crm_xl.hosts.calc.office import Office
from crm_xl.hosts.calc.verify import verify
from crm_xl.hosts.excel import ribbon, vba
from crm_xl.hosts.headless import open_workbook, recalculate, repair
from crm_xl.hosts.lite import core, main_module
from crm_xl.hosts.lite.carrying import PREFIX, carried, prefix_of
from crm_xl.hosts.lite.workbook import NAME, carry, carrying, remove
from crm_xl.templates.build import build
from crm_xl.templates.spec import TemplateSpec
from crm_xl.xlsx.package import Package, WorkbookError
from crm_xl.xlsx.workbook import read_structure

from . import office

R = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
EXTENSION = office.EXTENSION


@pytest.fixture(scope="module")
def plain():
    return office.example("en")


@pytest.fixture(scope="module")
def lite(plain):
    data, _ = carrying(Package.open(plain, "b.xlsx"))
    return data


@pytest.fixture
def book(tmp_path, lite):
    path = tmp_path / "b.xlsx"
    path.write_bytes(lite)
    return path


def kinds(data):
    return [held.kind for held in carried(Package.open(data, "b.xlsx"))]


class TestCore:
    def test_is_small_and_the_same_each_time(self):
        first = core.core(), core.packed()
        core.core.cache_clear(), core.packed.cache_clear()
        assert (core.core(), core.packed()) == first
        assert len(first[1]) <= 300_000

    def test_holds_what_is_needed_and_no_more(self):
        names = [name for name, _ in core.files()]
        assert names == sorted(names)
        assert {"__init__.py", "errors.py", "engine/model.py", "functions/totals.py", "data/catalogue.csv"} <= {*names}
        assert not [name for name in names if name.startswith(("xlsx/", "templates/", "hosts/excel"))]
        assert [name for name in names if name.startswith("hosts/")] == [
            "hosts/__init__.py",
            "hosts/lite/__init__.py",
            "hosts/lite/answers.py",
        ]

    def test_holds_every_word(self):
        """The engine puts names of terms together: no list could say which of them it speaks."""
        held = {name for name, _ in core.files()}
        assert {
            f"data/{path.name}" for path in (core.Path(core.crm_xl.__file__).parent / "data").glob("terms*.csv")
        } <= held

    def test_runs_from_the_zip_alone(self, tmp_path):
        place = tmp_path / "core.zip"
        place.write_bytes(core.core())
        code = (
            "import sys; sys.path.insert(0, sys.argv[1])\n"
            "from crm_xl.hosts.lite.answers import answer\n"
            "import crm_xl; assert crm_xl.__file__.startswith(sys.argv[1])\n"
            "print(answer('CRM_TOTAL', [['费用类别', '金额'], ['软件购买', 7]]))"
        )
        done = subprocess.run(
            [sys.executable, "-I", "-c", code, str(place)], capture_output=True, text=True, check=False
        )
        assert (done.stdout.strip(), done.stderr) == ("7.0", "")


class TestMainModule:
    @pytest.mark.parametrize("language", ["en", "zh"])
    @pytest.mark.parametrize("from_index", [True, False])
    def test_is_python_with_every_function(self, language, from_index):
        text = main_module.main_module(language, from_index=from_index)
        compile(text, "main.py", "exec")
        for function in REGISTRY:
            assert f"\ndef {function.name}(" in text
            assert not any(iskeyword(p.name) for p in function.parameters)
        assert ("CORE = " in text) is not from_index
        assert "crm_xl.hosts.lite" in text

    def test_asks_for_what_it_needs(self):
        assert "numpy" in main_module.requirements().split()
        assert main_module.requirements(from_index=True).split()[-1].startswith("crm-xl==")

    def test_the_package_needs_numpy_alone_in_pyodide(self):
        """`--from-index` lets xlwings Lite install crm-xl: nothing that cannot be had there may be asked for."""
        project = tomllib.loads((core.Path(__file__).parents[2] / "pyproject.toml").read_text(encoding="utf-8"))
        left_out = "sys_platform != 'emscripten'"
        needed = [name for name in project["project"]["dependencies"] if left_out not in name.replace('"', "'")]
        assert [re.match(r"[\w-]+", name)[0] for name in needed] == ["numpy"]


class TestParts:
    def test_only_what_has_to_change_changes(self, plain, lite):
        before, after = office.parts(plain), office.parts(lite)
        new = after.keys() - before.keys()
        assert new == {EXTENSION, "xl/webextensions/taskpanes.xml", "xl/webextensions/_rels/taskpanes.xml.rels"}
        assert before.keys() <= after.keys()
        different = {name for name, content in before.items() if after[name] != content}
        expected = {"[Content_Types].xml", "_rels/.rels", "xl/workbook.xml"}
        assert expected <= different
        for name in different - expected:
            assert after[name].replace(PREFIX.encode(), b"") == before[name], name

    def test_every_call_is_stored_as_excel_stores_it(self, lite):
        after = office.parts(lite)
        for name, content in after.items():
            if name.startswith("xl/worksheets/") and name.endswith(".xml"):
                assert not re.search(rb"(?<!_xldudf_)(?<![\w.])CRM_[A-Z_]+\(", content), name
        assert sum(content.count(b"_xldudf_CRM_") for content in after.values()) > 30

    def test_types_and_relations(self, lite):
        """As workbooks have them that xlwings Lite has saved."""
        parts = office.parts(lite)
        types = {e.get("PartName"): e.get("ContentType") for e in ET.fromstring(parts["[Content_Types].xml"])}
        assert types[f"/{EXTENSION}"] == "application/vnd.ms-office.webextension+xml"
        assert types["/xl/webextensions/taskpanes.xml"] == "application/vnd.ms-office.webextensiontaskpanes+xml"
        kind = "http://schemas.microsoft.com/office/2011/relationships/"
        root = [(e.get("Type"), e.get("Target")) for e in ET.fromstring(parts["_rels/.rels"])]
        assert (f"{kind}webextensiontaskpanes", "xl/webextensions/taskpanes.xml") in root
        [pane] = ET.fromstring(parts["xl/webextensions/_rels/taskpanes.xml.rels"])
        assert (pane.get("Type"), pane.get("Target")) == (f"{kind}webextension", "webextension1.xml")
        panes = ET.fromstring(parts["xl/webextensions/taskpanes.xml"])
        [reference] = panes[0]
        assert reference.get(R) == pane.get("Id")
        assert panes[0].keys() == ["dockstate", "visibility", "width", "row"]
        assert len(panes) == 1

    def test_the_extension_is_as_the_schema_has_it(self, lite):
        """MS-OWEXML: the order of the elements, what each must have, and a number in braces."""
        we = "{http://schemas.microsoft.com/office/webextensions/webextension/2010/11}"
        root = ET.fromstring(office.parts(lite)[EXTENSION])
        assert root.tag == f"{we}webextension"
        assert re.fullmatch(r"\{[0-9A-F]{8}(-[0-9A-F]{4}){3}-[0-9A-F]{12}\}", root.get("id"))
        order = ["reference", "alternateReferences", "properties", "bindings", "snapshot", "extLst"]
        assert [child.tag for child in root] == [f"{we}{name}" for name in order]
        reference = root[0]
        assert reference.attrib == {"id": "wa200008175", "version": "1.0.0.0", "store": "en-US", "storeType": "OMEX"}
        for item in root[2]:
            assert item.tag == f"{we}property"
            assert item.keys() == ["name", "value"]
            json.loads(item.get("value"))
        assert [extension.get("uri")[0] for extension in root[5]] == ["{", "{"]

    def test_the_files_are_there_as_they_were_made(self, lite):
        assert office.files(lite) == {
            "main.py": main_module.main_module(),
            "requirements.txt": main_module.requirements(),
        }

    def test_is_the_same_each_time(self, plain, lite):
        assert carrying(Package.open(plain, "b.xlsx"))[0] == lite
        assert carrying(Package.open(lite, "b.xlsx"))[0] == lite

    def test_the_core_is_named_in_the_workbook(self, lite):
        structure = read_structure(Package.open(lite, "b.xlsx"))
        assert structure.names[None, NAME] == f'"{core.__dict__["crm_xl"].__version__} {core.digest()}"'

    def test_openpyxl_reads_the_same_values(self, lite, plain):
        def values(data):
            opened = openpyxl.load_workbook(io.BytesIO(data), data_only=True)
            return {sheet.title: [[cell.value for cell in row] for row in sheet] for sheet in opened}

        assert values(lite) == values(plain)


class TestAnotherAddIn:
    """A workbook in which another add-in of Office has its task pane keeps it."""

    @pytest.fixture
    def other(self, lite):
        return office.changed(lite, one=("wa200008175", "wa104381125"), two=('name="main.py"', 'name="snippets"'))

    def test_both_stand_side_by_side(self, other, plain, tmp_path):
        plain_names = Package.open(other, "b.xlsx")
        data, change = carrying(plain_names)
        assert not change.replaced
        parts = office.parts(data)
        assert parts[EXTENSION] == plain_names.parts[EXTENSION]
        panes = ET.fromstring(parts["xl/webextensions/taskpanes.xml"])
        held = {e.get("Id"): e.get("Target") for e in ET.fromstring(parts["xl/webextensions/_rels/taskpanes.xml.rels"])}
        assert [held[pane[0].get(R)] for pane in panes] == ["webextension1.xml", "webextension2.xml"]
        assert [pane.get("row") for pane in panes] == ["1", "2"]
        assert kinds(data) == ["other", "own"]
        path = tmp_path / "b.xlsx"
        path.write_bytes(data)
        remove(path)
        left = office.parts(path.read_bytes())
        assert {name for name in left if "webext" in name} == {name for name in office.parts(other) if "webext" in name}
        assert len(ET.fromstring(left["xl/webextensions/taskpanes.xml"])) == 1


class TestFiles:
    def test_taken_out_it_is_as_it_was(self, book, plain):
        assert remove(book).formulas > 30
        assert book.read_bytes() == plain

    def test_a_workbook_that_carries_nothing(self, tmp_path, plain):
        path = tmp_path / "b.xlsx"
        path.write_bytes(plain)
        with pytest.raises(WorkbookError, match=r"b\.xlsx carries no functions of crm_xl"):
            remove(path)
        assert path.read_bytes() == plain

    def test_one_of_another_version_is_replaced(self, tmp_path, lite, monkeypatch):
        old = office.with_other_core(lite)
        assert kinds(old) == ["made"]
        path = tmp_path / "b.xlsx"
        path.write_bytes(old)
        assert carry(path).replaced
        assert path.read_bytes() == lite

    def test_code_of_somebody_else_is_not_lost(self, tmp_path, lite):
        path = tmp_path / "b.xlsx"
        for data in (
            office.with_property(lite, "mine.py", '"x = 1"'),
            office.changed(lite, one=("return answer(", "return print(")),
        ):
            path.write_bytes(data)
            for action in (carry, remove):
                with pytest.raises(WorkbookError, match="holds Python code of its own"):
                    action(path)
            assert path.read_bytes() == data

    def test_a_name_that_is_called_like_a_function(self, tmp_path, plain):
        """With both, xlwings Lite registers none of its functions."""
        package = Package.open(plain, "b.xlsx")
        xml = package.parts["xl/workbook.xml"].replace(
            b"</definedNames>", b'<definedName name="crm_Total">1</definedName></definedNames>'
        )
        path = tmp_path / "b.xlsx"
        path.write_bytes(package.to_bytes({"xl/workbook.xml": xml}))
        with pytest.raises(WorkbookError, match="CRM_TOTAL") as told:
            carry(path)
        assert "名称管理器" in told.value.text("zh")

    def test_calls_of_the_add_in_are_bound_to_the_workbook(self, tmp_path, plain):
        package = Package.open(plain, "b.xlsx")
        part, xml = next(
            (n, x) for n, x in package.parts.items() if n.startswith("xl/worksheets/") and b">CRM_TOTAL(" in x
        )
        broken = xml.replace(b">CRM_TOTAL(", b">'C:\\Users\\x\\crm_xl.xlam'!CRM_TOTAL(", 1)
        path = tmp_path / "b.xlsx"
        path.write_bytes(package.to_bytes({part: broken}))
        carry(path)
        after = office.parts(path.read_bytes())[part]
        assert b".xlam" not in after
        assert after.replace(PREFIX.encode(), b"") == xml


class TestOtherCommands:
    def test_recalc_keeps_it(self, book, lite, plain, tmp_path):
        """Whatever recalc does to a workbook, it does to one that carries the functions, and leaves these alone."""
        other = tmp_path / "p.xlsx"
        other.write_bytes(plain)
        reports = [recalculate(path, tmp_path / f"out_{path.name}") for path in (book, other)]
        assert len({(report.formulas, report.changed, len(report.problems)) for report in reports}) == 1
        carried_parts = office.parts((tmp_path / "out_b.xlsx").read_bytes())
        assert carried_parts[EXTENSION] == office.parts(lite)[EXTENSION]
        for name, content in office.parts((tmp_path / "out_p.xlsx").read_bytes()).items():
            if name.startswith("xl/") and name != "xl/workbook.xml":
                assert carried_parts[name].replace(PREFIX.encode(), b"") == content, name

    def test_recalc_calculates_it(self, book, plain):
        one, two = open_workbook(book), open_workbook(plain)
        for opened in (one, two):
            opened["Costs!E6"] = 7
            opened.recalculate()
        assert one.evaluate("=CRM_TOTAL(Costs[#All],Assumptions[#All])") == two.evaluate(
            "=CRM_TOTAL(Costs[#All],Assumptions[#All])"
        )

    def test_repair_leaves_it_alone_and_binds_to_the_workbook(self, book, lite):
        assert repair(book).sound
        assert book.read_bytes() == lite
        package = Package.open(lite, "b.xlsx")
        part, xml = next((n, x) for n, x in package.parts.items() if b">_xldudf_CRM_TOTAL(" in x)
        book.write_bytes(package.to_bytes({part: xml.replace(b">_xldudf_CRM_TOTAL(", b">[1]!CRM_TOTAL(", 1)}))
        [mended] = repair(book).formulas
        assert mended.now.startswith("=_xldudf_CRM_TOTAL(")
        assert office.parts(book.read_bytes())[part] == xml

    def test_without_the_code_repair_puts_plain_names_back(self, tmp_path, plain):
        package = Package.open(plain, "b.xlsx")
        part, xml = next((n, x) for n, x in package.parts.items() if b">CRM_TOTAL(" in x)
        path = tmp_path / "b.xlsx"
        path.write_bytes(package.to_bytes({part: xml.replace(b">CRM_TOTAL(", b">_xldudf_CRM_TOTAL(", 1)}))
        repair(path)
        assert office.parts(path.read_bytes())[part] == xml
        assert prefix_of(package) == ""


class TestCommand:
    def run(self, *words):
        return CliRunner().invoke(cli, [str(word) for word in words])

    def test_there_and_back(self, tmp_path, plain):
        path, out = tmp_path / "b.xlsx", tmp_path / "o.xlsx"
        path.write_bytes(plain)
        done = self.run("lite", path, "-o", out)
        assert done.exit_code == 0
        assert core.digest()[:12] in done.output
        assert path.read_bytes() == plain
        assert prefix_of(Package.open(out)) == PREFIX
        assert self.run("lite", out, "--remove").exit_code == 0
        assert out.read_bytes() == plain

    def test_the_language_of_the_wizard(self, tmp_path, plain):
        path = tmp_path / "b.xlsx"
        path.write_bytes(plain)
        assert self.run("lite", path, "--lang", "zh").exit_code == 0
        assert "带表头的费用行" in office.files(path.read_bytes())["main.py"]

    def test_json(self, tmp_path, plain):
        path = tmp_path / "b.xlsx"
        path.write_bytes(plain)
        told = json.loads(self.run("lite", path, "--json").output)
        assert told["digest"] == core.digest()
        assert told["formulas"] > 30
        assert told["unread"] == []

    def test_what_is_no_workbook(self, tmp_path):
        path = tmp_path / "b.xlsx"
        path.write_bytes(b"PK")
        done = self.run("lite", path)
        assert done.exit_code == 1
        assert "Traceback" not in done.output

    def test_a_template_that_carries_them(self, tmp_path):
        path = tmp_path / "t.xlsx"
        assert self.run("template", "-o", path, "--edition", "lite", "--lang", "zh").exit_code == 0
        data = path.read_bytes()
        assert kinds(data) == ["own"]
        assert "带表头的费用行" in office.files(data)["main.py"]
        about = openpyxl.load_workbook(io.BytesIO(data)).worksheets[0]
        texts = [str(cell.value) for row in about for cell in row if cell.value]
        assert any(core.digest()[:12] in text for text in texts)
        spec = TemplateSpec(language="zh", edition="lite")
        assert build(spec) == data
        assert build(dataclasses.replace(spec, edition="plain")) != data
        with zipfile.ZipFile(path) as archive:
            assert archive.testzip() is None


@pytest.mark.libreoffice
@pytest.mark.skipif(shutil.which("soffice") is None, reason="there is no soffice")
def test_libreoffice_opens_it_and_computes_the_same(book):
    """With the extension for Calc, which knows the names as this edition stores them."""
    with Office() as office_program:
        found = verify(book, office_program)
    assert found.ok
    assert found.calls > 100


def test_the_add_in_for_windows_knows_such_a_workbook_by_its_name():
    assert f'Book.Names("{NAME}")' in vba.source("macros.bas")
    assert "excel_carries" in set(ribbon.keys())


def test_no_wider_numbers_are_handed_over_as_indices():
    """On 32 bits NumPy refuses them: whatever counts by code takes `indices(codes)`."""
    folder = core.Path(core.crm_xl.__file__).parent
    sources = {
        path: path.read_text(encoding="utf-8")
        for part in ("engine", "functions")
        for path in folder.glob(f"{part}/*.py")
    }
    calls = [call for text in sources.values() for call in re.findall(r"np\.bincount\([^,)]*", text)]
    assert len(calls) > 8
    assert [call for call in calls if not call.startswith("np.bincount(indices(")] == []
