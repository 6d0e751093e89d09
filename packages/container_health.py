"""Tell Docker whether what runs in the container answers: exit code 0, or 1 and the reason.

`RENAI_HEALTH_URL` says what is asked; without it, the gateway where it listens by default. A page
that wants to know who asks (status 401 or 403) answers, and so does one with a certificate for
another name than that of the loopback.
"""

from __future__ import annotations

import os
import ssl
import sys
from http.client import HTTPException
from urllib.error import HTTPError
from urllib.request import HTTPSHandler, ProxyHandler, build_opener

URL = "http://127.0.0.1:4000/health/live"
SECONDS = 4


def main() -> int:
    """Ask once; returns an exit code."""
    unverified = ssl.create_default_context()
    unverified.check_hostname = False
    unverified.verify_mode = ssl.CERT_NONE
    opener = build_opener(ProxyHandler({}), HTTPSHandler(context=unverified))
    try:
        opener.open(os.environ.get("RENAI_HEALTH_URL", URL), timeout=SECONDS).close()
    except HTTPError as answer:
        if answer.code in (401, 403):
            return 0
        print(f"answered with status {answer.code}", file=sys.stderr)
        return 1
    except (OSError, HTTPException, ValueError) as error:
        print(f"does not answer: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
