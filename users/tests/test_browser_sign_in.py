"""Signing in with a real browser: codes, passkeys, letters; and no complaint on any page."""

import email
import re
import time

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.handlers import Sink
from playwright.sync_api import expect

from users.tests.codes import code
from users.tests.pressing import submit
from usersvc.tests.serving import PATIENCE, free_port, place, run, serving

# Once: what its pages ask of the database, test_sign_in_pages.py asks of both.
pytestmark = [pytest.mark.browser, pytest.mark.once]
PASSWORD = "correct horse battery"
AUTHENTICATOR = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


class Mailbox(Sink):
    """Keeps the letters that come."""

    def __init__(self):
        super().__init__()
        self.letters = []

    async def handle_DATA(self, server, session, envelope):  # noqa: N802 - aiosmtpd's name
        self.letters.append(email.message_from_bytes(envelope.content))
        return "250 OK"

    def link(self, to, path):
        """Wait for a letter to somebody with a link of this path, and return the link."""
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            for letter in self.letters:
                text = letter.get_payload(decode=True).decode()
                if letter["To"] == to and (found := re.search(rf"http://\S+{path}\S*", text)):
                    return found[0]
            time.sleep(0.05)
        raise AssertionError(f"No letter to {to} with {path}.")


@pytest.fixture(scope="module")
def mailbox():
    box = Mailbox()
    controller = Controller(box, hostname="127.0.0.1", port=free_port())
    controller.start()
    box.port = controller.port
    yield box
    controller.stop()


@pytest.fixture
def service(tmp_path, mailbox):
    """A service of this test's own: what one person sets up is no other test's."""
    with (
        place(tmp_path) as here,
        serving(
            here,
            USERSVC_ADMIN_PASSWORD=PASSWORD,
            USERSVC_DEMO_USERS=0,
            EMAIL_URL=f"smtp://127.0.0.1:{mailbox.port}",
        ) as service,
    ):
        service.here = here
        yield service


def sign_in(page, service, password=PASSWORD):
    page.goto(f"{service.address}/admin/")
    page.fill("input[name=login]", "admin")
    page.fill("input[name=password]", password)
    submit(page, "main [type=submit]")


def sign_out(page):
    submit(page, "#logout-form button")


def open_again(page, url):
    """Open a page for which the password is asked once more."""
    page.goto(url)
    if "reauthenticate" in page.url:
        page.fill("input[name=password]", PASSWORD)
        submit(page, "main [type=submit]")


def set_up_codes(page, service):
    """Set up an authenticator; return its secret and a code that was not used yet."""
    open_again(page, f"{service.address}/account/2fa/totp/activate/")
    secret = page.input_value("#authenticator_secret")
    page.fill("input[name=code]", code(secret))
    submit(page, "main [type=submit]")
    if "recovery-codes" not in page.url:  # its half minute ended on the way
        page.fill("input[name=code]", code(secret))
        submit(page, "main [type=submit]")
    page.wait_for_url("**/recovery-codes/**")
    return secret


def test_codes_are_set_up_and_one_signs_in(service, page):
    sign_in(page, service)
    set_up_codes(page, service)
    recovery = page.input_value("#recovery_codes").split()
    assert len(recovery) == 10
    sign_out(page)
    sign_in(page, service)
    assert "/account/2fa/authenticate/" in page.url
    page.fill("input[name=code]", recovery[0])
    submit(page, "main form:has(input[name=code]) [type=submit]")
    page.wait_for_url("**/admin/")
    sign_out(page)
    page.goto(f"{service.address}/account/")
    assert "/account/login/" in page.url


def register_passkey(page, service, alone=False):
    """Give the browser a passkey of the administrator, which may sign in alone."""
    browser = page.context.new_cdp_session(page)
    browser.send("WebAuthn.enable")
    browser.send("WebAuthn.addVirtualAuthenticator", {"options": AUTHENTICATOR})
    sign_in(page, service)
    open_again(page, f"{service.address}/account/2fa/webauthn/add/")
    page.fill("input[name=name]", "My laptop")
    page.set_checked("input[name=passwordless]", alone)
    page.click("#mfa_webauthn_add")
    page.wait_for_url(re.compile("recovery-codes|webauthn/$"))


