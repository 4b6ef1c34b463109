"""The copy of a workbook that LibreOffice is given."""

import re

from crm_xl.xlsx.workbook import Structure

# Protection of sheets and of the workbook's structure; only the copy loses it.
_PROTECTION = re.compile(rb"<(?:\w+:)?(?:sheet|workbook)Protection\b[^<>]*/>")


def unprotected(structure: Structure) -> bytes:
    """Return the workbook without protection, which LibreOffice would keep even from us, passwords or not."""
    package = structure.package
    parts = [structure.part, *(sheet.part for sheet in structure.sheets)]
    return package.to_bytes({part: _PROTECTION.sub(b"", package.parts[part]) for part in parts})
