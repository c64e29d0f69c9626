"""The embedded endpoint: a model on this machine, in a process of its own, behind the same HTTP API.

It is started on demand, shared by every face of the same user, reachable on loopback with a random
token only, and ends itself after an idle window: it scales to zero as a cloud endpoint does.
"""
