"""Every command that opens a file from outside has bounds: of cells, formulas, merged areas, memory and time."""

import json
import os
import re
import subprocess
import sys

import pytest

from crm_xl.collection.reading.returned import read_return
from crm_xl.templates.build import build
from crm_xl.templates.spec import TemplateSpec
from crm_xl.xlsx.cells import MAX_SHEET_BYTES
from crm_xl.xlsx.package import Package
from tests.cycle.rawbook import RawBook, number

from .forms import blank


def command(*arguments, **more):
    environment = {**os.environ, "CRM_XL_LANG": "en", "PYTHONIOENCODING": "utf-8"} | more
    call = [sys.executable, "-m", "crm_xl", *map(str, arguments)]
    return subprocess.run(call, capture_output=True, encoding="utf-8", env=environment, timeout=120, check=False)


@pytest.fixture
def form(tmp_path):
    path = tmp_path / "in" / "form.xlsx"
    path.parent.mkdir()
    path.write_bytes(blank())
    return path


@pytest.mark.parametrize(
    ("variable", "said"), [("CRM_XL_MAX_CELLS", "passes 50 cells"), ("CRM_XL_MAX_FORMULAS", "50 formulas")]
)
def test_the_limits_hold_for_returns_too(form, variable, said):
    checked = command("check", form, **{variable: "50"})
    assert said in re.sub(r"\s+", " ", checked.stdout) or "more than" in checked.stdout
    assert checked.returncode == 1
    collected = command("collect", form.parent, "-o", form.parent.parent / "total.xlsx", "--json", **{variable: "50"})
    assert json.loads(collected.stdout)["states"] == {"rejected": 1}


def test_very_many_merged_areas_cost_that_file_and_no_time(form):
    book = RawBook(form)
    book.sheet("Costs").set("H6", *number(5.0))
    sheet = book.sheet("Costs")
    areas = "".join(f'<mergeCell ref="B{row}:V{row}"/>' for row in range(6, 30_000))
    sheet.tail = sheet.tail.replace("<dataValidations", f"<mergeCells>{areas}</mergeCells><dataValidations", 1)
    book.save(form)
    found = read_return(form)
    assert sum(f.key == "merged" for f in found.findings) <= 20


def test_a_process_that_runs_out_of_memory_is_told_as_that(form, monkeypatch):
    from crm_xl.collection.checking import check as checking

    def greedy(path, name):
        raise MemoryError

    monkeypatch.setattr(checking, "check", greedy)
    (finding,) = checking.check_safely(form, "form.xlsx", "").findings
    assert (finding.key, finding.severity) == ("reader_memory", "blocks")


def test_the_largest_form_is_within_the_bounds():
    """A sheet of a form grows by the same for each line; that of 5,000 lines may grow by half as values are stored."""

    def largest(lines):
        parts = Package.open(build(TemplateSpec(language="en", kind="department", lines=lines)), "form.xlsx").parts
        return max(len(xml) for name, xml in parts.items() if "worksheets/sheet" in name)

    small, large = largest(50), largest(100)
    assert 1.5 * (large + (large - small) / 50 * 4_900) < MAX_SHEET_BYTES
