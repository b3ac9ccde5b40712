"""The console's own style sheets and scripts: read once, named by their content, so that browsers may keep them."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path

from fastapi import APIRouter, HTTPException
from fastapi.responses import Response

FOLDER = Path(__file__).with_name("static")
KINDS = {".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".svg": "image/svg+xml"}
_FOR_EVER = "public, max-age=31536000, immutable"

router = APIRouter(include_in_schema=False)


@cache
def _files() -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(FOLDER.iterdir()) if path.suffix in KINDS}


@cache
def address_of(name: str) -> str:
    """Where a file is; the address changes with its content. Raises KeyError where there is none."""
    return f"/static/{name}?v={hashlib.sha256(_files()[name]).hexdigest()[:12]}"


@router.get("/static/{name}")
def static(name: str) -> Response:
    """One file."""
    # Looked up among the names that are there, never opened by what was asked for.
    body = _files().get(name)
    if body is None:
        raise HTTPException(404, "There is no such file.")
    return Response(body, media_type=KINDS[Path(name).suffix], headers={"cache-control": _FOR_EVER})
