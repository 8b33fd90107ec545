"""schemas/README.md tells every property that the files use, so that a board can write its own."""

from __future__ import annotations

from collections.abc import Iterator

import yaml

from cvsb_xl.framework.load import data_folder, load_framework

SCHEMAS = data_folder("schemas")


def properties() -> Iterator[str]:
    for table in load_framework().tables.values():
        yield from table.descriptor
        for field in yaml.safe_load((SCHEMAS / f"{table.name}.yaml").read_text(encoding="utf-8"))["fields"]:
            yield from field
            yield from field.get("constraints", {})
    for clock in yaml.safe_load((SCHEMAS / "framework.yaml").read_text(encoding="utf-8"))["clocks"]:
        yield from clock


def test_every_property_of_the_schemas_is_documented() -> None:
    text = (SCHEMAS / "README.md").read_text(encoding="utf-8")
    assert {name for name in properties() if f"`{name}`" not in text} == set()


def test_every_file_of_the_schemas_is_named() -> None:
    text = (SCHEMAS / "README.md").read_text(encoding="utf-8")
    tables = set(load_framework().tables)
    others = {path.name for path in SCHEMAS.iterdir() if path.stem not in tables} - {"README.md"}
    assert {name for name in others if f"`{name.removesuffix('/')}" not in text} == set()
