"""How tests wait for what is bound to come."""

import time

TIMEOUT_S = 40


def wait_until(condition, timeout_s=None, what="the condition"):
    """Poll `condition` until it gives something true, and return that."""
    deadline = time.monotonic() + (timeout_s or TIMEOUT_S)
    while time.monotonic() < deadline:
        found = condition()
        if found:
            return found
        time.sleep(0.02)
    raise AssertionError(f"{what} did not come true within {timeout_s or TIMEOUT_S} s")
