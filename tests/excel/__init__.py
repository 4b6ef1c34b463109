"""Excel, through xlwings' own code with the modules of Windows stubbed: nothing here has run in Excel."""
