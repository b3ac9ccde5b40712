"""Who acts, for the audit log."""

from __future__ import annotations

import getpass
import os


def person() -> str:
    """Who acts where nobody says so: the environment's TRIALDELTA_USER, else the login, else the number of the user."""
    try:
        return os.environ.get("TRIALDELTA_USER") or getpass.getuser()
    # In a container the process may run as a number that no user has.
    except (KeyError, OSError):
        return f"uid {os.getuid()}"
