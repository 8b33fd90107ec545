"""The few files that every page asks for, held in memory: nothing else can be asked for under /static."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from functools import lru_cache
from importlib.resources import files

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from cvsb_xl.outputs.html_blocks import plain_style

_TYPES = {"css": "text/css", "js": "text/javascript", "svg": "image/svg+xml", "txt": "text/plain"}
_READ = ("govuk-frontend.min.css", "govuk-frontend.LICENCE.txt", "service.css", "service.js", "icon.svg")
_KEPT = "public, max-age=3600"


@lru_cache(maxsize=1)
def assets() -> Mapping[str, bytes]:
    """Return the files by name. blocks.css is the style of figures, tables and cards, shared with the dashboard's file."""
    folder = files("cvsb_xl.service").joinpath("static")
    found = {name: folder.joinpath(name).read_bytes() for name in _READ}
    return {**found, "blocks.css": plain_style().encode()}


def static() -> Starlette:
    """Return the app to be mounted at /static."""
    return Starlette(routes=[Route("/{name}", _answer)])


async def _answer(request: Request) -> Response:
    name = request.path_params["name"]
    data = assets().get(name)
    if data is None:
        raise HTTPException(404)
    tag = f'"{hashlib.sha256(data).hexdigest()[:16]}"'
    headers = {"Cache-Control": _KEPT, "ETag": tag}
    if request.headers.get("if-none-match") == tag:
        return Response(status_code=304, headers=headers)
    kind = _TYPES[name.rpartition(".")[2]]
    return Response(data, media_type=f"{kind}; charset=utf-8", headers=headers)
