"""The organisation's own sign-in: OpenID Connect, code flow with PKCE. What an ID token must say to be believed.

Who somebody is are its `iss` and `sub` together: an e-mail address can be given to somebody else, and is never enough
(ASVS 5.0, 10.5.2).
"""

from __future__ import annotations

import hmac
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import httpx2
from authlib.integrations.base_client.errors import OAuthError
from authlib.integrations.httpx_client import OAuth2Client
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from cvsb_xl.service.problems import Problem
from cvsb_xl.service.settings import Oidc

ALGORITHMS = ("RS256", "PS256", "ES256")
"""How an ID token may be signed; never "none", and nothing with a shared secret (10.5.1, 9.1.2)."""
_SCOPE = "openid profile email"
_KEPT_SECONDS = 3600
_CLOCKS_SECONDS = 60
_TENANT = "{tenantid}"
_TIMEOUT = 15.0


@dataclass(frozen=True, slots=True)
class Identity:
    """Who signed in, as the provider vouches for it."""

    issuer: str
    subject: str
    name: str


class Provider:
    """The provider that the settings name. Its addresses and keys are fetched when they are needed and kept for an hour."""

    def __init__(self, oidc: Oidc) -> None:
        self._oidc = oidc
        self._lock = threading.Lock()
        self._metadata: dict[str, Any] = {}
        self._keys: KeySet | None = None
        self._until = 0.0

    def address(self, redirect_uri: str, state: str, nonce: str, verifier: str) -> str:
        """Return where to send the browser to sign in."""
        endpoint = self._known()["authorization_endpoint"]
        with self._client(redirect_uri) as client:
            url, _ = client.create_authorization_url(
                endpoint, state=state, nonce=nonce, code_verifier=verifier
            )
        return str(url)

    def redeem(self, redirect_uri: str, code: str, verifier: str, nonce: str) -> Identity:
        """Exchange the code that came back for an ID token, and check it.

        Raises:
            Problem: the provider refuses, does not answer, or says what is not believed.
        """
        endpoint = self._known()["token_endpoint"]
        try:
            with self._client(redirect_uri) as client:
                answer = client.fetch_token(endpoint, code=code, code_verifier=verifier)
        except (OAuthError, httpx2.HTTPError, ValueError) as error:
            raise refused("the code was not taken") from error
        token = answer.get("id_token")
        if not isinstance(token, str):
            raise refused("no ID token")
        metadata = self._known()
        try:
            return identity_in(token, self._key_set(), metadata["issuer"], self._oidc, nonce)
        except KeyError:  # signed with a key that came since
            self._until = 0.0
            try:
                return identity_in(token, self._key_set(), metadata["issuer"], self._oidc, nonce)
            except KeyError as error:
                raise refused("signed with an unknown key") from error

    def _client(self, redirect_uri: str) -> OAuth2Client:
        return OAuth2Client(
            client_id=self._oidc.client_id,
            client_secret=self._oidc.client_secret,
            scope=_SCOPE,
            redirect_uri=redirect_uri,
            code_challenge_method="S256",
            timeout=_TIMEOUT,
        )

    def _known(self) -> dict[str, Any]:
        with self._lock:
            if time.monotonic() > self._until:
                self._metadata, self._keys = _discover(self._oidc)
                self._until = time.monotonic() + _KEPT_SECONDS
            return self._metadata

    def _key_set(self) -> KeySet:
        self._known()
        assert self._keys is not None  # noqa: S101 - fetched with the metadata
        return self._keys


def _discover(oidc: Oidc) -> tuple[dict[str, Any], KeySet]:
    try:
        with httpx2.Client(timeout=_TIMEOUT) as client:
            metadata = client.get(f"{oidc.issuer}/.well-known/openid-configuration").raise_for_status().json()
            _check_metadata(metadata, oidc)
            keys = KeySet.import_key_set(client.get(metadata["jwks_uri"]).raise_for_status().json())
    except (httpx2.HTTPError, ValueError, KeyError, TypeError, JoseError) as error:
        raise unreachable() from error
    return metadata, keys


def _check_metadata(metadata: Mapping[str, Any], oidc: Oidc) -> None:
    """The provider is the one that was named, and nothing goes to it in the clear."""
    issuer = metadata["issuer"]
    templated = _TENANT in issuer and oidc.tenants and urlsplit(issuer).netloc == urlsplit(oidc.issuer).netloc
    if issuer.rstrip("/") != oidc.issuer and not templated:
        raise ValueError("another issuer")
    for name in ("authorization_endpoint", "token_endpoint", "jwks_uri"):
        if not is_safe(metadata[name]):
            raise ValueError(name)


def is_safe(url: str) -> bool:
    """Tell whether an address is HTTPS, or on this computer itself."""
    parts = urlsplit(url)
    return parts.scheme == "https" or (
        parts.scheme == "http" and parts.hostname in ("localhost", "127.0.0.1", "::1")
    )


def identity_in(token: str, keys: KeySet, issuer: str, oidc: Oidc, nonce: str) -> Identity:
    """Return who an ID token is about, once everything in it is right.

    Raises:
        Problem: it is not. KeyError: no key of this set signed it.
    """
    try:
        claims = jwt.decode(token, keys, algorithms=list(ALGORITHMS)).claims
    except (JoseError, ValueError, TypeError) as error:
        if "kid" in str(error).lower() or type(error).__name__ in ("InvalidKeyIdError", "MissingKeyError"):
            raise KeyError("kid") from error
        raise refused("not signed as it should be") from error
    tenant = claims.get("tid")
    if oidc.tenants and tenant not in oidc.tenants:
        raise refused("another tenant")
    registry = jwt.JWTClaimsRegistry(
        leeway=_CLOCKS_SECONDS,
        iss={"essential": True, "value": issuer.replace(_TENANT, str(tenant))},
        aud={"essential": True, "value": oidc.client_id},
        sub={"essential": True},
        exp={"essential": True},
        iat={"essential": True},
    )
    try:
        registry.validate(claims)
    except JoseError as error:
        raise refused(f"{type(error).__name__} {getattr(error, 'claim', '')}".strip()) from error
    audience = claims["aud"]
    if isinstance(audience, list) and len(audience) > 1 and claims.get("azp") != oidc.client_id:
        raise refused("meant for another service")
    if not hmac.compare_digest(str(claims.get("nonce", "")).encode(), nonce.encode()):
        raise refused("another nonce")
    name = next((claims[key] for key in ("name", "preferred_username", "email") if claims.get(key)), "")
    return Identity(str(claims["iss"]), str(claims["sub"]), str(name)[:200])


def refused(why: str) -> Problem:
    """The provider, or what it said, is not believed. `why` is for the audit."""
    return Problem(
        "sign-in-refused",
        401,
        "Signing in at your organisation did not work. Start again from the sign-in page; if that does not help, tell the Review "
        "Manager.",
        audited=("anonymous", "none", "sign-in-failed", f"provider: {why}"),
    )


def unreachable() -> Problem:
    """The provider does not answer as it should."""
    return Problem(
        "provider-unreachable",
        503,
        "Your organisation's sign-in does not answer. Try again in a few minutes.",
        audited=("anonymous", "none", "sign-in-failed", "provider: unreachable"),
    )
