"""The headless core of Lift: the IR, grammars, endpoints, stages, sandbox and sessions.

Nothing in here draws: the engine never imports ``textual`` or ``rich``, and importing it
loads neither ``xgrammar``, nor ``modal``, nor a model.
"""
