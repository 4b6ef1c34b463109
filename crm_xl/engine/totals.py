"""Sums of a model: the total, and the total cut by any two dimensions or by periods. Every cut adds up to the total."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from crm_xl.data import LANGUAGES, term
from crm_xl.engine.accounting import treatments
from crm_xl.engine.components import meant
from crm_xl.engine.model import Model
from crm_xl.engine.reading import BLANK, Floats, Ints, Labels
from crm_xl.engine.schema import normalise
from crm_xl.engine.timeline import PERIODS, YEAR
from crm_xl.errors import NotThereError

# Dimensions of a line by which money can be cut, besides years, quarters and months.
DIMENSIONS = ("component", "sub_item", "item", "department", "vendor", "frequency", "nature", "currency", "treatment")


@dataclass(frozen=True, eq=False)
class Cut:
    """Money cut by row and column: `rows` and `columns` are keys, "" for lines that state none."""

    rows: tuple[tuple[str, ...], ...]
    columns: tuple[str, ...]
    amounts: Floats


def code_of(labels: Labels, text: str) -> int | None:
    """Return the code of a text as users type it, or None when no row has it.

    BLANK stands for the words by which results name the rows that state nothing, where there are such rows.
    """
    index = labels.index(text)
    if index is None and normalise(text) in (normalise(term("not_stated", language)) for language in LANGUAGES):
        return BLANK if (labels.codes == BLANK).any() else None
    return index


def select(model: Model, component: str | None = None, department: str | None = None) -> Floats:
    """Return the cost of each year of the lines of a component and a department (all where None).

    Raises
    ------
    NotThereError
        When the component or department does not stand in the table.
    """
    money = model.by_component_and_department
    if component is not None:
        # The four are always among the names; the last one is that of lines without a component, which have no answer.
        components = list(meant(component, model.labels["component"].names[:-1]))
        if not components:
            raise NotThereError("component_not_there", component=component)
        money = money[components]
    if department is not None:
        code = code_of(model.labels["department"], department)
        if code is None:
            raise NotThereError("department_not_there", department=department)
        money = money[:, code, np.newaxis]  # that of blanks, −1, is the last one
    result: Floats = money.sum(axis=(0, 1))
    return result


def cut(
    model: Model,
    rows: tuple[str, ...],
    column: str | None = None,
    money: Callable[[Ints, int, int], Floats] | None = None,
) -> Cut:
    """Return the money of a model cut by dimensions.

    Parameters
    ----------
    model
        The cost model.
    rows
        Names out of `DIMENSIONS`, or one of `PERIODS` alone.
    column
        One more dimension or period to stand across, or None for one column; no period where one stands in the rows.
    money
        What to cut: given codes of the lines, their number and the months of a period, the money of each code in each
        period. The cash cost where left out.

    Returns
    -------
    The sums. The four components always have a row, in their order; other rows stand in the order of the table.
    """
    money = money or model.money_by
    row_codes, row_keys = _codes(model, tuple(d for d in rows if d not in PERIODS))
    if rows[0] in PERIODS:
        across = (np.zeros(len(model), dtype=np.int64), (("",),)) if column is None else _codes(model, (column,))
        sums = money(across[0], len(across[1]), PERIODS[rows[0]]).T
        return Cut(tuple((str(i),) for i in range(len(sums))), tuple(key[0] for key in across[1]), sums)
    if column is None or column in PERIODS:
        sums = money(row_codes, len(row_keys), PERIODS[column or YEAR])
        if column is None:
            return Cut(row_keys, ("",), sums.sum(axis=1, keepdims=True))
        return Cut(row_keys, tuple(str(i) for i in range(sums.shape[1])), sums)
    codes, keys = _codes(model, (column,))
    sums = money(row_codes * len(keys) + codes, len(row_keys) * len(keys), PERIODS[YEAR]).sum(axis=1)
    return Cut(row_keys, tuple(key[0] for key in keys), sums.reshape(len(row_keys), len(keys)))


def _codes(model: Model, dimensions: tuple[str, ...]) -> tuple[Ints, tuple[tuple[str, ...], ...]]:
    """A code for each line, and the keys that the codes stand for, in the order of the table."""
    if dimensions == ("component",):
        labels = model.labels["component"]
        used = len(labels.names) - (1 if not (labels.codes == len(labels.names) - 1).any() else 0)
        return labels.codes, tuple((name,) for name in labels.names[:used])
    if not len(model):
        return np.zeros(0, dtype=np.int64), ()
    columns = [_labels(model, dimension) for dimension in dimensions]
    combined = np.zeros(len(model), dtype=np.int64)
    for labels in columns:
        combined = combined * (len(labels.names) + 1) + labels.codes + 1
    _, first, inverse = np.unique(combined, return_index=True, return_inverse=True)
    order = _order(dimensions, columns, first)
    place = np.empty(len(order), dtype=np.int64)
    place[order] = np.arange(len(order))
    keys = tuple(tuple(labels.text(first[i]) for labels in columns) for i in order)
    return place[inverse], keys


def _labels(model: Model, dimension: str) -> Labels:
    match dimension:
        case "treatment":
            return treatments(model)[0]
        case "sub_item":
            return model.sub_items
        case _:
            return model.labels[dimension]


def _order(dimensions: tuple[str, ...], columns: list[Labels], first: Ints) -> Ints:
    """Rows by the first dimension, then by the next: in the order of the table, but what has an order in its own."""
    ordered = {"component", "frequency", "nature"}
    sort_keys = [first]
    for dimension, labels in reversed(list(zip(dimensions, columns, strict=True))):
        codes = labels.codes[first]
        if dimension not in ordered:
            earliest = np.full(len(labels.names) + 1, len(labels.codes))  # the last one is for blanks, code −1
            np.minimum.at(earliest, codes, first)
            codes = earliest[codes]
        sort_keys.append(codes)
    return np.lexsort(sort_keys)
