"""Where an Index keeps its tables: a contract, and SQLite, PostgreSQL and Redis behind it."""
