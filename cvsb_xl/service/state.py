"""What every request has at hand."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from fastapi import Request
from jinja2 import Environment
from sqlalchemy import Engine

from cvsb_xl.framework.schema import Framework
from cvsb_xl.service.files import Files
from cvsb_xl.service.oidc import Provider
from cvsb_xl.service.settings import Settings

Verbs = Callable[[str, Any, bool], str]
"""(verb, request, whether plain lines are wanted) -> the answer, as in hosts/json.py."""


@dataclass(frozen=True)
class State:
    """What stands for as long as the service runs.

    Attributes:
        engine: its connections carry the audit's key.
        verbs: handed in by the command; None where no verb is answered.
        places: one for each request that may use the database at the same time.
        provider: the organisation's own sign-in; None where accounts are local.
        secrets_key: keeps second-step secrets unreadable in the database.
    """

    settings: Settings
    engine: Engine
    files: Files
    framework: Framework
    templates: Environment
    verbs: Verbs | None
    places: asyncio.Semaphore
    secrets_key: str
    provider: Provider | None = None


def state_of(request: Request) -> State:
    """Return the state of the app that a request came to."""
    state: State = request.app.state.service
    return state
