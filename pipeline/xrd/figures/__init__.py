"""Figures of diffraction: each function draws records on axes and writes no file."""
