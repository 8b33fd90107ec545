"""Read schemas/ into a Framework. The one loader: headings, lists, locking and ownership all come from here."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from cvsb_xl.errors import SchemaError
from cvsb_xl.framework.access import Access
from cvsb_xl.framework.schema import Clock, Field, ForeignKey, Framework, IssuedContext, Table

_OWNERS = ("manager", "agency", "computed")
_TYPES = ("string", "date", "integer")


def data_folder(name: str) -> Path:
    """Return the folder of that name ("schemas", "workbook"): inside the wheel, or beside the package in a checkout."""
    package = Path(__file__).resolve().parent.parent
    inside = package / "_data" / name
    return inside if inside.is_dir() else package.parent / name


@lru_cache(maxsize=8)
def load_framework(folder: Path | None = None) -> Framework:
    """Load every table and clock.

    Args:
        folder: a board's own copy of schemas/; the one that came with cvsb-xl when None.

    Raises:
        SchemaError: naming the file and what is wrong in it.
    """
    folder = folder or data_folder("schemas")
    top = _read(folder / "framework.yaml")
    digest = hashlib.sha256()
    tables: dict[str, Table] = {}
    for name in top.get("tables", []):
        path = folder / f"{name}.yaml"
        tables[name] = _table(_read(path), path.name)
        digest.update(path.read_bytes())
    for table in tables.values():
        _check_links(table, tables)
    strengths = top.get("strengths", {})
    clocks = tuple(_clock(item, strengths, tables) for item in top.get("clocks", []))
    access = Access(_read(folder / "access.yaml"), tables)
    return Framework(tables, clocks, str(top.get("source", "")), digest.hexdigest()[:12], folder, access)


def _read(path: Path) -> dict[str, Any]:
    import yaml

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        content = yaml.load(path.read_text(encoding="utf-8"), Loader=loader)  # noqa: S506 - a safe loader
    except OSError as error:
        raise SchemaError(
            f"{path}: cannot be read ({error.strerror}). A schemas folder needs this file."
        ) from error
    except UnicodeDecodeError as error:
        raise SchemaError(f"{path}: is not text in UTF-8. Save it again as UTF-8.") from error
    except yaml.YAMLError as error:
        raise SchemaError(f"{path}: is not valid YAML: {error}") from error
    if not isinstance(content, dict):
        raise SchemaError(f"{path}: should hold one mapping of names to values.")
    return content


def _table(raw: Mapping[str, Any], where: str) -> Table:
    missing = [name for name in ("name", "sheet", "fields") if name not in raw]
    if missing:
        raise SchemaError(f"schemas/{where}: lacks {', '.join(missing)}.")
    fields = tuple(_field(item, where) for item in raw["fields"])
    names = [field.name for field in fields]
    for name in names:
        if names.count(name) > 1:
            raise SchemaError(f"schemas/{where}: the field {name} stands twice.")
    key = tuple(raw.get("primaryKey") or ())
    for name in key:
        if name not in names:
            raise SchemaError(f"schemas/{where}: primaryKey names {name}, which is no field.")
    context = raw.get("issued_context")
    return Table(
        name=raw["name"],
        sheet=raw["sheet"],
        sheet_cy=raw.get("sheet_cy", raw["sheet"]),
        description=raw.get("description", ""),
        kind=raw.get("kind", "input"),
        shown=bool(raw.get("shown", False)),
        fields=fields,
        primary_key=key,
        foreign_keys=tuple(
            ForeignKey(
                field=item["fields"][0],
                table=item["reference"]["resource"],
                to_field=item["reference"]["fields"][0],
                also_allowed=tuple(item.get("also_allowed", ())),
            )
            for item in raw.get("foreignKeys", [])
        ),
        id_prefix=raw.get("id_prefix"),
        insertable=bool(raw.get("insertable", False)),
        issued=bool(raw.get("issued", False)),
        append_only=bool(raw.get("append_only", False)),
        context=IssuedContext(context["table"], context["by"], tuple(context["fields"])) if context else None,
        defaults=tuple(raw.get("defaults", ())),
        descriptor=raw,
    )


def _field(raw: Mapping[str, Any], where: str) -> Field:
    name = raw.get("name") if isinstance(raw, dict) else None
    if not isinstance(name, str):
        raise SchemaError(
            f"schemas/{where}: a field has no name, or one that YAML does not read as text ({name!r})."
        )
    constraints = raw.get("constraints", {})
    if raw.get("type", "string") not in _TYPES:
        raise SchemaError(
            f"schemas/{where}: {name} has type {raw['type']!r}; use one of {', '.join(_TYPES)}."
        )
    if raw.get("owner", "manager") not in _OWNERS:
        raise SchemaError(
            f"schemas/{where}: {name} has owner {raw['owner']!r}; use one of {', '.join(_OWNERS)}."
        )
    enum = tuple(constraints.get("enum", ()))
    enum_cy = tuple(raw.get("enum_cy", ()))
    if enum_cy and len(enum_cy) != len(enum):
        raise SchemaError(f"schemas/{where}: {name} has {len(enum)} list values but {len(enum_cy)} in Welsh.")
    title = raw.get("title") or name.replace("_", " ").capitalize()
    return Field(
        name=name,
        title=title,
        title_cy=raw.get("title_cy", title),
        type=raw.get("type", "string"),
        owner=raw.get("owner", "manager"),
        required=bool(constraints.get("required", False)),
        unique=bool(constraints.get("unique", False)),
        enum=enum,
        enum_cy=enum_cy,
        minimum=constraints.get("minimum"),
        maximum_length=constraints.get("maxLength"),
        pattern=constraints.get("pattern"),
        smart=raw.get("smart"),
        unit=raw.get("unit"),
        per_round=bool(raw.get("per_round", False)),
        record=bool(raw.get("record", False)),
        live=bool(raw.get("live", False)),
        issued=bool(raw.get("issued", False)),
        group=raw.get("group"),
        width=int(raw.get("width", 18)),
        help=raw.get("help", ""),
    )


def _check_links(table: Table, tables: Mapping[str, Table]) -> None:
    for link in table.foreign_keys:
        if link.table not in tables or link.to_field not in tables[link.table].by_name:
            raise SchemaError(
                f"schemas/{table.name}.yaml: {link.field} refers to {link.table}.{link.to_field}, which does not exist."
            )
    if table.context:
        parent = tables.get(table.context.table)
        for name in table.context.fields:
            if parent is None or name not in parent.by_name:
                raise SchemaError(
                    f"schemas/{table.name}.yaml: issued_context names {table.context.table}.{name}, "
                    "which does not exist."
                )


def _clock(raw: Mapping[str, Any], strengths: Mapping[str, str], tables: Mapping[str, Table]) -> Clock:
    needed = ("review_type", "milestone", "due", "done", "from", "months", "strength", "awaiting", "sentence")
    missing = [name for name in needed if name not in raw]
    if missing:
        raise SchemaError(f"schemas/framework.yaml: a clock lacks {', '.join(missing)}.")
    if not isinstance(raw["months"], int) or raw["months"] < 1:
        raise SchemaError(
            f"schemas/framework.yaml: months of {raw['milestone']!r} is {raw['months']!r}; use 1 or more."
        )
    reviews = tables["reviews"].by_name
    for name in (raw["due"], raw["done"], *raw["from"]):
        if name not in reviews:
            raise SchemaError(
                f"schemas/framework.yaml: the clock {raw['milestone']!r} names {name}, no field of Reviews."
            )
    if raw["strength"] not in strengths:
        raise SchemaError(
            f"schemas/framework.yaml: {raw['strength']!r} is not one of the strengths listed there."
        )
    return Clock(
        review_type=raw["review_type"],
        milestone=raw["milestone"],
        due=raw["due"],
        done=raw["done"],
        start_fields=tuple(raw["from"]),
        months=int(raw["months"]),
        strength=raw["strength"],
        passed=strengths[raw["strength"]],
        awaiting=raw["awaiting"],
        sentence=" ".join(str(raw["sentence"]).split()),
        from_decision_setting=raw.get("from_decision_setting"),
        awaiting_decision=raw.get("awaiting_decision", ""),
    )
