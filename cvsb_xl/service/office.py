"""The add-in for Excel without Python on the desk: its manifest, its pane and its icons, from workbook/office.

The pane is the only page that another site may frame (Excel on the web does) and that loads a script from elsewhere: Office.js
from Microsoft's own address, which Office demands and which is not ours to copy.
"""

from __future__ import annotations

import struct
import zlib
from functools import lru_cache
from html import escape
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Request, Response

from cvsb_xl.framework.load import data_folder
from cvsb_xl.service.depends import anyone
from cvsb_xl.service.problems import not_found
from cvsb_xl.service.state import state_of

OFFICE_JS = "https://appsforoffice.microsoft.com"
_FRAMED_BY = (
    "https://*.officeapps.live.com https://*.office.com https://*.sharepoint.com https://excel.cloud.microsoft "
    "https://*.microsoft365.com"
)
POLICY = (
    f"default-src 'none'; script-src 'self' {OFFICE_JS}; style-src 'self'; img-src 'self'; connect-src 'self'; "
    f"form-action 'none'; base-uri 'none'; frame-ancestors 'self' {_FRAMED_BY}"
)
"""No inline script or style: Office.js's host is the one exception to the policy of all other pages."""
_KINDS = {"html": "text/html", "js": "text/javascript", "css": "text/css"}
FILES = ("pane.html", "pane.css", "pane.js", "service.js", "read.js", "apply.js", "values.js")
ICONS = (16, 32, 64, 80)

router = APIRouter(prefix="/office", dependencies=[Depends(anyone)], tags=["office"])


@router.get("/manifest.xml")
def manifest(request: Request) -> Response:
    """Return the manifest that an administrator gives to Microsoft 365, with this service's own address in it."""
    text = (data_folder("workbook") / "office" / "manifest.xml").read_text(encoding="utf-8")
    base = escape(state_of(request).settings.base_url)
    return Response(text.replace("BASE_URL", base), media_type="application/xml")


@router.get("/icon-{size}.png")
def icon(size: Annotated[int, Path(ge=1, le=999)]) -> Response:
    """Return the icon in one of its sizes."""
    if size not in ICONS:
        raise not_found()
    return Response(
        icon_png(size), media_type="image/png", headers={"Cache-Control": "public, max-age=86400"}
    )


@router.get("/{name}")
def file(name: str) -> Response:
    """Return the pane, its style or one of its scripts."""
    if name not in FILES:
        raise not_found()
    headers = {"Cache-Control": "no-cache"}
    if name.endswith(".html"):
        # Office opens dialogs from the pane and talks to them.
        headers |= {"Content-Security-Policy": POLICY, "Cross-Origin-Opener-Policy": "unsafe-none"}
    data = (data_folder("workbook") / "office" / name).read_bytes()
    return Response(data, media_type=_KINDS[name.rpartition(".")[2]], headers=headers)


@lru_cache(maxsize=len(ICONS))
def icon_png(size: int) -> bytes:
    """Draw the icon: a table in the tracker's accent colour, with one row ticked off."""
    accent, pale, none = (0x17, 0x50, 0x5F, 255), (255, 255, 255, 255), (0, 0, 0, 0)

    def colour(x: float, y: float) -> tuple[int, int, int, int]:
        inside = 0.06 < x < 0.94 and 0.06 < y < 0.94
        row = int((y - 0.22) / 0.24)
        in_row = 0.22 < y < 0.94 and 0.08 < (y - 0.22) / 0.24 - row < 0.72
        if not inside:
            return none
        if in_row and (0.16 < x < 0.34 or 0.42 < x < 0.84):
            tick = row == 0 and 0.16 < x < 0.34
            return (0xFF, 0xBF, 0x47, 255) if tick else pale
        return accent

    rows = b"".join(
        b"\0" + b"".join(bytes(colour((x + 0.5) / size, (y + 0.5) / size)) for x in range(size))
        for y in range(size)
    )
    head = struct.pack(">IIBBBBB", size, size, 8, 6, 0, 0, 0)
    parts = ((b"IHDR", head), (b"IDAT", zlib.compress(rows, 9)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        for kind, data in parts
    )
