"""Requests here are watched: whoever changes a district's rows leaves an entry in its record."""

import pytest

from tests.support.recording import watch


@pytest.fixture
def app(app):
    """Give the application under watch."""
    watch(app)
    return app
