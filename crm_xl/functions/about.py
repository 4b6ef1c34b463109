"""CRM_VERSION: what computed a workbook, so that the workbook can record it."""

from contextvars import ContextVar

from crm_xl._version import __version__
from crm_xl.data import DATA_VERSION, SCHEMA_VERSION
from crm_xl.functions.parameters import ABOUT
from crm_xl.functions.registry import Text, function

# What runs the functions, where the workbook itself brings them: a version says so.
host: ContextVar[str] = ContextVar("host", default="")


@function(
    alias="CRM版本",
    category=ABOUT,
    summary=Text(
        "Version of the code, the shipped data and the template schema, to record what computed a workbook.",
        "代码、内置数据和模板结构的版本，用于记录工作簿由何版本计算。",
    ),
    parameters=(),
    result="text",
    returns=Text(
        "One text, such as crm_xl 0.1.0, data 2026.11, schema 1.", "一段文字，如 crm_xl 0.1.0, data 2026.11, schema 1。"
    ),
    example="=CRM_VERSION()",
)
def CRM_VERSION() -> str:
    """
    >>> CRM_VERSION().startswith("crm_xl ")
    True
    """
    parts = (f"crm_xl {__version__}", f"data {DATA_VERSION}", f"schema {SCHEMA_VERSION}", host.get())
    return ", ".join(filter(None, parts))
