"""The steps of Rietveld refinement."""

RESULT_STEPS = ("instrument", "refine", "sensitivity")
