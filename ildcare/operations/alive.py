"""The container's own question: does this web server answer? Standard library only: it is asked every half minute."""

import os
import sys
from urllib.request import Request, urlopen


def main() -> None:
    """Exit code 0 if it does. The name of the site is sent along, because the server refuses others."""
    site = os.environ.get("ALLOWED_HOSTS", "localhost").split(",")[0].strip().lstrip(".")
    question = Request("http://127.0.0.1:8000/health/live", headers={"Host": site})
    with urlopen(question, timeout=5) as answer:  # noqa: S310 - the same
        sys.exit(0 if answer.status == 200 else 1)


if __name__ == "__main__":
    main()
