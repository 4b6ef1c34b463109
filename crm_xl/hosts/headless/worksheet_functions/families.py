"""Imports every family of functions, so that each enters its own into the catalogue."""

from crm_xl.hosts.headless.worksheet_functions import (  # noqa: F401
    conditions,
    logic,
    lookup,
    mathematics,
    places,
    rounding,
    statistics,
)
from crm_xl.hosts.headless.worksheet_functions.catalogue import FUNCTIONS

__all__ = ["FUNCTIONS"]
