"""Read one returned workbook, which comes from anybody: cells, typed numbers and dates, lines, what surrounds them."""
