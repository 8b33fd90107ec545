"""What the service is told: `service.toml` in its data folder, and CVSB_SERVICE_* in its environment, which wins.

How people sign in is one explicit word; nothing falls back to anything. An unknown name is an error, so that a mistyped
setting is never silently another one.
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

from cvsb_xl.errors import CannotDo

FILE = "service.toml"
_PREFIX = "CVSB_SERVICE_"
_MIB = 1 << 20

FIRST = """\
# The settings of this sync service. What each means: cvsb_xl/service/README.md. Restart the service after a change.

sign_in = "local"        # "local": accounts by invitation, with a password. "oidc": your organisation's own sign-in
# base_url = "https://tracker.example.org"     # the address people type, where a proxy stands before the service
# behind_proxy = true                          # a proxy in front speaks TLS and says who asks (X-Forwarded-For, -Proto)
# database_url = "postgresql+psycopg://cvsb@/cvsb"   # where one computer is no longer enough
"""


@dataclass(frozen=True, slots=True)
class Oidc:
    """The organisation's own sign-in (OpenID Connect).

    Attributes:
        issuer: its address; `issuer`/.well-known/openid-configuration must answer there.
        client_secret_file: a file that holds the client's secret alone; the secret never stands in service.toml.
        tenants: for Entra ID: the only values of `tid` that are let in; empty where the issuer has one tenant.
    """

    issuer: str
    client_id: str
    client_secret_file: Path
    tenants: tuple[str, ...] = ()

    @property
    def client_secret(self) -> str:
        """The secret, read anew each time, so that it can be changed without a restart."""
        try:
            return self.client_secret_file.read_text(encoding="utf-8").strip()
        except OSError as error:
            raise CannotDo(
                f"The client secret cannot be read from {self.client_secret_file} ({error.strerror})."
            ) from error


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything that can be set. Times in the unit that their name ends in; sizes in bytes.

    Attributes:
        data: the folder of the database, the files and the keys; only the service's own user can read it.
        base_url: scheme, host and port that people type; the only Host that is answered.
        files_url: any fsspec address; the data folder's own `files` by default.
        behind_proxy: trust X-Forwarded-For and X-Forwarded-Proto from `proxies`, and tell browsers to stay on HTTPS.
        upload_limit: the largest return. publish_limit: the largest publication, and request for a verb.
        session_idle_minutes, session_hours: a session ends so long after its last use, and at the latest so long after it began.
        requests_per_minute: from one address; sign_ins_per_minute: attempts from one address.
        returns_per_day: what one agency hands in within 24 hours, typed answers included.
        at_once: requests that are answered at the same time by one process; others wait.
    """

    data: Path
    base_url: str = ""
    database_url: str = ""
    files_url: str = ""
    sign_in: Literal["local", "oidc"] = "local"
    oidc: Oidc | None = None
    behind_proxy: bool = False
    proxies: tuple[str, ...] = ("127.0.0.1",)
    upload_limit: int = 20 * _MIB
    publish_limit: int = 100 * _MIB
    session_idle_minutes: int = 30
    session_hours: int = 10
    invitation_hours: int = 72
    requests_per_minute: int = 600
    sign_ins_per_minute: int = 20
    returns_per_day: int = 500
    at_once: int = 16

    @property
    def secure(self) -> bool:
        """Whether people reach the service over HTTPS."""
        return self.base_url.startswith("https://")

    @property
    def host(self) -> str:
        """The Host header of a request that is meant for this service."""
        return urlsplit(self.base_url).netloc

    @property
    def keys(self) -> Path:
        """The folder of the service's keys."""
        return self.data / "keys"


_NAMES = {item.name: item for item in fields(Settings) if item.name not in ("data", "oidc")}
_OIDC = ("issuer", "client_id", "client_secret_file", "tenants")


@dataclass
class _Given:
    values: dict[str, Any] = field(default_factory=dict)
    oidc: dict[str, Any] = field(default_factory=dict)


def read_settings(data: Path, environment: Mapping[str, str] | None = None) -> Settings:
    """Read the settings of a data folder; make the folder, with a first service.toml, where there is none.

    Raises:
        CannotDo: naming the setting and what is wrong with it.
    """
    environment = os.environ if environment is None else environment
    data = data.resolve()
    try:
        data.mkdir(mode=0o700, parents=True, exist_ok=True)
        data.chmod(0o700)
        path = data / FILE
        if not path.exists():
            path.write_text(FIRST, encoding="utf-8")
            path.chmod(0o600)
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise CannotDo(f"The data folder {data} cannot be used ({error.strerror}).") from error
    try:
        given = _from_file(tomllib.loads(text), path)
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise CannotDo(f"{path} is not TOML: {error}") from error
    _from_environment(given, environment)
    return _checked(data, given)


