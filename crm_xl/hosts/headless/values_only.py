"""A copy of a workbook in which CRM_* formulas stand as values, for readers that have no crm_xl.

LibreOffice computes array formulas anew when it opens a file, whatever values stand in it, and shows #NAME? for
functions that it does not know. In this copy the values stay; native formulas, charts and styles live on.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping

from crm_xl.functions.registry import REGISTRY, Function
from crm_xl.hosts.headless.formulas.spellings import Spellings
from crm_xl.xlsx.links import tokens
from crm_xl.xlsx.package import Package
from crm_xl.xlsx.references import split_sheet
from crm_xl.xlsx.sheet import CellXml, SheetXml
from crm_xl.xlsx.sheet_writing import without_formulas
from crm_xl.xlsx.workbook import read_sheets, read_structure, without_calc_chain


def without_crm_formulas(data: bytes, *, registry: Iterable[Function] | None = None) -> bytes:
    """Return a workbook whose CRM_* formulas are replaced by the values that the file has for them.

    Formulas that call a function by way of a defined name are among them.

    Raises
    ------
    WorkbookError
        Where the file cannot be read.
    """
    package = Package.open(data)
    structure = read_structure(package)
    spellings = Spellings(REGISTRY if registry is None else registry)
    names = _Names(structure.names, spellings)
    changes: dict[str, bytes | None] = {}
    sheets = read_sheets(structure)
    for part in structure.sheets:
        ours = _calling(sheets[part.name], part.name, spellings, names)
        if ours:
            changes[part.part] = without_formulas(sheets[part.name], ours)
    if changes and "calcChain" in structure.related:
        changes |= without_calc_chain(structure)
    return package.to_bytes(changes)


def _calling(sheet: SheetXml, name: str, spellings: Spellings, names: "_Names") -> list[CellXml]:
    """Return the cells whose formulas call our functions."""
    with_formulas = [(cell, cell.formula) for cell in sheet.cells.values() if cell.formula is not None]
    ours = {cell for cell, f in with_formulas if spellings.mentioned(f.text) or names.call(f.text, name)}
    # A formula that was filled down stands in the first cell alone; the others have its group.
    groups = {f.group for cell, f in with_formulas if cell in ours and f.kind == "shared"}
    return [cell for cell, f in with_formulas if cell in ours or (f.kind == "shared" and f.group in groups)]


class _Names:
    """The defined names of a workbook that call our functions, by themselves or through another name."""

    def __init__(self, names: Mapping[tuple[str | None, str], str], spellings: Spellings) -> None:
        self._texts = {(scope and scope.casefold(), name): text for (scope, name), text in names.items()}
        self._calling = {key for key, text in self._texts.items() if spellings.mentioned(text)}
        named_in: dict[str, list[tuple[str | None, str]]] = defaultdict(list)
        for key, text in self._texts.items() if self._calling else ():
            for _, name in _words(text):
                named_in[name].append(key)
        waiting = list(self._calling)
        while waiting:
            new = set(named_in[waiting.pop()[1]]) - self._calling
            self._calling |= new
            waiting += new

    def call(self, formula: str, sheet: str) -> bool:
        """Whether a formula on a sheet has one of these names in it."""
        if not self._calling:
            return False
        return any(self._meant(scope or sheet, name) in self._calling for scope, name in _words(formula))

    def _meant(self, sheet: str, name: str) -> tuple[str | None, str]:
        own = (sheet.casefold(), name)
        return own if own in self._texts else (None, name)


def _words(formula: str) -> set[tuple[str | None, str]]:
    """Return what may be a name in a formula, with the sheet before it; nothing where it cannot be read."""
    try:
        pieces = tokens(formula)
    except ValueError:
        return set()
    split = (split_sheet(piece.rstrip("(#")) for piece in pieces if not piece.startswith('"'))
    return {(scope, name.casefold()) for scope, name in split}
