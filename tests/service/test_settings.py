"""Settings: what is wrong is said, and a mistyped name is never silently another one."""

from __future__ import annotations

from pathlib import Path

import pytest

from cvsb_xl.errors import CannotDo
from cvsb_xl.service.settings import FILE, read_settings

OIDC = 'sign_in = "oidc"\n[oidc]\nissuer = "https://id.example.org/"\nclient_id = "cvsb"\nclient_secret_file = "secret"\n'


def read(folder: Path, text: str, **environment: str) -> object:
    folder.mkdir(exist_ok=True)
    (folder / FILE).write_text(text, encoding="utf-8")
    return read_settings(folder, environment)


def test_a_new_folder_gets_a_settings_file_that_says_how_people_sign_in(tmp_path: Path) -> None:
    settings = read_settings(tmp_path / "new", {})
    assert 'sign_in = "local"' in (tmp_path / "new" / FILE).read_text(encoding="utf-8")
    assert settings.sign_in == "local"
    assert settings.database_url == f"sqlite:///{tmp_path / 'new' / 'service.db'}"


def test_the_environment_wins(tmp_path: Path) -> None:
    settings = read_settings(
        tmp_path,
        {
            "CVSB_SERVICE_BASE_URL": "https://t.example.org/",
            "CVSB_SERVICE_BEHIND_PROXY": "true",
            "CVSB_SERVICE_SESSION_HOURS": "4",
            "CVSB_SERVICE_PROXIES": "10.0.0.1 10.0.0.2",
            "OTHER": "x",
        },
    )
    assert (settings.base_url, settings.host) == ("https://t.example.org", "t.example.org")
    assert (settings.behind_proxy, settings.session_hours) == (True, 4)
    assert settings.proxies == ("10.0.0.1", "10.0.0.2")


def test_the_organisations_own_sign_in_needs_its_three_words(tmp_path: Path) -> None:
    settings = read(tmp_path, OIDC + 'tenants = ["one"]\n')
    assert settings.oidc.issuer == "https://id.example.org"  # type: ignore[attr-defined]
    assert settings.oidc.tenants == ("one",)  # type: ignore[attr-defined]
    assert settings.oidc.client_secret_file == tmp_path / "secret"  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('sing_in = "local"', "no setting sing_in"),
        ('sign_in = "ldap"', 'use "local" or "oidc"'),
        ('sign_in = "oidc"', "lacks issuer, client_id, client_secret_file"),
        (OIDC.replace('"oidc"', '"local"'), "take them out"),
        (OIDC + 'tenant = "x"', "has no setting tenant"),
        ("behind_proxy = 1", "should be like False"),
        ("session_hours = 0", "use 1 or more"),
        ('base_url = "tracker.example.org"', "should be like https://"),
        ('base_url = "https://t.example.org/tracker"', "without a path"),
        ("data = ", "is not TOML"),
        ('data = "/elsewhere"', "no setting data"),
    ],
)
def test_what_is_wrong_is_said(tmp_path: Path, text: str, words: str) -> None:
    with pytest.raises(CannotDo, match=words):
        read(tmp_path, text)


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [("CVSB_SERVICE_PORT", "1", "no such setting"), ("CVSB_SERVICE_SESSION_HOURS", "x", "whole number"),
     ("CVSB_SERVICE_BEHIND_PROXY", "yes", "true or false")],
)  # fmt: skip
def test_what_is_wrong_in_the_environment_is_said(tmp_path: Path, name: str, value: str, words: str) -> None:
    with pytest.raises(CannotDo, match=words):
        read_settings(tmp_path, {name: value})
