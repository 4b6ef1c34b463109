"""What the tests of the headless host share."""

import pytest

from .books import book, cell, dummies, sheet


@pytest.fixture
def registry():
    """Functions of the tests in a registry of their own."""
    return dummies()


@pytest.fixture
def costs():
    """A sheet with a table of three cost lines in B4:D7, and its table record."""
    heads = [cell("B4", "Component"), cell("C4", "Quantity"), cell("D4", "Unit cost")]
    lines = [("Licence", 10, 20), ("Support", 2, 30), ("Licence", 1, 5.5)]
    body = [
        xml
        for i, (name, quantity, price) in enumerate(lines, 5)
        for xml in (cell(f"B{i}", name), cell(f"C{i}", quantity), cell(f"D{i}", price))
    ]
    return sheet(*heads, *body), ("Costs", "Costs", "B4:D7", ("Component", "Quantity", "Unit cost"))


@pytest.fixture
def on_costs(costs):
    """Make a workbook of the cost table and a sheet Results with some cells."""

    def make(*cells, **options):
        return book({"Costs": costs[0], "Results": sheet(*cells)}, tables=[costs[1]], **options)

    return make
