"""What people do with sessions: every operation of a session's life that needs no model.

Each operation is a function over an open :class:`~engine.sessions.store.SessionStore`; when it
returns, what it did is committed. An edit names the draft that it was made from. When that is no
longer the head, because somebody else has edited meanwhile, the edit is kept as a sibling draft
and the result says so (``became_sibling``); nothing is ever overwritten.
"""
