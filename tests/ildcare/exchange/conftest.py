"""A ward and a physician."""

from tests.patients.conftest import other_ward as other_ward
from tests.patients.conftest import physician as physician
from tests.patients.conftest import ward as ward
