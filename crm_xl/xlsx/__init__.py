"""The file format .xlsx: packages, references, sheets, styles, links, the calculation chain; read within bounds.

It knows errors and texts and nothing else of ours: no function, no engine, no collection.
"""
