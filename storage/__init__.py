"""What trialdelta remembers: tables, engine, migrations and one module a concern."""