def test_a_passkey_signs_in_without_a_name_or_a_password(service, page):
    register_passkey(page, service, alone=True)
    sign_out(page)
    page.goto(f"{service.address}/admin/")
    page.click("#passkey_login")
    page.wait_for_url("**/admin/")


def test_a_passkey_is_registered_and_signs_in(service, page):
    register_passkey(page, service)
    page.goto(f"{service.address}/account/2fa/webauthn/")
    expect(page.get_by_text("My laptop")).to_be_visible()
    page.goto(f"{service.address}/admin/")
    sign_out(page)
    sign_in(page, service)
    page.click("#mfa_webauthn_authenticate")
    page.wait_for_url("**/admin/")


def test_wrong_passwords_lock_and_an_operator_unlocks(service, page):
    for _ in range(3):
        sign_in(page, service, "wrong")
        expect(page.locator(".errornote")).to_be_visible()
    sign_in(page, service)
    expect(page.locator(".errornote")).to_be_visible()
    assert run("unlock", "admin", **service.here.settings).returncode == 0
    sign_in(page, service)
    page.wait_for_url("**/admin/")


def test_a_forgotten_password_is_replaced_by_a_letter(service, page, mailbox):
    page.goto(f"{service.address}/account/login/")
    submit(page, "text=Forgot your password?")
    page.fill("input[name=email]", "admin@example.com")
    submit(page, "main [type=submit]")
    page.goto(mailbox.link("admin@example.com", "/account/password/reset/key/"))
    page.fill("input[name=password1]", "another l0ng one")
    page.fill("input[name=password2]", "another l0ng one")
    submit(page, "main [type=submit]")
    page.wait_for_url("**/key/done/")
    sign_in(page, service, "another l0ng one")
    page.wait_for_url("**/admin/")


def test_who_is_invited_chooses_a_password_and_signs_in(service, page, mailbox):
    sign_in(page, service)
    page.goto(f"{service.address}/admin/users/user/add/")
    page.fill("input[name=username]", "ida")
    page.fill("input[name=email]", "ida@example.com")
    page.check("input[name=usable_password][value=false]")
    submit(page, "input[name=_save]")
    page.goto(f"{service.address}/admin/users/user/?q=ida")
    page.check("input.action-select")
    page.select_option("select[name=action]", "invite")
    submit(page, "button[name=index]")
    submit(page, "button[name=confirm]")
    expect(page.get_by_text("1 user invited.")).to_be_visible()
    sign_out(page)
    page.goto(mailbox.link("ida@example.com", "/account/invitation/"))
    page.fill("input[name=new_password1]", "another l0ng one")
    page.fill("input[name=new_password2]", "another l0ng one")
    submit(page, "main [type=submit]")
    expect(page.get_by_text("Your account is ready")).to_be_visible()
    page.goto(f"{service.address}/account/login/")
    page.fill("input[name=login]", "ida")
    page.fill("input[name=password]", "another l0ng one")
    submit(page, "main [type=submit]")
    page.wait_for_url("**/account/")


def test_every_page_of_an_account_opens_without_a_complaint(service, page):
    strangers = ["login/", "signup/", "password/reset/", "password/reset/done/"]
    for path in strangers:
        page.goto(f"{service.address}/account/{path}")
    sign_in(page, service)
    set_up_codes(page, service)
    own = ["", "password/change/", "email/", "2fa/", "2fa/webauthn/", "2fa/webauthn/add/"]
    own += ["2fa/recovery-codes/", "2fa/recovery-codes/generate/", "2fa/totp/deactivate/"]
    for path in [*own, "sessions/", "tokens/", "logout/"]:
        open_again(page, f"{service.address}/account/{path}")
        expect(page.locator("h1").first).to_be_visible()
