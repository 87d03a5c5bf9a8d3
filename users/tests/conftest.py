"""A real browser, for tests that look at pages as people do; and a clock that stands still."""

import importlib.util
import os
import shutil

import pytest
import time_machine

from usersvc import clock
from usersvc.tests.serving import PATIENCE

# Plain pytest needs requirements.txt alone; make test installs what these need, and runs them.
PEERS = ["test_browser_sign_in.py", "test_jobs_bucket.py", "test_jobs_clients.py"]
PEERS += ["test_browser_people.py", "test_browser_journeys.py", "test_jobs_queue.py"]
PEERS += ["test_docs_snippets.py", "test_browser_docs.py", "test_mcp_clients.py"]
PEERS += ["test_oauth_clients.py", "test_webhook_docs.py", "test_several_machines.py"]
collect_ignore = [] if importlib.util.find_spec("playwright") else PEERS

CHROMIUM = ["--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync"]
CHROMIUM += ["--disable-background-networking", "--disable-component-update"]


@pytest.fixture
def still():
    """A clock that stands still, so that a code is right until the end of the test."""
    with time_machine.travel(clock.now(), tick=False) as traveller:
        yield traveller


@pytest.fixture(scope="module")
def chromium():
    from playwright.sync_api import expect, sync_playwright

    expect.set_options(timeout=PATIENCE * 1000)
    # Chromium's sandbox refuses to work for root.
    root = ["--no-sandbox"] if os.geteuid() == 0 else []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=[*CHROMIUM, *root]
        )
        yield browser
        browser.close()


@pytest.fixture
def new_page(chromium):
    """A function that opens a page of a browser of its own, with Playwright's options for it."""
    contexts = []

    def open_page(**options):
        contexts.append(chromium.new_context(**options))
        contexts[-1].set_default_timeout(PATIENCE * 1000)
        return contexts[-1].new_page()

    yield open_page
    for context in contexts:
        context.close()


@pytest.fixture
def page(new_page):
    """A page that must end without a complaint on its console (the CSP's go there, too)."""
    page = new_page(accept_downloads=True)
    complaints = page.complaints = []
    page.on(
        "console",
        lambda message: (
            message.type in ("error", "warning")
            and complaints.append(f"{message.text} {message.location}")
        ),
    )
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on(
        "response",
        lambda answer: answer.status >= 400 and complaints.append(f"{answer.status} {answer.url}"),
    )
    yield page
    page.context.close()
    assert complaints == []
