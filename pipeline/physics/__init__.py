"""Shared pure mathematics that knows no files."""
