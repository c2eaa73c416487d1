"""Passkeys in a real Chromium with a virtual authenticator: made, used, removed; what must not work."""

import json

import pytest
from axe_playwright_python.sync_playwright import Axe

from tenants.entering import passkeys
from tenants.entering.passkeys import Place
from tenants.scope import Scope
from tests.support import factories, mailbox
from tests.support.served import served

pytestmark = pytest.mark.browser


@pytest.fixture
def site(database, redis):
    with served(database.settings) as address:
        yield address.replace("127.0.0.1", "localhost")


def authenticator(page, *, verifies=True):
    """Plug a device into the browser; it has a finger reader that says yes, or none."""
    cdp = page.context.new_cdp_session(page)
    cdp.send("WebAuthn.enable")
    made = cdp.send(
        "WebAuthn.addVirtualAuthenticator",
        {
            "options": {
                "protocol": "ctap2",
                "ctap2Version": "ctap2_1",
                "transport": "internal",
                "hasResidentKey": True,
                "hasUserVerification": verifies,
                "isUserVerified": verifies,
                "automaticPresenceSimulation": True,
            }
        },
    )
    return cdp, made["authenticatorId"]


def enter(page, site, address):
    page.goto(f"{site}/sign-in")
    page.get_by_label("Mail address").fill(address)
    page.get_by_role("button", name="Continue").click()
    page.get_by_label("Password").fill(factories.PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.wait_for_url(lambda url: "/sign-in" not in url)


def make(page, site, name):
    page.goto(f"{site}/account/passkeys/new")
    page.get_by_label("Name of the passkey").fill(name)
    page.get_by_role("button", name="Make the passkey").click()
    page.wait_for_url("**/account")


def leave(page, site):
    page.goto(f"{site}/account")
    page.locator("details.who summary").click()
    page.get_by_role("button", name="Sign out", exact=True).last.click()
    page.wait_for_url("**/sign-in")


def test_passkeys_are_made_used_without_an_address_and_removed(database, site, browser_page):
    cbo = factories.make_member(database, factories.make_district(database), "CBO", True)
    page = browser_page()
    enter(page, site, cbo.address)
    cdp, device = authenticator(page)
    make(page, site, "Office computer")
    assert page.get_by_text("Office computer").first.is_visible()
    assert "“Office computer” was added" in mailbox.texts(database, cbo.address)[-1]
    held = cdp.send("WebAuthn.getCredentials", {"authenticatorId": device})["credentials"]
    assert len(held) == 1
    assert held[0]["isResidentCredential"]

    leave(page, site)
    # The address field offers it by itself, and this device's owner always says yes.
    page.wait_for_url(lambda url: "/sign-in" not in url)
    page.goto(f"{site}/account")
    assert page.get_by_text("with a passkey").is_visible()
    with database.app.transaction(Scope.for_person(cbo.id)) as session:
        [kept] = passkeys.of_person(session, cbo.id)
        assert kept.sign_count >= 1
        assert kept.last_used_at is not None

    # A second one on the same device is refused by the device itself: it holds one for this account.
    page.goto(f"{site}/account/passkeys/new")
    page.get_by_label("Name of the passkey").fill("Again")
    page.get_by_role("button", name="Make the passkey").click()
    page.locator("[data-passkey-failed]").wait_for(state="visible")
    # Another device makes a second one.
    cdp.send("WebAuthn.removeVirtualAuthenticator", {"authenticatorId": device})
    authenticator(page)
    make(page, site, "Telephone")
    district = f"{site}/d/{cbo.organization_id}/settings/sign-in"
    for at in (f"{site}/account", f"{site}/account/authenticator", f"{site}/account/second-step", district):
        page.goto(at)
        found = Axe().run(page).response["violations"]
        assert not found, (at, [(each["id"], each["nodes"][0]["html"][:200]) for each in found])
    page.goto(f"{site}/account")
    assert page.locator("#methods .row-line").count() == 3
    row = page.locator("#methods .row-line", has_text="Office computer")
    row.get_by_role("button", name="Remove").click()
    page.wait_for_url("**/account")
    assert page.locator("#methods .row-line", has_text="Office computer").count() == 0
    assert "“Office computer” was removed" in mailbox.texts(database, cbo.address)[-1]


def test_a_copied_key_a_replay_and_a_device_that_asks_nobody_are_refused(database, site, browser_page):
    cbo = factories.make_member(database, factories.make_district(database), "CBO", True)
    page = browser_page()
    # An older browser, whose address field offers no passkeys: the button does.
    page.add_init_script("PublicKeyCredential.isConditionalMediationAvailable = async () => false")
    enter(page, site, cbo.address)
    cdp, device = authenticator(page)
    make(page, site, "Laptop")
    leave(page, site)
    answers = []
    page.on(
        "request",
        lambda sent: answers.append(sent.post_data) if sent.url.endswith("/sign-in/passkey") else None,
    )
    page.get_by_role("button", name="Sign in with a passkey").click()
    page.wait_for_url(lambda url: "/sign-in" not in url)

    # A copy of the key that counts from the beginning: the count fell back, so it is refused.
    [credential] = cdp.send("WebAuthn.getCredentials", {"authenticatorId": device})["credentials"]
    cdp.send(
        "WebAuthn.removeCredential", {"authenticatorId": device, "credentialId": credential["credentialId"]}
    )
    cdp.send(
        "WebAuthn.addCredential", {"authenticatorId": device, "credential": {**credential, "signCount": 0}}
    )
    leave(page, site)
    page.get_by_role("button", name="Sign in with a passkey").click()
    page.get_by_text("No passkey of this device fits").wait_for()

    # What was sent once is nothing the second time, nor at another place, nor against another question.
    from urllib.parse import parse_qs  # noqa: PLC0415 - the one use

    answer = parse_qs(answers[0])["credential"][0]
    origin = site
    challenge = json.loads(_client_data(answer))["challenge"]
    assert passkeys.check(database.app, answer, challenge, Place("localhost", origin)) is None
    for wrong in ("", "{}", "[]", "null", '{"id": "x"}', answer[:-20]):
        assert passkeys.check(database.app, wrong, challenge, Place("localhost", origin)) is None

    # A device that does not make sure who holds it makes no passkey here.
    cdp.send("WebAuthn.removeVirtualAuthenticator", {"authenticatorId": device})
    enter(page, site, cbo.address)
    authenticator(page, verifies=False)
    page.goto(f"{site}/account/passkeys/new")
    page.get_by_role("button", name="Make the passkey").click()
    page.locator("[data-passkey-failed]").wait_for(state="visible")


def _client_data(answer):
    import base64  # noqa: PLC0415 - the one use

    text = json.loads(answer)["response"]["clientDataJSON"]
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
