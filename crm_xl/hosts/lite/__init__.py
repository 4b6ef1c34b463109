"""The functions inside a workbook: xlwings Lite, an add-in of Excel, runs them there in Pyodide.

`answers` runs in Excel; all else puts the functions into workbooks, finds them there and takes them out.
"""
