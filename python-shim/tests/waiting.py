"""How tests wait for what is bound to come."""

import contextlib
import time

# A command that needs a processor for a second has it after half a minute where twenty others want it, too.
TIMEOUT_S = 100


def wait_until(condition, what="the condition", timeout_s=None, *, through=()):
    """Poll `condition` until it gives something true, and return that.

    `what` tells of it where it does not come; one that is called does so with what is known then. `through`: errors
    that do not matter until then.
    """
    deadline = time.monotonic() + (timeout_s or TIMEOUT_S)
    while True:
        # Read before the look: however long that takes, the last one is not of before the deadline.
        is_last = time.monotonic() > deadline
        with contextlib.suppress(*through):
            if found := condition():
                return found
        if is_last:
            told = what() if callable(what) else what
            raise AssertionError(f"{told} did not come true within {timeout_s or TIMEOUT_S} s")
        time.sleep(0.02)
