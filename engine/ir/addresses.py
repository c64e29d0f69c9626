"""The parts of a clause's address, such as ``examples[2]``."""

from __future__ import annotations


def list_of(address: str) -> str:
    """The list that the clause at ``address`` stands in, with its own address; the address itself for a single one."""
    return address.partition("[")[0]


def index_of(address: str) -> int:
    """The place of the clause in its list, from 0."""
    return int(address.partition("[")[2].rstrip("]") or 0)
