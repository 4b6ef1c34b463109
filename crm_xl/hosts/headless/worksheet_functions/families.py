"""Imports every family of functions, so that each enters its own into the catalogue."""

from crm_xl.hosts.headless.worksheet_functions import (  # noqa: F401
    bonds,
    complex_numbers,
    conditions,
    dates,
    distributions,
    dynamic_arrays,
    engineering,
    finance,
    lambdas,
    logic,
    lookup,
    mathematics,
    number_formats,
    places,
    rounding,
    statistics,
    texts,
)
from crm_xl.hosts.headless.worksheet_functions.catalogue import FUNCTIONS

__all__ = ["FUNCTIONS"]
