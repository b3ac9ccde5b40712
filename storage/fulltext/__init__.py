"""Finding studies by words: texts are taken apart here, the same for both databases, so that both find the same.

SQLite keeps the words in an FTS5 table, PostgreSQL in a tsvector with a GIN index. Neither's own parser, dictionary or
query language is used: both are handed finished words with their places, and quoted words to look for.
"""
