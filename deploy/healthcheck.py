"""Ends with 0 if the server in this container answers, else with 1; needs nothing but Python.

ALPR_POLICY_HEALTH_URL says where to ask, http://127.0.0.1:8181/health if it is not set. The certificate is not looked
at: it is made out to another name than this machine's own address, and nothing is sent.
"""

from __future__ import annotations

import os
import ssl
import sys
import urllib.request

URL = os.environ.get("ALPR_POLICY_HEALTH_URL", "http://127.0.0.1:8181/health")
SECONDS = 3.0


def main() -> int:
    """Ask once, and never through a proxy."""
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    handlers = (urllib.request.ProxyHandler({}), urllib.request.HTTPSHandler(context=context))
    try:
        with urllib.request.build_opener(*handlers).open(URL, timeout=SECONDS) as answer:
            return 0 if answer.status == 200 else 1
    except (OSError, ValueError) as error:
        print(f"no answer: {error}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
