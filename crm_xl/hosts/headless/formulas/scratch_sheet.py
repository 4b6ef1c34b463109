"""What formulas in the engine's form hold besides Excel's own: how areas and callers reach our functions.

An area that a function of the registry takes directly is handed over through one cell of a scratch sheet, so that ten
thousand formulas over one table carry it into Python once.
"""

from dataclasses import dataclass, field

from crm_xl.hosts.headless.formulas.tokens import Token
from crm_xl.hosts.headless.worksheet_functions.parsing import Program
from crm_xl.xlsx.references import Area, Position, quoted

# Stands for an argument that is left empty between two commas; the engine would hand over a zero.
EMPTY = "\ue000"
# Begins the last argument of every call, which tells the function for which cell it is computed.
CALLER = "\ue002"
RANGE = "CRM__RANGE"
PART = "CRM__PART"
# Gives what the file holds for a dynamic array, by the number of its formula.
STORED = "CRM__STORED"
# Computes a formula with the functions here; hands over the contents of an area to it.
EVALUATE = "CRM__EVALUATE"
CONTENT = "CRM__CONTENT"


@dataclass
class Scratch:
    """The areas that are handed over through the scratch sheet, each in its cell of column A, and the callers.

    Column B has whether areas that are summed under conditions hold errors, column C the contents of areas that
    `programs`, the formulas that are computed here, read.
    """

    sheet: str
    areas: dict[str, Area] = field(default_factory=dict)
    rows: dict[str, int] = field(default_factory=dict)
    summed: dict[tuple[Area, bool], int] = field(default_factory=dict)
    callers: list[Position] = field(default_factory=list)
    programs: list[Program] = field(default_factory=list)
    contents: dict[Area, int] = field(default_factory=dict)

    def mark(self, caller: Position) -> str:
        """Return the argument that tells a function from which formula it is called."""
        self.callers.append(caller)
        return f'"{CALLER}{len(self.callers) - 1}"'

    def cell(self, piece: Token) -> str:
        """Return the reference to the scratch cell of an area, reserving one for a new area."""
        assert piece.area is not None
        formula = piece.area.formula + "#" * piece.spilled
        if formula not in self.rows:
            self.rows[formula] = len(self.rows) + 1
            self.areas[formula] = piece.area
        return f"{quoted(self.sheet)}!$A${self.rows[formula]}"

    def enter(self, program: Program) -> int:
        """Keep a formula that is computed here, and return its number."""
        self.programs.append(program)
        return len(self.programs) - 1

    def content(self, piece: Token) -> str:
        """Return the reference to the scratch cell that hands over the contents of an area, reserving one."""
        assert piece.area is not None
        row = self.contents.setdefault(piece.area, len(self.contents) + 1)
        return f"{quoted(self.sheet)}!$C${row}"

    def holds_error(self, piece: Token) -> str:
        """Return the reference to the scratch cell that tells whether an area holds an error, reserving one."""
        assert piece.area is not None
        row = self.summed.setdefault((piece.area, piece.spilled), len(self.summed) + 1)
        return f"{quoted(self.sheet)}!$B${row}"
