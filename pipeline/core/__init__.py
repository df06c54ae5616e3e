"""Plumbing that knows no physics: errors, names and units, arrays, NeXus files, figure style."""
