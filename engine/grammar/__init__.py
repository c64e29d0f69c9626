"""What a model is allowed to say: schemas, grammars, and the matcher that verifies a stream."""

from engine.grammar.grammar import Grammar
from engine.grammar.json_schema import json_schema_grammar
from engine.grammar.python.grammar import python_body, python_function
from engine.grammar.python.policy import Policy
from engine.grammar.verifier import CompiledGrammar, Verifier, compile_grammar

__all__ = [
    "CompiledGrammar",
    "Grammar",
    "Policy",
    "Verifier",
    "compile_grammar",
    "json_schema_grammar",
    "python_body",
    "python_function",
]
