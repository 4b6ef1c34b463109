"""Forms filled in and edited in LibreOffice Calc itself: what it writes is read as it was typed there."""

import json
import random
import subprocess
import uuid
from pathlib import Path

from crm_xl.hosts.calc.office import find_office, find_python

from .filling import LINES, Filled
from .judge import Tally, distributed, judge
from .rawbook import RawBook
from .trial import DEPARTMENTS, amounts

HERE = Path(__file__).parent


def run(forms: int, seed: int, scratch: Path) -> Tally:
    """Try so many forms in one collection."""
    tally, chance, values = Tally(), random.Random(seed), amounts()
    sent = distributed(scratch, DEPARTMENTS[:forms], LINES)
    folder = scratch / "office"
    folder.mkdir()
    made, jobs = [], []
    for name, language, currency in DEPARTMENTS[:forms]:
        form = Filled(
            book=RawBook(sent[name]), file=f"{name}.xlsx", language=language, currency=currency, chance=chance,
            amounts=values, edit="office",
        )  # fmt: skip
        jobs.append({"form": str(sent[name]), "out": str(folder / form.file), "edits": _edits(form)})
        made.append(form)
    (scratch / "jobs.json").write_text(json.dumps(jobs), encoding="utf-8")
    _in_office(scratch)
    judge(made, folder, scratch / "office.xlsx", tally)
    return tally


def _edits(form: Filled) -> list[list[object]]:
    """What is done in Calc: lines as they are meant, and then one thing more."""
    costs, edits = form.costs, []

    def line(row: int, may: str = "sum") -> float:
        value = form.next()
        edits.extend([[costs, "text", f"B{row}", "Licence"], [costs, "value", f"H{row}", value]])
        form.figure(value, may, costs, f"H{row}", form.total_of(value, {}), line=True, moved=True)  # type: ignore[arg-type]
        return value

    for row in (6, 7, 8):
        line(row)
    kind = form.chance.choice(("insert row", "hide row", "strike", "sheet", "copy", "beside", "sum", "text"))
    form.edits.append(kind)
    if kind in ("insert row", "hide row"):
        edits.append([costs, kind, "B7"])
    elif kind == "strike":
        line(9, "list")
        edits.append([costs, "strike", "B9:H9"])
    elif kind == "sheet":
        value = form.next()
        edits.extend([["Savings", "new sheet"], ["Savings", "value", "C4", value]])
        form.figure(value, "list", "Savings", "C4", moved=True)
    elif kind == "copy":
        edits.append([costs, "copy sheet", "Costs_2"])
    elif kind == "beside":
        value = form.next()
        edits.append([costs, "value", "AK12", value])
        form.figure(value, "list", costs, "AK12")
    elif kind == "sum":
        total = sum(figure.amount for figure in form.figures)
        edits.extend([[costs, "text", "B9", "Licence"], [costs, "formula", "H9", "=SUM(H6:H8)"]])
        form.figure(total, "list", costs, "H9", line=True)
    else:
        value = form.next()
        edits.extend([[costs, "text", "B9", "Licence"], [costs, "text", "H9", f"{value:.2f}"]])
        form.figure(value, "either", costs, "H9", form.total_of(value, {}), line=True, moved=True)
    return edits


def _in_office(scratch: Path) -> None:
    soffice, pipe = find_office(), f"crm_xl_cycle_{uuid.uuid4().hex}"
    profile = (scratch / "profile").as_uri()
    office = subprocess.Popen(
        [
            str(soffice), "--headless", "--norestore", "--nologo", f"-env:UserInstallation={profile}",
            f"--accept=pipe,name={pipe};urp",
        ],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        call = [find_python(soffice), str(HERE / "in_office.py"), pipe, str(scratch / "jobs.json")]
        done = subprocess.run(list(map(str, call)), capture_output=True, text=True, timeout=300, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
    finally:
        office.terminate()
        office.wait(60)
