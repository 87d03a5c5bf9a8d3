"""Takes the pictures of the README from a running service: pictures.py ADDRESS PASSWORD."""
# ruff: noqa: T201  (it talks to a terminal)

import shutil
import sys
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

DOCS = Path(__file__).resolve().parent.parent / "docs"
SIZE = {"width": 1440, "height": 900}
PEOPLE = "/admin/users/user/"
# name of the file: its theme, its page; {person} is somebody whose access has ended
PICTURES = {
    "admin": ("light", f"{PEOPLE}?status=active&dormant_days=30&mfa=false"),
    "overview": ("dark", "/admin/"),
    "person": ("light", "{person}"),
    "reports": ("dark", "/admin/reports/"),
    "organizations": ("light", "/admin/users/organization/"),
    "roles": ("dark", "/admin/users/role/matrix/"),
    "start": ("light", "/docs"),
    "download": ("dark", "/docs/download"),
}


def main(address: str, password: str) -> None:
    """Take all pictures."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox"]
        )
        page = browser.new_page(viewport=SIZE)  # type: ignore[arg-type]
        _sign_in(page, address, password)
        page.goto(f"{address}{PEOPLE}?account_state=Disabled*")
        person = page.locator("#result_list tbody th a").first.get_attribute("href")
        for name, (theme, there) in PICTURES.items():
            page.emulate_media(color_scheme=theme)  # type: ignore[arg-type]
            page.goto(address + there.format(person=person))
            page.screenshot(path=DOCS / f"{name}.png")
            print(name)


def _sign_in(page: Page, address: str, password: str) -> None:
    page.goto(f"{address}/admin/")
    page.fill("input[name=login]", "admin")
    page.fill("input[name=password]", password)
    with page.expect_navigation():
        page.click("main [type=submit]")


if __name__ == "__main__":
    main(*sys.argv[1:])
