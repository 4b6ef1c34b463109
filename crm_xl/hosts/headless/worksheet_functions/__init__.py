"""Excel's own functions, computed here where the calculation engine answers otherwise than Excel."""
