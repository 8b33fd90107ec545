"""Which columns an issued table has, made from the schema: one place for issuing, drawing and reading back."""

from __future__ import annotations

from cvsb_xl.framework.schema import Field, Framework, Table
from cvsb_xl.merge.sheet import SheetColumn

GROUPS = ("agreed", "now", "complete", "stuck", "who")
"""What columns are for, in the order an agency sheet shows them."""

LAST_DECISION = "last_decision"
"""The Delivery Group's last answer on a row's action, for the agency to read."""


def last_of(name: str) -> str:
    """Return the name of the column that shows the tracker's value of a per-round field."""
    return f"last_{name}"


def sheet_columns(table: Table, framework: Framework) -> tuple[SheetColumn, ...]:
    """Return an issued table's columns: the key; what was agreed, to read; then the agency's own, by what they are for."""
    columns = [SheetColumn(table.key, table[table.key], "key", "agreed")]
    if table.context:
        parent = framework[table.context.table]
        columns += [SheetColumn(name, parent[name], "read", "agreed") for name in table.context.fields]
    own = {column.name for column in columns}
    columns += [
        SheetColumn(item.name, item, "read", "agreed")
        for item in table.fields
        if item.issued and item.name not in own
    ]
    if table.context and table.context.table == "actions":
        columns.append(SheetColumn(LAST_DECISION, _LAST_DECISION, "read", "agreed"))
    for item in sorted(table.agency_fields, key=_group):
        if item.per_round:
            columns.append(SheetColumn(last_of(item.name), _last(item), "read", item.group or "now"))
        theirs = framework.access.can("agency_lead", "write", table.name, item.name)
        columns.append(SheetColumn(item.name, item, "input" if theirs else "read", item.group or "now"))
    return tuple(columns)


def _group(item: Field) -> int:
    return GROUPS.index(item.group) if item.group in GROUPS else GROUPS.index("now")


def _last(item: Field) -> Field:
    return Field(
        name=last_of(item.name),
        title=f"Your last {item.title.split()[-1].lower()}",
        title_cy=f"Eich {item.title_cy.split()[0].lower()} diwethaf",
        type=item.type,
        owner="computed",
        width=item.width,
        help="What you told us last time.",
    )


_LAST_DECISION = Field(
    name=LAST_DECISION,
    title="Delivery Group said",
    title_cy="Dywedodd y Grŵp Cyflawni",
    type="string",
    owner="computed",
    width=26,
    help="What the Delivery Group last decided on this action, and why.",
)
