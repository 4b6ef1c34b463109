"""The departments' round trip, tried at random: forms are filled in and edited, collected, and every figure looked for.

What is expected is known from what was typed. Nothing here uses the code that reads returned forms: the edits are made
in the XML of the file (`rawbook`) or by LibreOffice (`office`), and the collected workbook is read by openpyxl.
"""
