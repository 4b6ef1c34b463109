"""The names by which files call the functions of the registry.

Excel, LibreOffice and other programs each store a call of an add-in's function in a way of their own:
`_xldudf_CRM_TOTAL`, `[1]!CRM_TOTAL`, `CRM.TOTAL`, `ORG.CRMXL.ADDIN.CRMTOTAL`.
"""

import re
from collections.abc import Iterable

from crm_xl.functions.registry import Function

_CALC_PREFIX = "ORG.CRMXL.ADDIN."
_PREFIXES = re.compile(r"^(?:_xlfn\.|_xll\.|_xlws\.|_xludf\.|_xldudf_)+", re.IGNORECASE)
# A linked workbook by its number, or an add-in by its file, either with or without a sheet.
_ADD_IN = re.compile(r"(?:\[\d+\]|'\[\d+\]|'?[^!\]]*\.xlam?)(?:\][^!\]]*|(?<=\])[^!\]]*)?'?", re.IGNORECASE)


class Spellings:
    """The functions of a registry under every name by which a file may call them."""

    def __init__(self, registry: Iterable[Function]) -> None:
        self._functions: dict[str, Function] = {}
        for function in registry:
            name = function.name.upper()
            self._functions[name] = function
            self._functions[_CALC_PREFIX + name.replace("_", "")] = function
        words = sorted(
            {re.escape(f.name).replace("_", "[_.]") for f in self._functions.values()}, key=len, reverse=True
        )
        self._words = re.compile("|".join([*words, re.escape(_CALC_PREFIX)]) or "(?!)", re.IGNORECASE)

    def find(self, name: str) -> Function | None:
        """Return the function that a formula calls by this name, or None if it is none of the registry."""
        qualifier, mark, bare = name.rpartition("!")
        if mark and not _ADD_IN.fullmatch(qualifier):
            return None
        bare = bare_name(bare)
        return self._functions.get(bare) or self._functions.get(bare.replace(".", "_"))

    def mentioned(self, formula: str) -> bool:
        """Whether a formula may call a function of the registry; a quick look that can be wrong with yes only."""
        return self._words.search(formula) is not None


def bare_name(function: str) -> str:
    """Return the name of a function in capitals, without what Excel puts before those of later versions."""
    return _PREFIXES.sub("", function).upper()
