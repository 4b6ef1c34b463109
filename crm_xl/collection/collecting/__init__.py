"""Collect thousands of returns into one sum.

Reading them   `arrived` (finding files), `workers`, `cluster`, `watch`; `readings` (packed), `rawcount` (a second
               count), `store`
Summing them   `standing` (which return counts), `basis` (under which assumptions), `entries`, `consolidation`,
               `reconciliation`
Writing it     `sheetrows`, `sheets`, `parquet`; `collect` runs it all
"""
