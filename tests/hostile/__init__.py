"""Workbooks that mean harm, or are broken: every one is refused or read within limits, with a reason."""
