"""The faces: the command line and the full-screen workbench."""
