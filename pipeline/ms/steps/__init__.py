"""The steps of gas analysis."""

RESULT_STEPS = ("release",)
"""Steps that write a results file."""