def _from_file(content: dict[str, Any], path: Path) -> _Given:
    given = _Given()
    for name, value in content.items():
        if name == "oidc" and isinstance(value, dict):
            for inner, one in value.items():
                if inner not in _OIDC:
                    raise CannotDo(f"{path}: [oidc] has no setting {inner}. It has {', '.join(_OIDC)}.")
                given.oidc[inner] = one
        elif name in _NAMES:
            given.values[name] = value
        else:
            raise CannotDo(f"{path}: there is no setting {name}. There are {', '.join([*_NAMES, '[oidc]'])}.")
    return given


def _from_environment(given: _Given, environment: Mapping[str, str]) -> None:
    for variable, text in environment.items():
        if not variable.startswith(_PREFIX):
            continue
        name = variable.removeprefix(_PREFIX).lower()
        inner = name.removeprefix("oidc_")
        if name.startswith("oidc_") and inner in _OIDC:
            given.oidc[inner] = text.split() if inner == "tenants" else text
        elif name in _NAMES:
            given.values[name] = _read(variable, _NAMES[name].default, text)
        else:
            raise CannotDo(f"{variable}: there is no such setting of the service.")


def _read(variable: str, default: Any, text: str) -> Any:
    if isinstance(default, bool):
        if text.lower() not in ("true", "false"):
            raise CannotDo(f"{variable} is {text!r}; use true or false.")
        return text.lower() == "true"
    if isinstance(default, int):
        if not text.isdecimal():
            raise CannotDo(f"{variable} is {text!r}; use a whole number.")
        return int(text)
    return text.split() if isinstance(default, tuple) else text


def _checked(data: Path, given: _Given) -> Settings:
    values: dict[str, Any] = {}
    for name, value in given.values.items():
        default: Any = _NAMES[name].default
        wanted = list if isinstance(default, tuple) else type(default)
        if type(value) is not wanted:
            raise CannotDo(f"The setting {name} is {value!r}; it should be like {default!r}.")
        if wanted is int and int(str(value)) < 1:
            raise CannotDo(f"The setting {name} is {value}; use 1 or more.")
        values[name] = tuple(value) if isinstance(value, list) else value
    values["base_url"] = _base_url(values.get("base_url", ""))
    if not values.get("database_url"):
        values["database_url"] = f"sqlite:///{data / 'service.db'}"
    if not values.get("files_url"):
        values["files_url"] = (data / "files").as_uri()
    if values.setdefault("sign_in", "local") not in ("local", "oidc"):
        raise CannotDo(f'sign_in is {values["sign_in"]!r}; use "local" or "oidc".')
    if values["sign_in"] == "oidc":
        missing = [name for name in _OIDC[:3] if not given.oidc.get(name)]
        if missing:
            raise CannotDo(f'sign_in is "oidc", but [oidc] lacks {", ".join(missing)}.')
        issuer = urlsplit(str(given.oidc["issuer"]))
        if issuer.scheme != "https" and issuer.hostname not in ("localhost", "127.0.0.1"):
            raise CannotDo(
                "The issuer of [oidc] should be like https://login.example.org: nothing of a sign-in goes in the clear."
            )
        secret = Path(given.oidc["client_secret_file"])
        values["oidc"] = Oidc(
            str(given.oidc["issuer"]).rstrip("/"),
            str(given.oidc["client_id"]),
            secret if secret.is_absolute() else data / secret,
            tuple(given.oidc.get("tenants", ())),
        )
    elif given.oidc:
        raise CannotDo(
            'There are settings of [oidc], but sign_in is "local". Say sign_in = "oidc", or take them out.'
        )
    return Settings(data=data, **values)


def _base_url(text: str) -> str:
    parts = urlsplit(text)
    if text and (
        parts.scheme not in ("http", "https") or not parts.netloc or parts.path.strip("/") or parts.query
    ):
        raise CannotDo(
            f"base_url is {text!r}; it should be like https://tracker.example.org, without a path."
        )
    return text.rstrip("/")
