"""Runs inside Pyodide: what xlwings Lite does with the code of a workbook, written after its documentation.

`given` has the text of `main.py`, perhaps the folders of installed packages, and calls: the name of a function and its
arguments, each a list of rows as Office.js hands a range over, or None where it is left out. The last expression is
what every call gave, as JSON. None of xlwings' own code runs here.
"""

import datetime as dt
import inspect
import itertools
import json
import math
import sys
import time
import types

ERRORS = {
    "#DIV/0!": "Div0", "#N/A": "NotAvailable", "#NAME?": "Name", "#NULL!": "Null", "#NUM!": "Num", "#REF!": "Ref",
    "#VALUE!": "Value",
}  # fmt: skip


def func(f):
    f.__xlfunc__ = True
    return f


def arg(name, convert=None, *, doc):
    def decorate(f):
        assert name in inspect.signature(f).parameters, name
        assert convert == "raw", convert
        f.__dict__.setdefault("docs", {})[name] = doc
        return f

    return decorate


def loaded(text):
    """A module made from a text, as it is made each time that the functions are registered."""
    module = types.ModuleType("main")
    exec(text, module.__dict__)
    return module


def scalar(value):
    """One cell as its value, one row as a flat list; ranges otherwise as they are."""
    if isinstance(value, list) and len(value) == 1:
        value = value[0][0] if isinstance(value[0], list) and len(value[0]) == 1 else value[0]
    return value


def called(function, arguments):
    parameters = list(inspect.signature(function).parameters.values())
    values = []
    for parameter, value in zip(parameters, map(scalar, arguments), strict=False):
        if value is None:
            assert parameter.default is not inspect.Parameter.empty, parameter.name
            value = parameter.default
        values.append(value)
    return written(function(*values))


def written(result):
    rows = result if isinstance(result, list) else [[result]]
    rows = rows if isinstance(rows[0], list) else [rows]
    assert len({len(row) for row in rows}) == 1, "the rows are not equally long"
    return [[cell(value) for value in row] for row in rows]


def cell(value):
    if value is None:
        return ""
    if isinstance(value, float) and math.isnan(value):
        return {"type": "Error", "errorType": "Num"}
    if isinstance(value, dt.date):
        return {"type": "FormattedNumber", "basicValue": (value - dt.date(1899, 12, 30)).days}
    if isinstance(value, str) and value in ERRORS:
        return {"type": "Error", "errorType": ERRORS[value]}
    assert type(value) in (str, bool, int, float), type(value)
    return value


def run(given):
    xlwings = types.ModuleType("xlwings")
    xlwings.func, xlwings.arg = func, arg
    sys.modules["xlwings"] = xlwings
    sys.path[:0] = given.get("installed", [])
    begun = [time.perf_counter()]
    for _ in range(3):  # xlwings Lite runs it more than once
        main = loaded(given["main"])
        begun.append(time.perf_counter())
    functions = dict(inspect.getmembers(main, lambda member: hasattr(member, "__xlfunc__")))
    answers, seconds = [], []
    for name, arguments in given["calls"]:
        started = time.perf_counter()
        try:
            answers.append(called(functions[name], arguments))
        except Exception as fault:  # Excel shows #VALUE! for it
            answers.append(f"{type(fault).__name__}: {fault}")
        seconds.append(time.perf_counter() - started)
    described = {
        name: {"summary": f.__doc__, "arguments": list(inspect.signature(f).parameters), "docs": f.__dict__.get("docs")}
        for name, f in functions.items()
    }
    return {
        "functions": described,
        "answers": answers,
        "seconds": seconds,
        "loading": [after - before for before, after in itertools.pairwise(begun)],
        "bits": sys.maxsize.bit_length() + 1,
        "python": sys.version.split()[0],
    }


json.dumps(run(globals()["given"]), ensure_ascii=False) if "given" in globals() else None
