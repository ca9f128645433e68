from ildcare.evaluation.canaries import try_all
import pytest


@pytest.mark.django_db
def test_x():
    t = try_all()
    print(
        [(r.rule, r.error) for r in t.silent],
        t.not_run,
        sum(r.seconds for r in t.runs),
        max(t.runs, key=lambda r: r.seconds).__dict__,
    )
    assert not t.silent, t.silent
    assert 0
