"""The steps of powder diffraction: `read`, `track`, `cell`, `broadening`, `transition`, and their figures."""

RESULT_STEPS = ("read", "track", "cell", "broadening", "transition")
