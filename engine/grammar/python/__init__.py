"""The grammar of Python code: expressions, statements, and the policy on names and imports."""
