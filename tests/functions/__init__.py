"""Tests of the functions that users type, and of their registry."""
