"""Which account of the ledger a posting goes to: the rows of a table of accounts, the closest one first.

A row holds for its Component and its Treatment; a blank holds for all. The account of a role is taken from the row that
fits both, else the one of the component, else that of the treatment, else the one for all; a row that leaves the
account blank gives way to the next. The Account of a cost line goes before all of them where it is an expense.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from crm_xl.engine.components import component_key
from crm_xl.engine.problems import Problem, Severity
from crm_xl.engine.reading import Table
from crm_xl.engine.schema import columns, normalise

ROLES = ("expense", "prepaid", "accrued", "asset", "payable", "tax")


@dataclass(frozen=True, kw_only=True)
class Accounts:
    """Accounts by component (normalised; "" for all), treatment ("" for all) and role."""

    by_key: dict[tuple[str, str], dict[str, str]]
    problems: tuple[Problem, ...]

    def find(self, component: str, treatment: str, role: str) -> str:
        """Return the account of a role, or nothing where no row has it."""
        own = normalise(component)
        keys = ((own, treatment), (own, ""), ("", treatment), ("", ""))
        return next((found for key in keys if (found := self.by_key.get(key, {}).get(role, ""))), "")


def read_accounts(table: Table, components: Iterable[str]) -> Accounts:
    """Return the accounts of a table; `components` are those of the cost lines."""
    problems = list(table.problems)
    known = {normalise(name) for name in components}
    by_key: dict[tuple[str, str], dict[str, str]] = {}
    for i in range(len(table)):
        typed = table.text("component", i)
        key = (normalise(component_key(typed) or typed) if typed else "", table.text("treatment", i))
        if key in by_key:
            problems.append(table.problem(i, "component", typed or None, "expected_accounts_once"))
            continue
        if key[0] and key[0] not in known:
            problems.append(
                table.problem(i, "component", typed, "note_accounts_unused", severity=Severity.NOTE)
            )  # fmt: skip
        by_key[key] = {role: table.text(f"account_{role}", i) for role in ROLES}
    return Accounts(by_key=by_key, problems=tuple(problems))


def missing(component: dict[str, str], treatment: dict[str, str], role: str) -> Problem:
    """Return the problem of an account that no row has; component and treatment are named in each language."""
    field = columns("accounts")[f"account_{role}"]
    details = {"component": component, "treatment": treatment, "account": field.names_by_language}
    return Problem(argument="accounts", key="expected_account", details=details)
