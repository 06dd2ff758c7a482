"""How the API says no: a status and one of its two JSON error shapes."""

from __future__ import annotations

from typing import Any


class RefusedError(Exception):
    """A request that is answered with an error body.

    What is found `late` comes as an event where a stream was asked for.
    """

    def __init__(
        self, status: int, body: dict[str, Any], *, late: bool = False
    ) -> None:
        super().__init__(status, body)
        self.status, self.body, self.late = status, body, late


def invalid(message: str) -> RefusedError:
    """Refuse a request that can never succeed as it is."""
    return _refused(400, message, "invalid_request")


def late(message: str) -> RefusedError:
    """Refuse what only the model's side notices."""
    refused = invalid(message)
    return RefusedError(refused.status, refused.body, late=True)


def not_found(message: str) -> RefusedError:
    """Refuse a path or an id that does not exist."""
    return _refused(404, message, "not_found")


def no_route(method: str, path: str) -> RefusedError:
    """Refuse what nobody answers: the front end routes by method and path together."""
    return not_found(f"{method} {path} does not exist.")


def internal(message: str) -> RefusedError:
    """Say that the server is at fault."""
    return _refused(500, message, "internal_error")


def bad_key() -> RefusedError:
    """Refuse the key."""
    detail = {
        "@type": "type.googleapis.com/google.rpc.ErrorInfo",
        "reason": "API_KEY_INVALID",
        "domain": "googleapis.com",
        "metadata": {"service": "generativelanguage.googleapis.com"},
    }
    message = "API key not valid. Please pass a valid API key."
    return _by_front_end(400, "INVALID_ARGUMENT", message, details=[detail])


def no_key() -> RefusedError:
    """Refuse a request without a key."""
    message = (
        "Method doesn't allow unregistered callers (callers without established "
        "identity). Please use API Key or other form of API consumer identity to call "
        "this API."
    )
    return _by_front_end(403, "PERMISSION_DENIED", message)


def no_file(file_id: str) -> RefusedError:
    """Refuse a file that does not exist, without saying that it does not."""
    return _by_front_end(
        403,
        "PERMISSION_DENIED",
        f"You do not have permission to access the File {file_id} or it may not exist.",
    )


def not_active(file_id: str) -> RefusedError:
    """Refuse to use a file that is still being processed."""
    return _by_front_end(
        400,
        "FAILED_PRECONDITION",
        f"The File {file_id} is not in an ACTIVE state and usage is not allowed.",
    )


def taken(file_id: str) -> RefusedError:
    """Refuse a name that another file has."""
    message = f"The File {file_id} already exists."
    return _by_front_end(409, "ALREADY_EXISTS", message)


def _refused(status: int, message: str, code: str) -> RefusedError:
    return RefusedError(status, {"error": {"message": message, "code": code}})


def _by_front_end(
    status: int, name: str, message: str, **more: list[dict[str, Any]]
) -> RefusedError:
    """Refuse in the shape of Google's front end rather than the API's own."""
    error = {"code": status, "message": message, "status": name, **more}
    return RefusedError(status, {"error": error})
