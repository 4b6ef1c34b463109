# Made from the registry by `python -m crm_xl.hosts.pandas.stubs`; a test holds it to that.
import pandas as pd

from crm_xl._version import __version__
from crm_xl.errors import Cell, CrmError, ErrorValue
from crm_xl.hosts.headless import Book, open_workbook
from crm_xl.hosts.pandas.functions import CrmWarning
from crm_xl.hosts.pandas.tables import TableLike, read_table

__all__ = ["Book", "CrmError", "CrmWarning", "ErrorValue", "__version__", "open_workbook", "read_table"]

def total(
    costs: TableLike,
    assumptions: TableLike | None = None,
    component: Cell | None = None,
    year: Cell | None = None,
    department: Cell | None = None,
) -> float: ...
def breakdown(
    costs: TableLike,
    assumptions: TableLike | None = None,
    rows: Cell | None = None,
    columns: Cell | None = None,
) -> pd.DataFrame: ...
def schedule(
    costs: TableLike,
    assumptions: TableLike | None = None,
    view: Cell | None = None,
    by: Cell | None = None,
) -> pd.DataFrame: ...
def per_user(
    costs: TableLike,
    assumptions: TableLike | None = None,
    users: Cell | None = None,
    per: Cell | None = None,
) -> float: ...
def per_active_user(
    costs: TableLike,
    assumptions: TableLike | None = None,
    active_users: Cell | None = None,
    per: Cell | None = None,
) -> float: ...
def npv(
    costs: TableLike,
    benefits: TableLike | None = None,
    assumptions: TableLike | None = None,
) -> float: ...
def irr(
    costs: TableLike,
    benefits: TableLike | None = None,
    assumptions: TableLike | None = None,
) -> float: ...
def mirr(
    costs: TableLike,
    benefits: TableLike | None = None,
    assumptions: TableLike | None = None,
    finance_rate: Cell | None = None,
    reinvest_rate: Cell | None = None,
) -> float: ...
def roi(
    costs: TableLike,
    benefits: TableLike | None = None,
    assumptions: TableLike | None = None,
) -> float: ...
def payback(
    costs: TableLike,
    benefits: TableLike | None = None,
    assumptions: TableLike | None = None,
    method: Cell | None = None,
) -> float: ...
def value(
    costs: TableLike,
    benefits: TableLike | None = None,
    assumptions: TableLike | None = None,
) -> float: ...
def cashflow(
    costs: TableLike,
    benefits: TableLike | None = None,
    assumptions: TableLike | None = None,
    by: Cell | None = None,
) -> pd.DataFrame: ...
def scenario(
    costs: TableLike,
    scenarios: TableLike,
    name: Cell | None = None,
    assumptions: TableLike | None = None,
    benefits: TableLike | None = None,
) -> float | pd.DataFrame: ...
def sensitivity(
    costs: TableLike,
    drivers: TableLike,
    assumptions: TableLike | None = None,
    benefits: TableLike | None = None,
) -> pd.DataFrame: ...
def risk(
    costs: TableLike,
    percentiles: TableLike | None = None,
    trials: Cell | None = None,
    seed: Cell | None = None,
    assumptions: TableLike | None = None,
    distribution: Cell | None = None,
    correlation: Cell | None = None,
    benefits: TableLike | None = None,
) -> pd.DataFrame: ...
def price(
    vendor: Cell,
    edition: Cell,
    currency: Cell | None = None,
    date: Cell | None = None,
    catalogue: TableLike | None = None,
    billing: Cell | None = None,
) -> pd.DataFrame: ...
def catalogue(
    vendor: Cell | None = None,
    catalogue: TableLike | None = None,
) -> pd.DataFrame: ...
def compare(
    options: TableLike,
    assumptions: TableLike | None = None,
    catalogue: TableLike | None = None,
    tiers: TableLike | None = None,
) -> pd.DataFrame: ...
def estimate(
    users: Cell,
    size: Cell | None = None,
    platform: Cell | None = None,
    market: Cell | None = None,
    management: Cell | None = None,
    assumptions: TableLike | None = None,
    coefficients: TableLike | None = None,
) -> pd.DataFrame: ...
def variance(
    budget: TableLike,
    actual: TableLike | None = None,
    by: Cell | None = None,
    assumptions: TableLike | None = None,
) -> pd.DataFrame: ...
def allocate(
    pool: TableLike,
    keys: TableLike,
    assumptions: TableLike | None = None,
    by: Cell | None = None,
    method: Cell | None = None,
    name: Cell | None = None,
) -> pd.DataFrame: ...
def savings(
    costs: TableLike,
    usage: TableLike,
    assumptions: TableLike | None = None,
) -> pd.DataFrame: ...
def licence(
    users: Cell,
    price: Cell,
    metric: Cell | None = None,
    modules: Cell | None = None,
    minimum: Cell | None = None,
    tiers: TableLike | None = None,
    mode: Cell | None = None,
    frequency: Cell | None = None,
    months: Cell | None = None,
) -> float: ...
def forecast(
    costs: TableLike,
    actual: TableLike,
    assumptions: TableLike | None = None,
    as_of: Cell | None = None,
    by: Cell | None = None,
) -> pd.DataFrame: ...
def amortisation(
    costs: TableLike,
    assumptions: TableLike | None = None,
    by: Cell | None = None,
) -> pd.DataFrame: ...
def calendar(
    costs: TableLike,
    assumptions: TableLike | None = None,
    period: Cell | None = None,
    by: Cell | None = None,
) -> pd.DataFrame: ...
def journal(
    costs: TableLike,
    assumptions: TableLike | None = None,
    period: Cell | None = None,
    accounts: TableLike | None = None,
) -> pd.DataFrame: ...
def check(
    costs: TableLike | None = None,
    assumptions: TableLike | None = None,
    benefits: TableLike | None = None,
    actuals: TableLike | None = None,
    scenarios: TableLike | None = None,
    drivers: TableLike | None = None,
    options: TableLike | None = None,
    usage: TableLike | None = None,
    keys: TableLike | None = None,
    catalogue: TableLike | None = None,
    tiers: TableLike | None = None,
    coefficients: TableLike | None = None,
    actual: TableLike | None = None,
    accounts: TableLike | None = None,
) -> pd.DataFrame: ...
def version() -> str: ...
