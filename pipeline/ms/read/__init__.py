"""Files of gas analysis to raw records; told by their content, whatever they are called."""

from pipeline.ms.read.dispatch import describe, read_beside, read_run

__all__ = ["describe", "read_beside", "read_run"]
