"""Collect thousands of returns into one sum.

Reading them   `discovery` (finding files), `workers`, `cluster`, `watch`; `readings` (packed), `second_count`, `store`
Summing them   `versions` (which returns count), `common_assumptions`, `entries`, `consolidation`, `reconciliation` of
               `amounts`
Writing it     `streamed_rows` and `long_tables` (what may be millions of rows), `drawing` (what all sheets have),
               `status_sheet`, `totals_sheets`, `sheets` (the workbook), `parquet`; `collect` runs it all
"""
