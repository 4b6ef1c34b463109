"""A copy of a workbook in which CRM_* formulas stand as values, for readers that have no crm_xl.

LibreOffice computes array formulas anew when it opens a file, whatever values stand in it, and shows #NAME? for
functions that it does not know. In this copy the values stay; native formulas, charts and styles live on.
"""

from collections.abc import Iterable

from crm_xl.functions.registry import REGISTRY, Function
from crm_xl.hosts.headless.formulas import Spellings
from crm_xl.hosts.headless.package import Package
from crm_xl.hosts.headless.sheet_writing import without_formulas
from crm_xl.hosts.headless.workbook import read_sheets, read_structure, without_calc_chain


def without_crm_formulas(data: bytes, *, registry: Iterable[Function] | None = None) -> bytes:
    """Return a workbook whose CRM_* formulas are replaced by the values that the file has for them.

    Raises
    ------
    WorkbookError
        Where the file cannot be read.
    """
    package = Package.open(data)
    structure = read_structure(package)
    spellings = Spellings(REGISTRY if registry is None else registry)
    changes: dict[str, bytes | None] = {}
    sheets = read_sheets(structure)
    for part in structure.sheets:
        sheet = sheets[part.name]
        ours = [c for c in sheet.cells.values() if c.formula is not None and spellings.mentioned(c.formula.text)]
        if ours:
            changes[part.part] = without_formulas(sheet, ours)
    if changes and "calcChain" in structure.related:
        changes |= without_calc_chain(structure)
    return package.to_bytes(changes)
