"""The add-in's manifest is one that Excel can take, as far as that can be told here; and its files are served as they must be."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from cvsb_xl.commands.pressing import BUTTONS
from cvsb_xl.framework.load import data_folder
from cvsb_xl.service.api import SERVED
from cvsb_xl.service.app import build_app, open_state
from cvsb_xl.service.office import FILES, ICONS, OFFICE_JS, icon_png
from tests.service.running import Service, settings_for

APP = "{http://schemas.microsoft.com/office/appforoffice/1.1}"
OVER = "{http://schemas.microsoft.com/office/taskpaneappversionoverrides}"
BT = "{http://schemas.microsoft.com/office/officeappbasictypes/1.0}"
XSI = "{http://www.w3.org/2001/XMLSchema-instance}"
FOLDER = data_folder("workbook") / "office"


@pytest.fixture
def database_url() -> str:
    return ""


@pytest.fixture
def manifest(service: Service) -> ET.Element:
    return ET.fromstring(service.visitor().get("/office/manifest.xml").text)


def commands() -> dict[str, str]:
    """Function name -> verb, as pane.js associates them."""
    source = (FOLDER / "pane.js").read_text(encoding="utf-8")
    (block,) = re.findall(r"export const COMMANDS = \{(.*?)\};", source, re.DOTALL)
    return dict(re.findall(r'(\w+): "(\w+)"', block))


def test_the_parts_stand_in_the_order_that_the_schema_wants(manifest: ET.Element) -> None:
    """The schema of OfficeApp is a sequence; Excel refuses a manifest whose parts are in another order."""
    order = (
        "Id Version ProviderName DefaultLocale DisplayName Description IconUrl HighResolutionIconUrl SupportUrl AppDomains "
        "Hosts Requirements DefaultSettings Permissions VersionOverrides"
    ).split()
    assert [item.tag.partition("}")[2] for item in manifest] == order
    over = manifest.find(f"{OVER}VersionOverrides")
    assert over is not None
    assert [item.tag for item in over] == [f"{OVER}Hosts", f"{OVER}Resources"]
    form = over.find(f".//{OVER}DesktopFormFactor")
    assert form is not None
    assert [item.tag for item in form] == [f"{OVER}FunctionFile", f"{OVER}ExtensionPoint"]
    for button in over.iter(f"{OVER}Control"):
        assert [item.tag.partition("}")[2] for item in button] == ["Label", "Supertip", "Icon", "Action"]


def test_every_resource_that_is_named_is_there_and_none_is_left_over(manifest: ET.Element) -> None:
    kinds = ("Image", "Url", "String")
    held = {item.get("id") for kind in kinds for item in manifest.iter(f"{BT}{kind}")} - {None}
    named = {item.get("resid") for item in manifest.iter() if item.get("resid")}
    assert named == held
    assert all(len(name or "") <= 32 for name in named), "a resid has at most 32 characters"
    short = manifest.find(f".//{BT}ShortStrings")
    long = manifest.find(f".//{BT}LongStrings")
    assert short is not None
    assert long is not None
    assert all(len(item.get("DefaultValue", "")) <= 125 for item in short)
    assert all(len(item.get("DefaultValue", "")) <= 250 for item in long)
    urls = {
        item.get("resid")
        for tag in ("SourceLocation", "FunctionFile", "Runtime")
        for item in manifest.iter(f"{OVER}{tag}")
    }
    assert urls == {"Pane.Url"}, (
        "commands and pane share one runtime, so that a command can show its message in the pane"
    )


def test_ids_are_unique_and_every_command_does_one_verb_of_the_service(manifest: ET.Element) -> None:
    ids = [item.get("id") for item in manifest.iter() if item.get("id") and item.tag.startswith(OVER)]
    assert len(ids) == len(set(ids))
    assert re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", manifest.findtext(f"{APP}Id") or "")
    functions = [item.text for item in manifest.iter(f"{OVER}FunctionName")]
    assert sorted(map(str, functions)) == sorted(commands())
    assert set(commands().values()) == set(SERVED) - {"merge"}, (
        "merge needs files, which only the pane can ask for"
    )
    page = (FOLDER / "pane.html").read_text(encoding="utf-8")
    assert set(re.findall(r'data-verb="(\w+)"', page)) == set(SERVED) - {"merge"}
    assert set(SERVED) == BUTTONS.keys() - {"publish", "pull"}


def test_every_address_is_the_services_own_and_over_https(tmp_path: Path) -> None:
    """Office takes no add-in from http; in the open the service knows itself by its https address."""
    settings = settings_for(tmp_path / "data", base_url="https://tracker.example.org", behind_proxy=True)
    state = open_state(settings)
    said = TestClient(build_app(state), base_url=settings.base_url).get("/office/manifest.xml").text
    state.engine.dispose()
    urls = re.findall(r'(?:DefaultValue="|<AppDomain>)(https?://[^"<]+)', said)
    assert len(urls) > 6
    assert all(url.startswith("https://tracker.example.org") for url in urls)
    assert "BASE_URL" not in re.sub(r"<!--.*?-->", "", said, flags=re.DOTALL)


def test_every_file_and_icon_of_the_manifest_and_the_pane_is_served_to_anybody(
    service: Service, manifest: ET.Element
) -> None:
    """Office fetches them without signing in; there is nothing of the board in them."""
    wanted = {
        value.removeprefix(service.url)
        for item in manifest.iter()
        for value in [item.get("DefaultValue", "")]
        if "/office/" in value
    }
    page = (FOLDER / "pane.html").read_text(encoding="utf-8")
    wanted |= set(re.findall(r'"(/office/[^"]+)"', page))
    wanted |= {
        f"/office/{name}"
        for source in FOLDER.glob("*.js")
        for name in re.findall(r'from "\./([\w.]+)"', source.read_text())
    }
    assert {path.rpartition("/")[2] for path in wanted} >= set(FILES)
    for path in wanted:
        answer = service.visitor().get(path)
        assert answer.status_code == 200, path
        if path.endswith(".js"):
            assert answer.headers["content-type"].startswith("text/javascript")


def test_only_the_pane_may_be_framed_and_load_office_js(service: Service) -> None:
    pane = service.visitor().get("/office/pane.html").headers["content-security-policy"]
    script = service.visitor().get("/office/pane.js").headers["content-security-policy"]
    assert f"script-src 'self' {OFFICE_JS};" in pane
    assert "unsafe" not in pane
    assert "frame-ancestors 'self' https://*.officeapps.live.com" in pane
    assert "frame-ancestors 'none'" in script
    assert OFFICE_JS not in script
    for name in ("pane.html", "../pyproject.toml", "%2e%2e/pyproject.toml", "manifest.xmlx"):
        if name != "pane.html":
            assert service.visitor().get(f"/office/{name}").status_code in (404, 405)
    assert service.visitor().get("/office/icon-17.png").status_code == 404


@pytest.mark.parametrize("size", ICONS)
def test_icons_are_pngs_of_their_size(size: int) -> None:
    import io

    import matplotlib.image

    picture = matplotlib.image.imread(io.BytesIO(icon_png(size)), format="png")
    assert picture.shape == (size, size, 4)
    assert picture[0, 0, 3] == 0, "its corners are clear"
    assert len({tuple(pixel) for row in picture for pixel in row}) == 4


def test_no_page_or_script_has_inline_code_or_another_address() -> None:
    for path in FOLDER.glob("*.*"):
        if path.suffix in (".html", ".js", ".css"):
            text = path.read_text(encoding="utf-8")
            assert set(re.findall(r"https?://[\w.]+", text)) <= {OFFICE_JS}, path
    page = (FOLDER / "pane.html").read_text(encoding="utf-8")
    assert not re.search(r"<script(?![^>]*src=)|\son\w+=|style=", page)
