"""What the functions are called inside Calc, all of it made from the registry.

A formula that Calc saves holds the service and the method: `ORG.CRMXL.ADDIN.CRMTOTAL(…)`. Neither may ever change.
"""

from typing import Any

from crm_xl.data import LANGUAGES, term
from crm_xl.functions import REGISTRY, Function, Parameter

SERVICE = "org.crmxl.AddIn"
BINDING_SERVICE = "org.crmxl.Binding"
EXTENSION = "org.crmxl"

# Nearly always handed over, and often with errors in it, although CRM_CHECK can do without.
_ALWAYS_CELLS = "costs"
# People hand over an amount or a list of shares here, not always cells.
_TYPED_TOO = frozenset({"pool", "keys"})
# Where 0 is an answer of its own. Calc hands over a reference to an empty cell as 0, which elsewhere means the default.
_ZERO_COUNTS = frozenset({"users", "active_users"})


def method(function: Function) -> str:
    """Return the name of the method: `crmTotal` for CRM_TOTAL.

    >>> method(REGISTRY["CRM_PER_ACTIVE_USER"])
    'crmPerActiveUser'
    """
    return identifier(function.name)


def identifier(name: str) -> str:
    """Return a name as UNO takes it: without underscores."""
    first, *others = name.lower().split("_")
    return first + "".join(map(str.capitalize, others))


def takes_cells(parameter: Parameter) -> bool:
    """Whether the extension is handed the cells themselves, not their values.

    Only then does Calc call a function over cells with errors, and only then is a whole column not a million values;
    but Calc has no form for cells that may be left out.
    """
    if parameter.kind != "table" or parameter.name in _TYPED_TOO:
        return False
    return not parameter.optional or parameter.name == _ALWAYS_CELLS


def zero_is_default(parameter: Parameter) -> bool:
    """Whether a 0 may be a reference to an empty cell, which means the default."""
    return parameter.optional and parameter.name not in _ZERO_COUNTS


def contents() -> dict[str, Any]:
    """Return what the extension has to know of the functions, as plain data."""
    return {
        "functions": [
            {
                "method": method(f),
                "name": f.name,
                "table": f.result == "table",
                "zeros": [zero_is_default(p) for p in f.parameters],
            }
            for f in REGISTRY
        ],
        "texts": {key: {language: term(f"calc_{key}", language) for language in LANGUAGES} for key in _TEXTS},
    }


_TEXTS = ("no_engine", "engine_stopped", "dates_from")
