"""The steps of X-ray absorption: each a module with `targets`, `reads`, `inputs`, `options`, `run`."""

RESULT_STEPS = (
    *("template", "calibrate", "prepare", "normalise"),
    *("lcf", "combinations", "line", "valence"),
    *("pca", "mcr", "exafs"),
)
"""Steps that write a results file, in the order in which they follow each other."""
