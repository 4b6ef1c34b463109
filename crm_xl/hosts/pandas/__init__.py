"""The functions for people who work in Python with pandas: data frames go in, numbers and data frames come out."""
