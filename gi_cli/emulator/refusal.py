"""How the API says no: a status and one of its two JSON error shapes."""

from __future__ import annotations

from typing import Any


class RefusedError(Exception):
    """A request that is answered with an error body."""

    def __init__(self, status: int, body: dict[str, Any]) -> None:
        super().__init__(status, body)
        self.status = status
        self.body = body


def invalid(message: str) -> RefusedError:
    """Refuse a request that can never succeed as it is."""
    return _refused(400, message, "invalid_request")


def not_found(message: str) -> RefusedError:
    """Refuse a path or an id that does not exist."""
    return _refused(404, message, "not_found")


def internal(message: str) -> RefusedError:
    """Say that the server is at fault."""
    return _refused(500, message, "internal_error")


def bad_key() -> RefusedError:
    """Refuse the key, in the shape of Google's front end rather than the API's own."""
    return RefusedError(
        400,
        {
            "error": {
                "code": 400,
                "message": "API key not valid. Please pass a valid API key.",
                "status": "INVALID_ARGUMENT",
                "details": [
                    {
                        "@type": "type.googleapis.com/google.rpc.ErrorInfo",
                        "reason": "API_KEY_INVALID",
                        "domain": "googleapis.com",
                        "metadata": {"service": "generativelanguage.googleapis.com"},
                    }
                ],
            }
        },
    )


def _refused(status: int, message: str, code: str) -> RefusedError:
    return RefusedError(status, {"error": {"message": message, "code": code}})
