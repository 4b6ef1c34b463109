"""Collect thousands of returns into one sum.

Reading them   `arrived` (finding files), `workers`, `cluster`, `watch`; `readings` (packed), `rawcount` (a second
               count), `store`
Summing them   `standing` (which return counts), `basis` (under which assumptions), `entries`, `consolidation`,
               `reconciliation` of `amounts`
Writing it     `sheetrows` and `longcolumns` (what may be millions of rows), `drawing` (what all sheets have),
               `statussheet`, `totalsheets`, `sheets` (the workbook), `parquet`; `collect` runs it all
"""
