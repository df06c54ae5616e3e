"""What a refinement starts from: patterns that powder diffraction has read, CIFs, instrument files."""

from pipeline.rietveld.read.files import extra_files, read_texts
from pipeline.rietveld.read.patterns import describe, read_patterns

__all__ = ["describe", "extra_files", "read_patterns", "read_texts"]
