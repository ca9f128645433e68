"""Sends what is due, as the sender does, in its own process: `python -m tests.faults.send_now`."""

import os

import django


def main() -> None:
    """Once; prints how many tries were made."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ildcare.settings")
    django.setup()
    from ildcare.notifying.sending import send_notifications

    print(f"{send_notifications()} tries")


if __name__ == "__main__":
    main()
