"""What people do in a real browser, for the tests that look at pages."""


def submit(page, selector):
    """Press what sends a form and wait for the page that answers; a click alone waits for none."""
    with page.expect_navigation():
        page.click(selector)
