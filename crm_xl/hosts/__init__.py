"""Where the functions run: each host is one module or folder and takes the functions from the registry."""
