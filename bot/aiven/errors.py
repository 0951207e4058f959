"""What can go wrong with Aiven, by meaning.

AivenError
├── BadTokenError        the token is missing, expired or not known
├── ForbiddenError       the token is good and may not do this
├── NotFoundError        no such project, service or flow
├── ConflictError        it exists already, or the service is in no state for this
├── InvalidError         Aiven does not take what was sent; its own words say why
├── RateLimitedError     too many calls; `wait` says for how long, if Aiven did
├── UnavailableError     could not be read, or surely was not written; worth another try
└── UnknownOutcomeError  a write was sent and it cannot be told whether it took effect

The texts are sentences for people. They hold no token and no body, only the messages that Aiven meant for people:
bodies may hold credentials (aiven-go-client issue 369).
"""

from __future__ import annotations


class AivenError(Exception):
    """Something went wrong with Aiven. `status`: the HTTP status, None when there was none."""

    def __init__(self, message: str, *, status: int | None = None) -> None:
        super().__init__(message)
        self.status = status


class BadTokenError(AivenError):
    """401, or 403 with `Invalid token`."""


class ForbiddenError(AivenError):
    """403."""


class NotFoundError(AivenError):
    """404, and 405: there is no such call."""


class ConflictError(AivenError):
    """409."""


class InvalidError(AivenError):
    """400, 422, and every other 4xx without a meaning of its own."""


class RateLimitedError(AivenError):
    """429. `wait`: seconds that Aiven asks for."""

    def __init__(self, message: str, *, status: int | None = None, wait: float | None = None) -> None:
        super().__init__(message, status=status)
        self.wait = wait


class UnavailableError(AivenError):
    """Nothing was changed. `wait`: seconds that Aiven asks for."""

    def __init__(self, message: str, *, status: int | None = None, wait: float | None = None) -> None:
        super().__init__(message, status=status)
        self.wait = wait


class UnknownOutcomeError(AivenError):
    """A write was sent. `still_running`: Aiven took it, or we stopped waiting, so it may show later at any time."""

    def __init__(self, message: str, *, status: int | None = None, still_running: bool = False) -> None:
        super().__init__(message, status=status)
        self.still_running = still_running
