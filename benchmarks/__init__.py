"""Benchmarks: crm_xl against named alternatives in the same run, as ratios. `python -m benchmarks` runs all of them.

Each module measures one thing. It has a function `series(quick)` that yields a `timing.Series` for each table of
the report, made by `timing.measure`. They are no tests: nothing fails by time, but the results that are compared are
asserted to be equal.
"""
