"""Errors of cells as Excel hands them over, and as the functions hand them back.

Excel hands an error in a cell over as a number, which says which error it is. The other way is barred: the one
class of pywin32 that could carry such a number (`VARIANT(VT_ERROR, …)`) drops it. So a result that is an error
leaves Python as a marked text, and the class CrmBridge of the add-in turns it into the error.
"""

from crm_xl.errors import ErrorValue

# No keyboard types it: the first character of a result that is to become an error; Excel's number of it follows.
MARK = "\ue001"
NUMBERS = {
    ErrorValue.NULL: 2000,
    ErrorValue.DIV0: 2007,
    ErrorValue.VALUE: 2015,
    ErrorValue.REF: 2023,
    ErrorValue.NAME: 2029,
    ErrorValue.NUM: 2036,
    ErrorValue.NA: 2042,
    ErrorValue.GETTING_DATA: 2043,
    ErrorValue.SPILL: 2045,
    ErrorValue.CALC: 2050,
}
# What an error of Excel is as a number of COM: FACILITY_CONTROL, and Excel's own number in the low part.
_OFFSET = -2146828288
_BY_NUMBER = {number: error for error, number in NUMBERS.items()}


def from_excel(code: int) -> ErrorValue:
    """Return the error that an integer stands for: numbers in cells arrive as floats, so an integer is an error.

    >>> from_excel(-2146826246)
    <ErrorValue.NA: '#N/A'>
    """
    # Errors that are newer than this list (#FIELD!, #BLOCKED!, …) must not pass for a number, nor for a blank.
    return _BY_NUMBER.get(code - _OFFSET, ErrorValue.VALUE)


def marked(error: ErrorValue) -> str:
    """Return an error as the add-in expects it."""
    return f"{MARK}{NUMBERS[error]}"
