"""A token that may only read is held to that by the database, whatever a view would do."""

import pytest
import sqlalchemy as sa

from apportion.request import transaction
from apportion.routing import Area
from tests.support import factories
from tests.support.acting import acting


@pytest.fixture
def careless(app):
    """Give the application a view at the interface that writes although it is only asked."""
    extra = Area("careless", __name__, url_prefix="/api/v1/careless")

    @extra.get("/<int:district_id>", permission="profile:view")
    def careless(district_id):
        with transaction() as session:
            session.execute(sa.text("set local transaction_read_only = off"))
            session.execute(
                sa.text("update process_step set evidence = 'x' where district_id = :d"), {"d": district_id}
            )
        return "written"

    app.register_blueprint(extra)
    return app


def test_a_view_that_writes_fails_for_a_token_that_may_only_read(careless, database, redis):
    district = factories.make_district(database)
    person = factories.make_member(database, district, "CBO", True)
    address = f"/api/v1/careless/{district.id}"
    assert acting(careless, database, person).get(address).status_code == 200
    reader = acting(careless, database, person, read_only=True)
    assert reader.get(address).status_code == 500, "neither written, nor switched back"
    for path in ("/api/v1/me", f"/api/v1/districts/{district.id}/datasets", "/api/v1/access"):
        assert reader.get(path).status_code == 200
