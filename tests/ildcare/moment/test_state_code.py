"""The short code on a printed sheet: it comes back whole, and a slip of the pen is found."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ildcare.moment.state_code import CHECK, SIGNS, code_of, read_code

patients = st.integers(1, 2**40)
moments = st.datetimes(datetime(2000, 1, 1), datetime(2400, 1, 1)).map(lambda x: x.replace(microsecond=0, tzinfo=UTC))


@given(patients, moments)
def test_a_code_comes_back(patient: int, moment: datetime) -> None:
    code = code_of(patient, moment)
    assert read_code(code) == (patient, moment)
    assert read_code(f" {code.lower().replace('-', ' ')} ") == (patient, moment)


@given(patients, moments, st.data())
def test_one_wrong_sign_is_found(patient: int, moment: datetime, data: st.DataObject) -> None:
    signs = list(code_of(patient, moment).replace("-", ""))
    place = data.draw(st.integers(0, len(signs) - 1))
    allowed = CHECK if place == len(signs) - 1 else SIGNS
    signs[place] = data.draw(st.sampled_from([x for x in allowed if x != signs[place]]))
    with pytest.raises(ValueError, match="code"):
        read_code("".join(signs))


@given(patients, moments, st.data())
def test_exchanged_neighbours_are_found(patient: int, moment: datetime, data: st.DataObject) -> None:
    signs = list(code_of(patient, moment).replace("-", ""))
    place = data.draw(st.integers(0, len(signs) - 3))
    if signs[place] == signs[place + 1]:
        return
    signs[place : place + 2] = signs[place + 1], signs[place]
    with pytest.raises(ValueError, match="code"):
        read_code("".join(signs))


@pytest.mark.parametrize("text", ["", "-", "田中", "P-1001", "0", "00", "1", "Z" * 40, "12345678"])
def test_what_is_no_code_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="code"):
        read_code(text)


def test_letters_that_look_like_digits_are_read_as_digits() -> None:
    moment = datetime(2026, 5, 3, 7, 0, tzinfo=UTC)
    code = code_of(33, moment)
    assert read_code(code.replace("1", "l").replace("0", "O")) == (33, moment)
