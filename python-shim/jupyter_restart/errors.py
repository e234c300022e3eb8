"""What can go wrong on the way to the service, each with the exit code that the command line gives it."""

from __future__ import annotations

import json

FAILED = 1
USAGE = 2
NOT_RUNNING = 3
NO_SUCH_APP = 4
REFUSED = 5


class ControlError(Exception):
    """A call that was not carried out; `detail` says what was tried, what happened and what to do.

    `is_plain` where the detail is printed as it is, for programs that read it.
    """

    is_plain = False

    def __init__(self, code: str, detail: str, exit_code: int = FAILED) -> None:
        super().__init__(detail)
        self.code = code
        self.detail = detail
        self.exit_code = exit_code


class ServiceNotRunningError(ControlError):
    """Nobody answers where the service should."""

    def __init__(self, detail: str) -> None:
        super().__init__("service_not_running", detail, NOT_RUNNING)


class NoSuchAppError(ControlError):
    """The service knows no app of that name."""

    def __init__(self, detail: str) -> None:
        super().__init__("no_such_app", detail, NO_SUCH_APP)


class RefusedError(ControlError):
    """The service cannot do that as things are."""

    def __init__(self, detail: str) -> None:
        super().__init__("refused", detail, REFUSED)


class UsageError(ControlError):
    """The caller asked for something that has no meaning, or the config file is wrong."""

    def __init__(self, detail: str, code: str = "bad_request") -> None:
        super().__init__(code, detail, USAGE)


class ForeignAnswerError(ControlError):
    """Something that is no restart service answers on its port, which a dead service may have left to it."""

    def __init__(self, asked: str, how: str) -> None:
        super().__init__("foreign", f"{asked} was answered {how}: is this the restart service?")


def of_problem(asked: str, status: int, body: bytes) -> ControlError:
    """Make the error that an answer other than 2xx stands for; `asked` names the request."""
    try:
        problem = json.loads(body)
        code, detail = str(problem["code"]), str(problem["detail"])
    except (ValueError, KeyError, TypeError):
        return ForeignAnswerError(asked, f"with status {status} and no explanation")
    if code == "no_such_app":
        return NoSuchAppError(detail)
    if code == "refused":
        return RefusedError(detail)
    if code in {"bad_request", "config_error"}:
        return UsageError(detail, code)
    return ControlError(code, detail)
