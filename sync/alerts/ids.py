"""The ids of deliveries."""

from __future__ import annotations

import base64
import hashlib
import json


def delivery_id(*parts: str | None) -> str:
    """The id of a delivery, derived from what it says and to whom: the same however often it is written or sent."""
    sha256 = hashlib.sha256(json.dumps(parts, separators=(",", ":")).encode()).digest()
    return "dlv_" + base64.b32encode(sha256).decode().lower()[:26]
