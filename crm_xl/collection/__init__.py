"""The departments' round trip: distribute workbooks, check what comes back, collect it into one sum.

The form          `stamp`, `layout` (what cannot be changed in it), `master` (built once, filled in for each department)
Distribute        `departments`, `sources` (tables of a list), `prefill`, `filenames`, `manifest`; `distribute`
Read a return     `cells`, `texts` (numbers and dates typed as text), `formulas`, `surroundings`, `lines`; `returned`
Check             `findings` (what is told, everywhere), `annotate`; `check`
Read thousands    `arrived`, `workers`, `cluster`, `watch`; `readings` (packed), `rawcount` (a second count), `store`
Collect           `standing` (which return counts), `basis` (under which assumptions), `entries`, `consolidation`,
                  `reconciliation`, `sheetrows`, `sheets`, `parquet`; `collect`
"""
