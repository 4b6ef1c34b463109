"""The cost engine: pure functions over tables on numpy and pandas. It reads no file and knows no spreadsheet."""
