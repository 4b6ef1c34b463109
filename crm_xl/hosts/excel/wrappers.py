"""The module of VBA with the functions that cells call: a line for each, which hands its arguments to the bridge.

Nothing else is in it, so that nothing else can stand in a formula: how Python is reached is in the class CrmBridge.
Where Python does not answer (not installed, not started, died), the cell shows `#VALUE!`.
"""

from collections.abc import Iterator

from crm_xl.functions import REGISTRY, Function
from crm_xl.hosts.excel import vba
from crm_xl.hosts.excel.udfs import argument_name

NAME = "crm_xl_udfs"
_HEAD = """\
Option Explicit

'Made by crm-xl from its registry of functions: changes are lost with the next one. What a cell may call stands here
'and nothing else; the class CrmBridge belongs beside it (crm-xl addin --sources).
Private Bridge As New CrmBridge
"""


def bas() -> str:
    """Return the module as a .bas file has it."""
    return vba.module(NAME, [_HEAD, *(line for function in REGISTRY for line in wrapper(function))])


def wrapper(function: Function) -> Iterator[str]:
    """Return the lines of the function of VBA that stands for a function of the registry.

    >>> print("\\n".join(wrapper(REGISTRY["CRM_ALLOCATE"])).rstrip())
    Public Function CRM_ALLOCATE(pool, keys, Optional assumptions, Optional by, Optional method, Optional name)
        CRM_ALLOCATE = Bridge.Answer("CRM_ALLOCATE", Array(pool, keys, assumptions, by, method, name))
    End Function
    """
    names = [argument_name(parameter.name) for parameter in function.parameters]
    heads = [f"Optional {n}" if p.optional else n for n, p in zip(names, function.parameters, strict=True)]
    yield f"Public Function {function.name}({', '.join(heads)})"
    yield f'    {function.name} = Bridge.Answer("{function.name}", Array({", ".join(names)}))'
    yield "End Function\n"
