"""Forms that come back with code for an add-in."""

import json

import pytest

from crm_xl.collection.reading.returned import read_return
from crm_xl.hosts.lite.workbook import carrying
from crm_xl.templates.build import build
from crm_xl.templates.spec import TemplateSpec
from crm_xl.xlsx.package import Package

from . import office

EXTENSION = office.EXTENSION


@pytest.fixture(scope="module")
def form():
    return build(TemplateSpec(kind="department", department="Sales"))


def findings(tmp_path, data):
    path = tmp_path / "f.xlsx"
    path.write_bytes(data)
    found = {finding.key: (finding.severity, finding.found) for finding in read_return(path).findings}
    return {key: found[key] for key in ("python_code", "web_add_in") if key in found}


def test_our_own_core_is_nothing_to_be_told_of(tmp_path, form):
    data, _ = carrying(Package.open(form, "f.xlsx"), language="zh")
    assert findings(tmp_path, data) == {}
    data, _ = carrying(Package.open(form, "f.xlsx"), from_index=True)
    assert findings(tmp_path, data) == {}


def test_after_excel_saved_it_it_is_still_our_own(tmp_path, form):
    """xlwings Lite notes versions and a number of its own beside the files."""
    data, _ = carrying(Package.open(form, "f.xlsx"))
    for name, value in (
        ("addinVersion", '"1.0.0.103"'),
        ("pyodideVersion", '"314.0.0"'),
        ("xlwingsWorkbookId", '"a0403022"'),
        ("requirements-pinned.txt", json.dumps("# Generated\nnumpy==2.4.3\nxlwings==0.37.8\n")),
    ):
        data = office.with_property(data, name, value)
    assert findings(tmp_path, data) == {}


@pytest.mark.parametrize(
    "change",
    [
        lambda data: office.changed(data, one=("return answer(", "return print(")),
        lambda data: office.changed(data, one=("numpy\\n", "numpy\\nevil\\n")),
        lambda data: office.with_property(data, "other.py", '"print()"'),
        lambda data: office.with_property(data, "unknown", '"?"'),
        lambda data: office.with_property(
            data, "requirements-pinned.txt", json.dumps("numpy @ https://example.com/n.whl")
        ),
        lambda data: office.with_property(data, "requirements-pinned.txt", json.dumps("evil==1.0")),
        lambda data: office.changed(data, one=("wa200008175", "wa000000000")),
        office.with_other_core,
    ],
)
def test_code_of_others_rejects_it(tmp_path, form, change):
    data, _ = carrying(Package.open(form, "f.xlsx"))
    assert findings(tmp_path, change(data)) == {"python_code": ("blocks", f"{EXTENSION}: main.py")}


@pytest.mark.parametrize("name", ["xl/webextensions/webextension1.xml", "xl/media/image1.xml", "customXml/item1.xml"])
def test_wherever_it_stands(tmp_path, form, name):
    """Not the place says what a part is, but its type."""
    data, _ = carrying(Package.open(form, "f.xlsx"))
    package = Package.open(office.changed(data, one=("return answer(", "return print(")), "f.xlsx")
    types = package.parts["[Content_Types].xml"].replace(EXTENSION.encode(), name.encode())
    moved = {"[Content_Types].xml": types, EXTENSION: None, name: package.parts[EXTENSION]}
    found = findings(tmp_path, package.to_bytes(moved))
    assert found["python_code"][0] == "blocks"
    assert found["python_code"][1].startswith(name)


def test_an_add_in_without_code_is_told(tmp_path, form):
    data, _ = carrying(Package.open(form, "f.xlsx"))
    data = office.changed(data, one=("wa200008175", "wa104381125"), two=('name="main.py"', 'name="settings"'))
    assert findings(tmp_path, data) == {"web_add_in": ("note", "wa104381125")}
