"""`python -m sync` is the command `trialdelta`."""

from sync.cli import main

if __name__ == "__main__":
    main()
