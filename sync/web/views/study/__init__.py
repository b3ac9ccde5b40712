"""A study's page: the record in facts, its life, its versions compared."""
