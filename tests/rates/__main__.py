"""`python -m tests.rates`: counts anew and writes docs/rates.md."""

from __future__ import annotations

import sys

from tests.rates.page import MATERIAL, MISSING, ROOT, page
from tests.rates.replay import FILE

if __name__ == "__main__":
    # Without the material the page would lose its figures.
    if not (MATERIAL / f"{FILE}.jsonl.gz").is_file():
        sys.exit(MISSING.strip())
    (ROOT / "docs" / "rates.md").write_text(page(), encoding="utf-8")
