"""What the buttons of the ribbon do in Python. VBA calls each with one argument and shows the text that it returns.

Check this workbook finds every call of a function in the formulas, asks Excel where its tables stand, and writes what
is wrong as notes beside the cells: those of the tables, or the formula's own where its tables are in order.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from openpyxl.formula.tokenizer import Token, Tokenizer, TokenizerError

from crm_xl.data import LANGUAGES, term
from crm_xl.engine.cells import Cell, Range
from crm_xl.engine.problems import Severity
from crm_xl.errors import CrmError
from crm_xl.functions import REGISTRY, Function, arguments, problems
from crm_xl.hosts.excel import settings, udfs
from crm_xl.hosts.excel.values import contents, from_cells
from crm_xl.hosts.headless import Spellings
from crm_xl.xlsx.package import WorkbookError

# More places than anybody reads in a message; the notes have them all.
_LISTED = 10


def forget(_: object = None) -> str:
    """Drop what was read from tables, so that the next calculation reads all of it anew."""
    arguments.forget()
    return ""


def use_language(language: str) -> str:
    """Keep the language of the add-in in the user's settings; CRM_CHECK answers in it from now on.

    Returns
    -------
    Nothing to say, or that the choice could not be kept; then the language stays as it was.
    """
    try:
        settings.keep("LANGUAGE", language)
    except (OSError, WorkbookError):
        return term("excel_not_saved", settings.language() or "en")
    udfs.use_language(language)
    return ""


def clear_notes(workbook: Any) -> str:
    """Remove the notes that an earlier check wrote, and no others."""
    heads = {term("excel_note_head", language) for language in LANGUAGES}
    for sheet in workbook.Worksheets:
        for note in list(sheet.Comments):
            if str(note.Text()).split("\n")[0].strip() in heads:
                _quietly(note.Delete)
    return ""


def check(workbook: Any, language: str | None = None) -> str:
    """Check every call of a function in a workbook and write what is wrong as notes.

    Parameters
    ----------
    workbook
        The workbook, as a COM object of Excel.
    language
        Of the notes and of what is returned; left out, the one that the user chose.

    Returns
    -------
    What was found, in a sentence or a few.
    """
    language = language or settings.language() or "en"
    clear_notes(workbook)
    found = _Findings(language)
    for place in _formulas(workbook):
        found.look_at(place)
    return found.written()


class _Place(NamedTuple):
    """A formula and the cell in which it stands."""

    sheet: Any
    cell: Any
    formula: str


@dataclass
class _Call:
    """A call of a function: the texts of its arguments, read token by token at this depth of brackets."""

    function: Function
    depth: int
    arguments: list[str]


def calls(formula: str, spellings: Spellings) -> Iterator[tuple[Function, list[str]]]:
    """Return the calls of functions in a formula, the inner ones first, each with the texts of its arguments.

    >>> formula = "=1+CRM_TOTAL(Costs[#All],,INDEX(A:A,2))"
    >>> [(function.name, given) for function, given in calls(formula, Spellings(REGISTRY))]
    [('CRM_TOTAL', ['Costs[#All]', '', 'INDEX(A:A,2)'])]
    """
    open_calls: list[_Call] = []
    depth = 0
    for token in Tokenizer(formula).items:
        around = open_calls
        if token.subtype == Token.CLOSE:
            if open_calls and open_calls[-1].depth == depth:
                done = open_calls.pop()
                yield done.function, done.arguments
            depth -= 1
        elif token.type == Token.SEP and open_calls and open_calls[-1].depth == depth:
            open_calls[-1].arguments.append("")
            around = open_calls[:-1]
        for call in around:
            call.arguments[-1] += token.value
        if token.subtype == Token.OPEN:
            depth += 1
            function = spellings.find(token.value[:-1]) if token.type == Token.FUNC else None
            if function is not None:
                open_calls.append(_Call(function, depth, [""]))


def _formulas(workbook: Any) -> Iterator[_Place]:
    """The formulas that call a function, each once for a sheet: cells that a formula spills into show it too."""
    spellings = Spellings(REGISTRY)
    for sheet in workbook.Worksheets:
        used = sheet.UsedRange
        rows = used.Formula
        seen: set[str] = set()
        for i, row in enumerate(rows if isinstance(rows, tuple) else ((rows,),)):
            for j, formula in enumerate(row):
                if not isinstance(formula, str) or not formula.startswith("=") or formula in seen:
                    continue
                if spellings.mentioned(formula):
                    seen.add(formula)
                    yield _Place(sheet, sheet.Cells(used.Row + i, used.Column + j), formula)


@dataclass
class _Note:
    """What is to stand beside one cell."""

    sheet: str
    cell: Any
    lines: dict[str, None] = field(default_factory=dict)


class _Findings:
    """Collects what is wrong, by cell, and writes it."""

    def __init__(self, language: str) -> None:
        self.language = language
        self.spellings = Spellings(REGISTRY)
        self.calls = 0
        self.counts = dict.fromkeys(Severity, 0)
        self.notes: dict[tuple[str, int, int], _Note] = {}
        self.unread: dict[str, None] = {}
        self._checked: set[tuple[str, str, str]] = set()

    def look_at(self, place: _Place) -> None:
        """Check the calls in one formula."""
        try:
            found = list(calls(place.formula, self.spellings))
        except TokenizerError:
            self.unread[f"'{place.sheet.Name}'!{_address(place.cell)}"] = None
            return
        for function, texts in found:
            key = (place.sheet.Name, function.name, "\0".join(texts))
            if key not in self._checked:  # the same call elsewhere would only say the same again
                self._checked.add(key)
                self.calls += 1
                self._check(place, function, texts)

    def _check(self, place: _Place, function: Function, texts: list[str]) -> None:
        areas: dict[str, Any] = {}
        given: list[Range | Cell] = []
        for parameter, text in zip(function.parameters, texts, strict=False):
            value = None if not text.strip() else _evaluated(place.sheet, text)
            if hasattr(value, "CountLarge"):
                areas[parameter.name] = value
                value = contents(value)
            else:
                value = from_cells(value)
            given.append(value)
        errors = 0
        for problem in problems(function.name, [v if isinstance(v, Range) else None for v in given]):
            if (area := areas.get(problem.argument)) is not None:
                cell = area.Cells((problem.row or 0) + 1, (problem.column or 0) + 1)
                self._add(cell, problem.severity, problem.text(self.language))
                errors += problem.severity is Severity.ERROR
        if not errors:
            try:
                function.call(*given)
            except CrmError as error:
                self._add(place.cell, Severity.ERROR, f"{function.name}: {error.text(self.language)}")

    def _add(self, cell: Any, severity: Severity, text: str) -> None:
        line = term("excel_note_line", self.language, severity=term(f"severity_{severity}", self.language), text=text)
        key = (cell.Worksheet.Name, cell.Row, cell.Column)
        note = self.notes.setdefault(key, _Note(cell.Worksheet.Name, cell))
        if line not in note.lines:
            note.lines[line] = None
            self.counts[severity] += 1

    def written(self) -> str:
        """Write the notes and return what is to be said."""
        language = self.language
        unwritten = [note for note in self.notes.values() if not _write(note, self.language)]
        lines = []
        if not self.calls and not self.unread:
            return term("excel_check_none", language)
        if self.notes:
            first = self._place(next(iter(self.notes.values())))
            errors, hints = self.counts[Severity.ERROR], self.counts[Severity.NOTE]
            lines.append(term("excel_check_found", language, errors=errors, notes=hints, first=first))
        elif not self.unread:
            lines.append(term("excel_check_ok", language, calls=self.calls))
        if unwritten:
            lines += ["", term("excel_check_unwritten", language, count=len(unwritten))]
            lines += [self._place(note) for note in unwritten[:_LISTED]]
        if self.unread:
            lines += ["", term("excel_check_unread", language, places=list(self.unread)[:_LISTED])]
        return "\n".join(lines)

    def _place(self, note: _Note) -> str:
        address = _address(note.cell)
        return term("excel_check_place", self.language, sheet=note.sheet, cell=address, text="; ".join(note.lines))


def _address(cell: Any) -> str:
    return str(cell.Address).replace("$", "")


def _evaluated(sheet: Any, text: str) -> Any:
    """What an argument stands for on a sheet: a range as an object of Excel, or a value."""
    try:
        return sheet.Evaluate(text)
    except Exception:  # of a class of pywin32, where Excel cannot read the text
        return None


def _write(note: _Note, language: str) -> bool:
    """Write a note beside its cell, unless one of the user's own stands there or the sheet is protected."""
    text = "\n".join([term("excel_note_head", language), *note.lines])
    own = note.cell.Comment
    if own is not None or not _quietly(lambda: note.cell.AddComment(text)):
        return False
    _quietly(lambda: setattr(note.cell.Comment.Shape.TextFrame, "AutoSize", True))
    return True


def _quietly(action: Any) -> bool:
    """Do something to the workbook; whether Excel let it."""
    try:
        action()
    except Exception:  # of a class of pywin32, which is not there on other systems
        return False
    return True


# What the ribbon may ask for, and nothing else of this module.
BUTTONS: Mapping[str, Callable[[Any], str]] = {
    "forget": forget,
    "use_language": use_language,
    "check": check,
    "clear_notes": clear_notes,
}
