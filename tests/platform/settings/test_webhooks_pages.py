"""The pages of notices: an inward address is refused, a secret is shown once, what was sent can be resent."""

import dataclasses
import re

import pytest

from apportion.app import create_app
from tests.support import factories, forms


@pytest.fixture
def pages(database, redis):
    made = create_app(dataclasses.replace(database.settings, allow_loopback=True))
    yield made
    held = made.extensions["apportion"]
    held.database.close()
    held.redis.close()


def signed_in(app, person):
    client = app.test_client()
    assert forms.sign_in(client, person.address).status_code == 302
    return client


def post(client, address, /, **values):
    return forms.post(client, address, "/account", **values)


def test_an_address_from_its_adding_to_its_removal(app, pages, database):
    district = factories.make_district(database)
    steward = factories.make_member(database, district, "CBO", True)
    base = f"/d/{district.id}/settings/webhooks"
    wish = {"name": "Sync", "address": "http://127.0.0.1:9/hears", "events": ["dataset.accepted"]}
    closed = signed_in(app, steward)
    for address in (wish["address"], "https://10.0.0.1/", "https://169.254.169.254/latest", "no address"):
        refused = post(closed, base, **{**wish, "address": address})
        assert refused.status_code == 422, address
    client = signed_in(pages, steward)
    assert post(client, base, **{**wish, "events": ["plan.read"]}).status_code == 422
    made = post(client, base, **wish).get_data(as_text=True)
    secret = re.search(r"whsec_[\w-]{43}", made).group(0)
    [number] = set(re.findall(rf"{base}/(\d+)", client.get(base).get_data(as_text=True)))
    place = f"{base}/{number}"
    assert secret not in client.get(place).get_data(as_text=True)
    assert post(client, place, act="test").status_code == 302
    page = client.get(place).get_data(as_text=True)
    assert "on its way" in page
    notice = re.search(rf"{place}/(\d+)", page).group(1)
    assert post(client, f"{place}/{notice}").status_code == 302
    assert post(client, f"{place}/{number}").status_code == 404
    again = post(client, place, act="rotate").get_data(as_text=True)
    assert re.search(r"whsec_[\w-]{43}", again).group(0) != secret
    assert "also with the one before" in again
    changed = post(client, place, act="change", **{**wish, "name": "Other", "events": ["comment.received"]})
    assert changed.status_code == 302
    assert "Other hears of this district" in client.get(place).get_data(as_text=True)
    assert post(client, place, act="removed").status_code == 302
    assert client.get(place).status_code == 404
    head = signed_in(pages, factories.make_member(database, district, "CAO", True))
    assert head.get(base).status_code == 403
