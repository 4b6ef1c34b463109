"""A second opinion on native formulas without LibreOffice: calculated by the headless engine and by formulon."""

import os
from dataclasses import dataclass

from crm_xl.data import term
from crm_xl.hosts.headless.book import open_workbook
from crm_xl.hosts.headless.calculation.second_engine import SecondEngine
from crm_xl.xlsx.references import cell_name


@dataclass(frozen=True, kw_only=True)
class EnginesDiffer:
    """A cell for which the two engines have other values, each as it is shown."""

    workbook: str
    sheet: str
    cell: str
    formula: str
    headless: str
    formulon: str

    def text(self, language: str = "en") -> str:
        """Return file, sheet, cell, formula and both values on one line."""
        return term("verify_difference_formulon", language, **vars(self))


@dataclass(frozen=True, kw_only=True)
class SecondOpinion:
    """The outcome: `formulas` were compared, `left_out` could not be computed by one of the engines.

    Formulas with functions of crm_xl are left out: formulon does not know them.
    """

    workbook: str
    formulas: int
    left_out: int
    differences: tuple[EnginesDiffer, ...]

    @property
    def ok(self) -> bool:
        """Whether all that was compared is equal."""
        return not self.differences


def second_opinion(path: str | os.PathLike[str]) -> SecondOpinion:
    """Calculate a workbook anew, and each native formula once more with formulon from the same inputs.

    Raises
    ------
    WorkbookError
        Where the file cannot be read or calculated, or formulon is not installed.
    """
    engine = SecondEngine()
    book = open_workbook(path)
    book.recalculate(stale=True)
    model = book.model
    answers = engine.answers(model, [p for p in model.formulas if p not in model.failures])
    differences = []
    for position, answer in answers.items():
        if not answer.agrees:
            sheet, row, column = answer.cell or position
            differences.append(
                EnginesDiffer(
                    workbook=book.name,
                    sheet=sheet,
                    cell=cell_name(row, column),
                    formula=f"={model.formulas[position]}",
                    headless=answer.first,
                    formulon=answer.second,
                )
            )
    return SecondOpinion(
        workbook=book.name,
        formulas=len(answers),
        left_out=len(model.formulas) - len(answers),
        differences=tuple(differences),
    )
