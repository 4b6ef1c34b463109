"""The shipped workbooks, built once for all tests."""

import io
from functools import cache

import openpyxl
import pytest

from crm_xl.templates import build, shipped

NAMES = tuple(shipped())


@cache
def content(name: str) -> bytes:
    return build(shipped()[name])


@cache
def formulas(name: str) -> openpyxl.Workbook:
    return openpyxl.load_workbook(io.BytesIO(content(name)))


@cache
def values(name: str) -> openpyxl.Workbook:
    return openpyxl.load_workbook(io.BytesIO(content(name)), data_only=True)


@pytest.fixture(params=NAMES)
def name(request):
    return request.param


@pytest.fixture(params=["en", "zh"])
def language(request):
    return request.param
