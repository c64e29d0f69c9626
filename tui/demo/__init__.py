"""``lift demo``: a recorded session played back in the real workbench."""
