"""What the service refuses of a turn, and what gi refuses for it."""

from typing import Any

import pytest

from gi_cli.wire.failure import KEY_HINT
from tests.calling import Json, body, saying
from tests.conftest import FakeClock, Gi
from tests.faults.catalogue import held
from tests.faults.rows import FORMATS, KINDS, TARGET, Row, params, post, replay
from tests.following import refusal
from tests.scripted import ScriptedServer


def refused(
    id: str,
    what: str,
    argv: tuple[str, ...],
    *said: Any,
    code: int = 1,
    more: str = "",
    hints: tuple[str, ...] = (),
    recorded: tuple[str, ...] | None = None,
) -> Row:
    """A create that the service refuses."""
    status, reason, message = said
    told = f"the API refused the request: {status} {reason}: {message}{more}"
    kind, _ = KINDS[code]
    error = {
        "error_type": kind,
        "error_reason": reason,
        "message": told,
        "hints": [*(hints if recorded is None else recorded)],
        "status_code": status,
        "retryable": False,
    }
    hinted = "".join(f"gi: hint: {hint}\n" for hint in hints)
    return Row(
        *(id, what, (post(refusal(*said)),), code, b"", b""),
        err=f"gi: error: {told}\n{hinted}",
        result={"error": error},
        argv=argv,
    )


AGENT = "deep-research-preview-04-2026"
GONE = "; it goes on from v1_1, which is gone if it has expired (after 55 days, 1 on "
GONE += "the free tier) or belongs to another project"
CONTINUE = ("continue", "more", "--id", "v1_1")
FOREIGN = ("the key is from GEMINI_API_KEY", "gi doctor")
NOT_FOUND = (404, "not_found", "Interaction not found.")
DENIED = (403, "permission_denied", "You cannot read it.")
ROWS = [
    refused("F114", "the previous id gives 404", CONTINUE, *NOT_FOUND, more=GONE),
    refused(
        *("F114", "the previous id gives 403", CONTINUE, *DENIED),
        code=3,
        more=GONE,
        hints=FOREIGN,
        recorded=(KEY_HINT,),
    ),
    refused(
        *("F115", "501 on the next turn", CONTINUE),
        *(501, "not_implemented", "It used google_search."),
        code=5,
    ),
    refused(
        *("F119", "an agent as a model", ("create", "hi", "-m", AGENT)),
        *(400, "invalid_request", f"{AGENT} is an agent: use `agent`."),
    ),
    refused(
        *("F120", "an agent in the foreground", ("create", "hi", "--agent", AGENT)),
        *(400, "invalid_request", "Agents are required to use background=true."),
    ),
    refused(
        *("F121", "a model that is gone", ("create", "hi", "-m", "gemini-old")),
        *(404, "model_not_found", "gemini-old is gone. Use gemini-3-flash-preview."),
    ),
]
SENT: dict[str, Json] = {
    "F119": {"model": AGENT, "input": "hi", "stream": True},
    "F120": {"agent": AGENT, "input": "hi", "stream": True},
    "F121": {"model": "gemini-old", "input": "hi", "stream": True},
}
NEXT = {**body(input="more", stream=True), "previous_interaction_id": "v1_1"}
del NEXT["tools"]


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize("row", params(ROWS))
def test_refused(row: Row, format: str, gi: Gi, server: ScriptedServer) -> None:
    """Once, with what the service said; what it said is not asked for again."""
    if row.argv == CONTINUE:
        server.expect("POST", TARGET, saying(id="v1_1"))
        gi("create", "hi", "--base-url", server.url)
        server.requests.clear()
    replay(row, format, gi, server, FakeClock())
    assert [request.json for request in server.requests] == [SENT.get(row.id, NEXT)]


@held("F116", "--no-store and --background")
@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize(
    ("argv", "what"),
    [
        (("--no-store", "--background"), "--no-store and --background"),
        (("--background", "-F", "store=false"), "store=false and --background"),
        (("--no-store", "-F", "background=true"), "--no-store and background"),
        (
            ("--body", '{"store": false}', "--background"),
            "store=false and --background",
        ),
    ],
)
def test_not_stored_in_the_background(
    argv: tuple[str, ...], what: str, format: str, gi: Gi, server: ScriptedServer
) -> None:
    """Refused before anything is sent."""
    err = f"gi: error: {what} contradict each other\n"
    row = Row(
        *("F116", "--no-store and --background", (), 2, b"", b"", err),
        argv=("create", "hi", *argv),
    )
    replay(row, format, gi, server)
    assert server.requests == []
