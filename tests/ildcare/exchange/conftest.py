"""A ward and a physician."""

import pytest

from patients.models import Role, User
from tests.patients.conftest import make_user
from tests.patients.conftest import other_ward as other_ward
from tests.patients.conftest import physician as physician
from tests.patients.conftest import ward as ward


@pytest.fixture
def administrator(db) -> User:
    return make_user("admin", Role.ADMINISTRATOR)
