"""Formulas as files hold them, brought into the form that the calculation engine takes."""
