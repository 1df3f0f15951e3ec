import asyncio
import html
import re
import shutil
from pathlib import Path

import pytest
from pydantic import SecretStr
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Mount, Route
from starlette.testclient import TestClient

from bentos.page import page_routes
from common.settings import ServiceSettings
from tests.bentos.page_app import page_app, served

FOLDER = Path("bentos/page")
BROWSER = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("chrome")
FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--virtual-time-budget=8000",
    "--dump-dom",
)
in_a_browser = pytest.mark.skipif(BROWSER is None, reason="no chromium on this machine")

DRIVER = """
const field = (id) => document.getElementById(id);
const report = (name, value) => { document.body.dataset[name] = value; };
document.addEventListener("securitypolicyviolation", () => report("violated", "yes"));
const typing = setInterval(() => {
  if (!field("target").options.length) return;
  clearInterval(typing);
  field("target").value = "fra_Latn";
  field("text").value = TEXT;
  const enter = { key: "Enter", ctrlKey: true, bubbles: true, cancelable: true };
  field("text").dispatchEvent(new KeyboardEvent("keydown", enter));
  setTimeout(() => {
    report("result", field("result").value);
    field("swap").click();
    report("swapped", [field("source").value, field("target").value, field("text").value].join());
  }, 1000);
}, 50);
"""


@pytest.fixture
def client() -> TestClient:
    return TestClient(Starlette(routes=page_routes()))


@pytest.mark.parametrize("path", ["/", "/page/page.css", "/page/page.js", "/page/icon.svg"])
def test_every_file_is_served_under_a_strict_policy(client: TestClient, path: str) -> None:
    response = client.get(path)
    assert response.status_code == 200
    policy = response.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "http" not in policy
    assert response.headers["x-content-type-options"] == "nosniff"
    assert client.head(path).status_code == 200
    known = client.get(path, headers={"If-None-Match": response.headers["etag"]})
    assert (known.status_code, known.content) == (304, b"")


def test_nothing_of_another_site_and_nothing_absolute_is_named() -> None:
    for file in FOLDER.glob("*.*"):
        text = file.read_text("utf-8").replace("http://www.w3.org/2000/svg", "")
        if file.suffix != ".py":
            assert not re.search(r"https?:|(src|href)=\"/|fetch\(\"/|url\(|@import", text), (
                file.name
            )


def test_no_script_or_style_stands_in_the_page_itself() -> None:
    page = (FOLDER / "index.html").read_text("utf-8")
    assert not re.search(r"<style|\sstyle=|\son\w+=|<script(?! src)", page)


def test_every_field_has_a_label() -> None:
    page = (FOLDER / "index.html").read_text("utf-8")
    for field in re.findall(r'<(?:select|textarea|input) id="(\w+)"', page):
        assert f'<label for="{field}">' in page


def test_the_script_uses_only_elements_that_exist() -> None:
    page = (FOLDER / "index.html").read_text("utf-8")
    used = set(re.findall(r'\$\("([\w-]+)"\)', (FOLDER / "page.js").read_text("utf-8")))
    assert used
    assert used <= set(re.findall(r'id="([\w-]+)"', page))


def test_under_a_prefix_everything_is_found() -> None:
    client = TestClient(Starlette(routes=[Mount("/nllb", routes=page_routes())]))
    page = client.get("/nllb/").text
    for address in re.findall(r'(?:src|href)="(page/[^"]+)"', page):
        assert client.get(f"/nllb/{address}").status_code == 200


async def dom(url: str, profile: Path) -> str:
    assert BROWSER
    process = await asyncio.create_subprocess_exec(
        BROWSER,
        *FLAGS,
        f"--user-data-dir={profile}",
        url,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        out, _ = await asyncio.wait_for(process.communicate(), timeout=60)
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    return html.unescape(out.decode())


def driver_routes(text: str) -> list[Route]:
    """The page again, under its own policy, with a script beside it that types and clicks."""
    page = next(route for route in page_routes() if route.path == "/")
    extra = '<script src="drive.js" defer></script></head>'

    async def drive(request: Request) -> Response:
        answer: Response = await page.endpoint(request)
        headers = {"Content-Security-Policy": answer.headers["content-security-policy"]}
        content = bytes(answer.body).decode().replace("</head>", extra)
        return Response(content, media_type="text/html", headers=headers)

    async def script(_: Request) -> Response:
        return Response(DRIVER.replace("TEXT", repr(text)), media_type="text/javascript")

    return [Route("/drive", drive), Route("/drive.js", script)]


@in_a_browser
async def test_a_text_is_translated_with_the_keyboard(tmp_path: Path) -> None:
    app = page_app(ServiceSettings())
    app.router.routes[:0] = driver_routes("Good <b>morning</b>")
    async with served(app) as url:
        out = await dom(f"{url}/drive", tmp_path)
    assert 'data-result="<Good <b>morning</b>>"' in out
    assert "Detected: English (97 %)" not in out, "swapping clears it"
    assert 'data-swapped="fra_Latn,eng_Latn,<Good <b>morning</b>>"' in out
    assert "Split. (segment_split)" in out
    assert "Done in 12 ms, confidence 67 %" in out
    assert "embedded demo" in out
    assert "data-violated" not in out


@in_a_browser
async def test_an_error_is_shown_with_its_code(tmp_path: Path) -> None:
    app = page_app(ServiceSettings())
    app.router.routes[:0] = driver_routes("klingon")
    async with served(app) as url:
        out = await dom(f"{url}/drive", tmp_path)
    assert re.search(r'id="error" role="alert">.*unsupported_language, request r-1', out)


@in_a_browser
async def test_a_missing_key_is_asked_for(tmp_path: Path) -> None:
    async with served(page_app(ServiceSettings(api_keys=SecretStr("k" * 20)))) as url:
        out = await dom(url, tmp_path)
    assert 'id="key-form" class="note">' in out
    assert 'id="error" role="alert" hidden' in out


@in_a_browser
async def test_a_loading_model_is_waited_for(tmp_path: Path) -> None:
    async with served(page_app(ServiceSettings(), loading=True)) as url:
        out = await dom(url, tmp_path)
    assert "The model is loading…" in out
    assert re.search(r'id="translate" disabled', out)
