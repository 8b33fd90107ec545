"""How much one agency hands in."""

from __future__ import annotations

import dataclasses
from datetime import timedelta
from pathlib import Path

from sqlalchemy import update

from cvsb_xl.service.database import now, upload, writing
from tests.service.running import Visitor, served, settings_for


def test_an_agency_hands_in_so_often_a_day_and_another_is_not_kept_from_it(
    tmp_path: Path, database_url: str
) -> None:
    settings = dataclasses.replace(settings_for(tmp_path / "data", database_url), returns_per_day=3)
    with served(settings) as service:
        service.publish_members(
            *(
                {"email": f"{code.lower()}@example.org", "agency": code, "agency_lead": "Yes"}
                for code in ("SWP", "CVU")
            )
        )
        police, health = (
            service.with_token(f"{code.lower()}@example.org", "return") for code in ("SWP", "CVU")
        )

        def hand_in(who: Visitor, content: bytes) -> int:
            file = {"file": ("sheet.xlsx", content)}
            return who.request("POST", "/api/returns", files=file).status_code

        assert [hand_in(police, b"%d" % number) for number in range(4)] == [202, 202, 202, 429]
        assert hand_in(police, b"1") == 202, "what is there already costs nothing"
        assert hand_in(health, b"4") == 202
        with writing(service.state.engine) as conn:
            conn.execute(update(upload).values(received_at=now() - timedelta(days=1, minutes=1)))
        assert hand_in(police, b"4") == 202
