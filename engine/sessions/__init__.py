"""The session store: SQLite, migrations, and the records kept in it."""
