"""The type hints of the package, made from the registry: what editors show of `crm_xl.total` and the others."""

from crm_xl.functions import REGISTRY
from crm_xl.functions.registry import Function
from crm_xl.hosts.pandas.functions import python_name

_HEAD = """\
# Made from the registry by `python -m crm_xl.hosts.pandas.stubs`; a test holds it to that.
import pandas as pd

from crm_xl._version import __version__
from crm_xl.errors import Cell, CrmError, ErrorValue
from crm_xl.hosts.headless import Book, open_workbook
from crm_xl.hosts.pandas.functions import CrmWarning
from crm_xl.hosts.pandas.tables import TableLike, read_table

__all__ = ["Book", "CrmError", "CrmWarning", "ErrorValue", "__version__", "open_workbook", "read_table"]

"""
_RESULTS = {"money": "float", "number": "float", "text": "str", "table": "pd.DataFrame"}


def stubs() -> str:
    """Return the text of `crm_xl/__init__.pyi`."""
    return _HEAD + "".join(_stub(function) for function in REGISTRY)


def _stub(function: Function) -> str:
    given = [
        f"{p.name}: {'TableLike' if p.kind == 'table' else 'Cell'}{' | None = None' if p.optional else ''}"
        for p in function.parameters
    ]
    # A scenario is a number where one is named, and the table of all where none is.
    result = "float | pd.DataFrame" if function.name == "CRM_SCENARIO" else _RESULTS[function.result]
    inside = "\n" + "".join(f"    {line},\n" for line in given) if given else ""
    return f"def {python_name(function)}({inside}) -> {result}: ...\n"


if __name__ == "__main__":
    print(stubs(), end="")
