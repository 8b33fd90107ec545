"""ACCESS.md: who may do what, written from schemas/access.yaml and from the guards of the service's addresses.

python -m cvsb_xl.service.access_page > cvsb_xl/service/ACCESS.md
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby

from fastapi.routing import APIRoute

from cvsb_xl.framework.access import VERBS, Access
from cvsb_xl.framework.load import load_framework
from cvsb_xl.framework.schema import Framework, Table
from cvsb_xl.service.app import routers
from cvsb_xl.service.depends import Guard, guards_of

_BY = {
    "cookie": "a person",
    "token": "a program with a token",
    "either": "a person, or a program with a token",
}


def access_page(framework: Framework) -> str:
    """Return the page as Markdown."""
    access = framework.access
    head = ["", *access.roles.values()]
    lines = [
        "# Who may do what",
        "",
        "Made from `schemas/access.yaml` and the service's addresses by `python -m cvsb_xl.service.access_page`; a test holds it",
        "equal. What is blank is refused. *all*: every row; *own*: the person's own agency's; *published*: those of published",
        "reviews, and the agency's own. Roles stand in the tracker's Members sheet and are read anew at each request.",
        "",
        "## What the service holds",
        "",
        *_table(head, ([f"{name}: {words}", *_both(access, name)] for name, words in access.things.items())),
        "",
        "## The tracker's tables, to read",
        "",
        *_table(head, (_row(access, "read", table) for table in framework.tables.values())),
        "",
        "## The tracker's tables, to write and to add rows",
        "",
        "The merge of returns asks the same table: what an agency may not write is rejected there as `not-yours`. The service",
        "itself never writes the tracker.",
        "",
        *_table(head, _writes(access, framework)),
        "",
        "## Addresses",
        "",
        *_table(["address", "who", "roles"], _addresses(access)),
        "",
    ]
    return "\n".join(lines)


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    yield "| " + " | ".join(head) + " |"
    yield "|" + "---|" * len(head)
    for row in rows:
        yield "| " + " | ".join(row) + " |"


def _row(access: Access, verb: str, table: Table) -> list[str]:
    return [table.sheet, *(access.of(role, verb, table.name) or "" for role in access.roles)]


def _both(access: Access, thing: str) -> list[str]:
    said = []
    for role in access.roles:
        can = {verb: access.of(role, verb, thing) for verb in VERBS}
        said.append("; ".join(f"{verb} {of}" for verb, of in can.items() if of))
    return said


def _writes(access: Access, framework: Framework) -> Iterator[list[str]]:
    """Yield a row for the fields of a table that have the same answer, and one for adding rows."""
    for table in framework.tables.values():

        def answer(name: str, table: Table = table) -> tuple[str, ...]:
            return tuple(access.of(role, "write", table.name, name) or "" for role in access.roles)

        fields = sorted((field.name for field in table.fields if any(answer(field.name))), key=answer)
        for said, names in groupby(fields, key=answer):
            of_file = [field.name for field in table.fields]
            yield [f"{table.sheet}: {', '.join(sorted(names, key=of_file.index))}", *said]
        adds = [access.of(role, "add", table.name) or "" for role in access.roles]
        if any(adds):
            yield [f"{table.sheet}: new rows", *adds]


def _addresses(access: Access) -> Iterator[list[str]]:
    routes = [route for router in routers() for route in router.routes if isinstance(route, APIRoute)]
    for route in sorted(routes, key=lambda route: (route.path, sorted(route.methods or ()))):
        guard = guards_of(route)[0]
        yield [f"`{' '.join(sorted(route.methods or ()))} {route.path}`", _who(guard), _roles(access, guard)]


def _who(guard: Guard) -> str:
    if guard.public:
        return "anybody"
    return _BY[guard.by] + (f" for {guard.scope}" if guard.scope else "")


def _roles(access: Access, guard: Guard) -> str:
    if not guard.verb:
        return "" if guard.public else "every role"
    roles = guard.roles(access)
    return ", ".join(words for role, words in access.roles.items() if role in roles)


if __name__ == "__main__":
    print(access_page(load_framework()), end="")
