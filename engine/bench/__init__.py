"""Measuring the pipeline: suites of prompts with hidden tests, what became of each, and what it adds up to.

``lift bench`` is its face. A run of the benchmark listens to the same events as every other face; what it
measured is one JSON document (:mod:`engine.bench.results`), and everything else is computed from such documents.
"""
