"""What the service's style holds: nothing that is fetched from elsewhere, nothing that belongs to GOV.UK alone."""

from __future__ import annotations

from importlib.resources import files

import pytest

STATIC = files("cvsb_xl.service").joinpath("static")


@pytest.mark.parametrize("name", ["govuk-frontend.min.css", "service.css"])
def test_a_style_fetches_nothing_and_uses_neither_typeface_nor_crown(name: str) -> None:
    style = STATIC.joinpath(name).read_text(encoding="utf-8")
    for word in (
        "url(",
        "@font-face",
        "@import",
        "GDS Transport",
        "crown",
        "crest",
        "logotype",
        "sourceMappingURL",
    ):
        assert word not in style, word


def test_the_style_is_of_the_version_that_its_licence_names() -> None:
    style = STATIC.joinpath("govuk-frontend.min.css").read_text(encoding="utf-8")
    licence = STATIC.joinpath("govuk-frontend.LICENCE.txt").read_text(encoding="utf-8")
    version = style.split('--govuk-frontend-version:"')[1].split('"')[0]
    assert f"GOV.UK Frontend {version}" in licence
    assert "The MIT License" in licence
