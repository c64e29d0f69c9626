"""The imports that the code for a request is likely to begin with.

Given the header alone, a model loses its habit of importing first what it is going to use, and then does by
hand what the library would do (tried: dates taken apart with ``split``). So the likely imports are given to it
along with the header, and what stays unused is taken out again.
"""

from __future__ import annotations

import ast
import re

from engine.ir.source import parse_python

_LIKELY = (
    (r"\b(?:dates?|weekdays?|days? between|yyyy|months?|calendar)\b", "from datetime import datetime, timedelta"),
    (r"\b(?:days (?:in|of|has) (?:a|the|this|that|each) month|month\b.*\bhas|leap year)\b", "import calendar"),
    (r"\bjson\b", "import json"),
    (r"\b(?:regular expressions?|regex|pattern)\b", "import re"),
    (r"\b(?:finds? all|extracts?|all (?:the )?(?:whole )?numbers) .*\b(?:text|string|sentence)\b", "import re"),
    (r"\b(?:hash|sha-?\d+|md5)\b", "import hashlib"),
    (r"\bbase64\b", "import base64"),
    (r"\burls?\b", "from urllib.parse import urlparse"),
    (r"\b(?:permutations?|combinations?|cartesian)\b", "import itertools"),
    (r"\b(?:square root|logarithm|sine|cosine|factorial|greatest common)\b", "import math"),
    (r"\b(?:every started|each started|per started|rounded up|rounds? up)\b", "import math"),
    (r"\bpunctuation\b", "import string"),
    (r"\brandom(?:ly)?\b", "import random"),
    (r"\bcsv\b", "import csv"),
)


def likely_imports(request: str, allowed: frozenset[str]) -> list[str]:
    """Import lines for ``request``, of ``allowed`` modules only."""
    found = dict.fromkeys(line for words, line in _LIKELY if re.search(words, request, re.IGNORECASE))
    return [line for line in found if line.split()[1] in allowed]


def without_unused(code: str) -> str:
    """``code`` without the imports at its top that nothing uses.

    Raises:
        SyntaxError: ``code`` is not Python.
    """
    tree = parse_python(code)
    used = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    # A function that imports a name itself does not need it from the top.
    local = {
        alias.asname or alias.name.partition(".")[0]
        for node in ast.walk(tree)
        if isinstance(node, ast.Import | ast.ImportFrom) and node not in tree.body
        for alias in node.names
    }
    lines = code.split("\n")
    for node in reversed(tree.body):
        if isinstance(node, ast.Import | ast.ImportFrom):
            kept = [a for a in node.names if (a.asname or a.name.partition(".")[0]) in used - local]
            node.names = kept
            lines[node.lineno - 1 : node.end_lineno] = [ast.unparse(node)] if kept else []
    return "\n".join(lines).lstrip("\n")
