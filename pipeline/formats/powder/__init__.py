"""Readers of powder-diffraction files: what a file is, is told by its content, never by its name."""

from pipeline.formats.powder.dispatch import read_frames, read_patterns
from pipeline.formats.powder.pattern import Pattern, Unread

__all__ = ["Pattern", "Unread", "read_frames", "read_patterns"]
