"""What is wrong with a returned workbook: where, what was found, what was expected, what to do about it."""

from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from crm_xl.data import term

# `blocks` keeps an amount, or the whole workbook, out of the sum; `note` is told and does not.
Severity: TypeAlias = Literal["blocks", "note"]


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One thing found in a returned workbook.

    `key` names the texts in the terms: `finding_<key>` says what is wrong, `finding_<key>_do` what to do. `sheet` and
    `cell` are empty where it concerns the whole workbook; `details` fill in the texts.
    """

    key: str
    severity: Severity
    sheet: str = ""
    cell: str = ""
    found: str = ""
    expected: str = ""
    details: tuple[tuple[str, Any], ...] = ()

    def text(self, language: str) -> str:
        """Return what is wrong, in a language."""
        return term(f"finding_{self.key}", language, found=self.found, expected=self.expected, **dict(self.details))

    def advice(self, language: str) -> str:
        """Return what to do about it, in a language."""
        return term(f"finding_{self.key}_do", language, found=self.found, expected=self.expected, **dict(self.details))
