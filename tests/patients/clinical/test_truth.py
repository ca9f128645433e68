"""Three-valued logic."""

import itertools

import pytest

from patients.clinical.truth import Truth, all_of, any_of, truth

Y, N, U = Truth.YES, Truth.NO, Truth.UNKNOWN


@pytest.mark.parametrize("answers", list(itertools.product((Y, N, U), repeat=3)))
def test_any_and_all_agree_with_every_completion(answers):
    """An answer is known exactly when every way of filling in the unknowns gives it."""
    completions = list(itertools.product(*([x] if x is not U else [Y, N] for x in answers)))
    for combine, plain in ((any_of, any), (all_of, all)):
        outcomes = {plain(x is Y for x in completion) for completion in completions}
        assert combine(answers) is (truth(outcomes.pop()) if len(outcomes) == 1 else U)


def test_one_no_and_four_unknown_is_unknown():
    assert any_of([N, U, U, U, U]) is U


def test_a_truth_cannot_be_used_as_a_boolean():
    with pytest.raises(TypeError):
        bool(Truth.UNKNOWN)
