"""Check a returned workbook against the form that was sent, and mark a copy of it."""
