"""The watches: their studies counted, listed and asked for."""
