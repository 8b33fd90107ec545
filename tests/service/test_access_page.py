"""ACCESS.md says what the code does."""

from __future__ import annotations

from pathlib import Path

import cvsb_xl.service
from cvsb_xl.framework.load import load_framework
from cvsb_xl.service.access_page import access_page


def test_the_page_is_what_the_rules_and_guards_make() -> None:
    path = Path(cvsb_xl.service.__file__).parent / "ACCESS.md"
    said = "write it anew: python -m cvsb_xl.service.access_page > cvsb_xl/service/ACCESS.md"
    assert path.read_text(encoding="utf-8") == access_page(load_framework()), said
