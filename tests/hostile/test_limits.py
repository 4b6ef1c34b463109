"""The limits are those that SECURITY.md tells, and each of them can be changed."""

from dataclasses import fields
from pathlib import Path

import pytest

from crm_xl.errors import UnreadableError
from crm_xl.hosts.headless import WorkbookError, open_workbook
from crm_xl.xlsx.limits import Limits, limits, variable
from tests.headless.books import book, cell, sheet

from .corpus import plain

ROOT = Path(__file__).parents[2]
NAMES = [field.name for field in fields(Limits)]


@pytest.mark.parametrize("page", ["SECURITY.md", "SECURITY.zh-CN.md"])
def test_the_page_tells_every_limit_with_its_default(page):
    rows = [line.split("|") for line in (ROOT / page).read_text(encoding="utf-8").splitlines() if "CRM_XL_MAX_" in line]
    told = {row[1].strip(" `"): int(row[2]) for row in rows if len(row) > 3}
    assert told == {variable(name): getattr(Limits(), name) for name in NAMES}


@pytest.mark.parametrize("name", NAMES)
def test_a_limit_is_set_by_its_variable(name, monkeypatch):
    monkeypatch.setenv(variable(name), " 7 ")
    assert limits() == Limits(**{name: 7})


@pytest.mark.parametrize("text", ["0", "-1", "1.5", "many", "１０", "1" * 20])
def test_anything_but_a_whole_number_is_refused(text, monkeypatch):
    monkeypatch.setenv("CRM_XL_MAX_PARTS", text)
    with pytest.raises(UnreadableError) as caught:
        limits()
    assert caught.value.text("en") == f"CRM_XL_MAX_PARTS is set to “{text}”: it must be a whole number above 0"
    assert caught.value.text("zh") == f"CRM_XL_MAX_PARTS 设为“{text}”：必须是大于 0 的整数"


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("cells", "2", "it passes 2 cells"),
        ("formulas", "1", "it has more than 1 formulas"),
        ("parts", "3", "more than 3 parts"),
    ],
)
def test_a_lower_limit_holds(name, value, message, monkeypatch):
    one = sheet(cell("A1", 1), cell("A2", 0, "A1+1"))
    data = book({"S": one, "T": one})
    assert open_workbook(data)["T!A2"] == 2
    monkeypatch.setenv(variable(name), value)
    with pytest.raises(WorkbookError, match=message):
        open_workbook(data)


def test_a_file_on_the_disk_may_not_be_larger_than_the_limit(tmp_path, monkeypatch):
    path = tmp_path / "large.xlsx"
    path.write_bytes(plain() + bytes(2**20))
    monkeypatch.setenv("CRM_XL_MAX_FILE_MB", "1")
    with pytest.raises(WorkbookError) as caught:
        open_workbook(path)
    assert caught.value.text("en") == "large.xlsx is refused: it has more than 1 MB (CRM_XL_MAX_FILE_MB sets the limit)"
    assert caught.value.text("zh") == "large.xlsx 被拒绝：文件超过 1 MB（上限由 CRM_XL_MAX_FILE_MB 设定）"
