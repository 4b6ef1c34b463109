"""The functions that users type, a module for each family, and the registry that holds them."""

# The order of the families is the order of the reference pages.
from crm_xl.functions import totals, returns, scenarios, risk, prices, market, control, licences  # isort: skip  # noqa: F401
from crm_xl.functions import forecast, accounting, calendar, journal, checks, about  # isort: skip  # noqa: F401
from crm_xl.functions.checks import problems
from crm_xl.functions.registry import REGISTRY, Function, Parameter, Text

__all__ = ["REGISTRY", "Function", "Parameter", "Text", "problems"]
