"""Excel on Windows, through xlwings: the functions, the add-in that holds them, and what installs it."""
