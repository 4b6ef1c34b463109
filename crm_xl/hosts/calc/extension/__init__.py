"""What runs inside LibreOffice, in the Python that it brings: 3.8 in older ones, with nothing but its own library."""
