"""Tests of the functions for data frames."""
