"""What nobody would type on purpose where a person says whose a message is: an answer in words, and nothing stored."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from patients.models import Measurement, MessagePart, Source
from tests.ildcare.exchange.test_arrivals import FERRITIN, PERSON, take
from tests.ildcare.exchange.test_arrivals import pharmacist as pharmacist
from tests.ildcare.exchange.test_arrivals import source as source
from tests.patients.conftest import ward as ward
from tests.patients.imports.sending import obx

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    "words", ["\x00", "a\x00b", "%", "_", "\\", "'", "９" * 500, "\ud7ff", "0001-01-01", "-1", " "]
)
def test_odd_words_of_a_search_for_the_patient_find_or_say_nothing(
    pharmacist: Client, source: Source, words: str
) -> None:
    take(source, obx(FERRITIN, "1679", "ng/mL"), person=PERSON.replace("7001234", "555"))
    part = MessagePart.objects.get()
    page = reverse("part_person", args=[part.pk])
    assert pharmacist.post(reverse("part_find", args=[part.pk]), {"words": words}).status_code == 200
    for told in (words, "9" * 18, "9" * 19, ""):
        sent = {"patient": told, "words": words, "reason": words}
        assert pharmacist.post(reverse("part_pick", args=[part.pk]), sent).status_code in (404, 422)
    assert pharmacist.get(page).status_code == 200
    assert pharmacist.get(reverse("arrival_list")).status_code == 200
    assert not Measurement.objects.exists()
