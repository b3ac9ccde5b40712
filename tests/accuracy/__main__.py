"""`python -m tests.accuracy`: measures anew and writes docs/accuracy.md."""

from __future__ import annotations

from tests.accuracy.page import ROOT, page

if __name__ == "__main__":
    (ROOT / "docs" / "accuracy.md").write_text(page(), encoding="utf-8")
