"""Alerts in PostgreSQL: stored once, following the facts, acknowledged by a person; with real constraints and triggers."""

import pytest

pytestmark = pytest.mark.django_db


def test_smoke():
    from monitoring.models import Alert

    assert Alert.objects.count() == 0
