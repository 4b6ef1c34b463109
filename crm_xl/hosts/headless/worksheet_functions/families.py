"""Imports every family of functions, so that each enters its own into the catalogue."""

from crm_xl.hosts.headless.worksheet_functions import (  # noqa: F401
    bonds,
    complex_numbers,
    conditions,
    dates,
    discrete_distributions,
    distributions,
    dynamic_arrays,
    engineering,
    finance,
    hypothesis_tests,
    lambdas,
    logic,
    lookup,
    mathematics,
    number_formats,
    places,
    regression,
    rounding,
    statistics,
    texts,
    trigonometry,
)
from crm_xl.hosts.headless.worksheet_functions.catalogue import FUNCTIONS

__all__ = ["FUNCTIONS"]
