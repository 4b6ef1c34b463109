"""The workbook in the calculation engine: loaded, evaluated, and what of it failed, depends on that, or was found."""
