"""What servers and proxies answer in place of an interaction: exit code and words."""

import json
from typing import Any

import pytest

from tests.conftest import KEY, Done, FakeClock, Gi
from tests.following import runs_on
from tests.scripted import Reply, ScriptedServer, body_reply, json_reply, raw, sse
from tests.test_streams import TARGET, stream

A = {"error": {"message": "Unknown parameter 'x'.", "code": "invalid_request"}}
INFO = {
    "@type": "type.googleapis.com/google.rpc.ErrorInfo",
    "reason": "API_KEY_INVALID",
}
PAGE = b"<!doctype html>\n<html><head><title>Sign\n in</title></head><body>x</body>"

REFUSED = "gi: error: the API refused the request: "
SIGN_IN = "an HTML page (Sign in)"
MAY_EXIST = "; the interaction may have been created; it was not sent again"
PROXY = "gi: hint: a proxy may have answered: check --base-url and HTTPS_PROXY\n"
SET_KEY = "gi: hint: the key is from GEMINI_API_KEY\ngi: hint: gi doctor\n"


def to_json(value: Any) -> bytes:
    return json.dumps(value).encode()


def create(gi: Gi, server: ScriptedServer, reply: Reply, *argv: str, code: int) -> Done:
    """One create that is answered so; nothing of this is ever sent twice."""
    server.expect("POST", TARGET, reply)
    words = ("create", "hi", "--base-url", server.url, *argv)
    done = gi(*words, code=code, clock=FakeClock())
    assert [request.method for request in server.requests].count("POST") == 1
    return done


TOLD_A = " invalid_request: Unknown parameter 'x'."


def google(message: str, status: str, *details: Any) -> dict[str, Any]:
    error = {"code": 400, "message": message, "status": status}
    return {"error": {**error, "details": list(details)}}


@pytest.mark.parametrize(
    ("reply", "told"),
    [
        pytest.param(body_reply(b"", status=401), "401: the body is empty", id="401"),
        pytest.param(
            json_reply([google("No.", "PERMISSION_DENIED")], 403),
            "403 PERMISSION_DENIED: No.",
            id="403",
        ),
        pytest.param(
            json_reply(google("Bad key.", "INVALID_ARGUMENT", INFO), 400),
            "400 API_KEY_INVALID: Bad key.",
            id="reason",
        ),
        pytest.param(
            json_reply(google("API key expired.", "INVALID_ARGUMENT"), 400),
            "400 INVALID_ARGUMENT: API key expired.",
            id="words",
        ),
    ],
)
def test_key_is_refused(
    reply: Reply, told: str, gi: Gi, server: ScriptedServer
) -> None:
    done = create(gi, server, reply, code=3)
    assert done == Done(3, b"", f"{REFUSED}{told}\n{SET_KEY}")


@pytest.mark.parametrize("location", [TARGET, "https://other.example/", "http://x/"])
@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_redirect_is_not_followed(
    status: int, location: str, gi: Gi, server: ScriptedServer
) -> None:
    reply = body_reply(PAGE, "text/html", status, {"location": location})
    done = create(gi, server, reply, code=5)
    said = f"{REFUSED}{status}: redirects are not followed: {location}\n{PROXY}"
    assert done == Done(5, b"", said)


ECHOES = {
    "message": json_reply({"error": {"message": f"bad {KEY}", "code": "x"}}, 400),
    "code": json_reply({"error": {"message": "bad", "code": f"x-{KEY}"}}, 400),
    "page": body_reply(f"<title>{KEY}</title>".encode(), "text/html", 502),
    "header": json_reply(A, 400, {"x-seen": KEY}),
    "location": body_reply(b"", status=302, headers={"location": f"http://x/?k={KEY}"}),
    "200": json_reply({"error": {"message": KEY, "code": KEY}}),
    "event": sse(
        b"event: error\ndata: %b\n\n"
        % to_json({"error": {"message": KEY, "code": KEY}})
    ),
}


@pytest.mark.parametrize("format", ["text", "json"])
@pytest.mark.parametrize("where", ECHOES)
def test_echoed_key_is_redacted(
    where: str, format: str, gi: Gi, server: ScriptedServer
) -> None:
    server.expect("POST", TARGET, ECHOES[where])
    argv = ("create", "hi", "--base-url", server.url, "-v", "--format", format)
    environ = {"GEMINI_API_KEY": KEY, "GI_DEBUG": "1"}
    code = {"page": 5, "location": 5}.get(where, 1)
    done = gi(*argv, code=code, environ=environ, clock=FakeClock())
    assert KEY not in done.out.decode() + done.err


HELLO = {"type": "model_output", "content": [{"type": "text", "text": "Hello."}]}
WHOLE = {"id": "v1_abc", "status": "completed", "steps": [HELLO]}
OK = b"HTTP/1.1 200 OK\r\n"
CAPITALS = OK + b"Content-Type: Text/Event-Stream\r\n\r\n"
COUNTED = ", ".join(str(number) for number in range(1, 26)) + "\n"
NONE = "gi: error: the answer is no interaction:"
ENDED = "gi: error: the stream ended before the interaction was completed"
UNSURE = f"{ENDED}; the interaction may have been created\n"
ANSWERS = {
    "HTML": (body_reply(PAGE, "text/html"), 5, f"{NONE} 200: {SIGN_IN}\n{PROXY}"),
    "204": (raw(b"HTTP/1.1 204 No Content\r\n\r\n"), 5, UNSURE),
    "no bytes": (sse(), 5, UNSURE),
    "JSON": (json_reply(WHOLE), 0, "Hello.\n"),
    "JSON error": (json_reply(A), 1, f"{NONE}{TOLD_A}\n"),
    "no type": (raw(OK + b"\r\n" + stream("text")), 0, COUNTED),
    "no type, JSON": (raw(OK + b"\r\n" + to_json(WHOLE)), 0, "Hello.\n"),
    "type in capitals": (raw(CAPITALS + stream("text")), 0, COUNTED),
}


@pytest.mark.parametrize("name", ANSWERS)
def test_answer_of_another_type(name: str, gi: Gi, server: ScriptedServer) -> None:
    reply, code, told = ANSWERS[name]
    done = create(gi, server, reply, code=code)
    assert (done.out.decode(), done.err) == (("", told) if code else (told, ""))


def event(data: Any, name: str = "error") -> bytes:
    return b"event: %b\ndata: %b\n\n" % (name.encode(), to_json(data))


def error(value: Any) -> bytes:
    return event({"event_type": "error", "error": value})


SO_FAR = stream("bare-error-array").partition(b"[{")[0]
ID = "gi: id: v1_Che_cIKO8iNbuS1EvzAWPKp4ZYlsepn3cvA\n"
FAILED = "gi: error: the interaction failed:"
LATE = {"code": "gateway_timeout", "message": "Too long."}
GONE = {"error": {"code": 503, "message": "Gone.", "status": "UNAVAILABLE"}}
TOLD_LATE = f"{FAILED} gateway_timeout: Too long.\n"
TOLD_GONE = f"{ENDED}: 503 UNAVAILABLE: Gone.\n"
COMPLETED = event({"interaction": {"status": "completed"}}, "interaction.completed")
EMPTY = {"code": "deadline_exceeded", "message": ""}
TOLD_EMPTY = f"{FAILED} deadline_exceeded\n"
MIDDLES = {
    "message": (error(LATE), 5, TOLD_LATE),
    "empty message": (error(EMPTY), 5, TOLD_EMPTY),
    "code only": (error({"code": "internal"}), 5, f"{FAILED} internal\n"),
    "a string": (error("Boom."), 5, f"{FAILED} Boom.\n"),
    "null": (error(None), 5, f"{FAILED} no reason given\n"),
    "absent": (event({"event_type": "error"}), 5, f"{FAILED} no reason given\n"),
    "event line only": (event(A), 1, f"{FAILED}{TOLD_A}\n"),
    "then completed": (error(LATE) + COMPLETED, 5, TOLD_LATE),
    "after completed": (COMPLETED + error(LATE), 5, TOLD_LATE),
    "bare line": (to_json(A) + b"\n", 1, f"{ENDED}:{TOLD_A}\n"),
    "bare line without end": (to_json(A), 1, f"{ENDED}:{TOLD_A}\n"),
    "bare, pretty": (json.dumps(GONE, indent=2).encode(), 5, TOLD_GONE),
    "bare, pretty list": (json.dumps([GONE], indent=2).encode(), 5, TOLD_GONE),
    "bare list": (to_json([GONE]), 5, TOLD_GONE),
    "page": (PAGE, 5, f"{ENDED}: 200: {SIGN_IN}\n{PROXY}"),
    "half an event": (error(LATE)[:-9], 5, f"{ENDED}\n"),
    "nothing": (b"", 5, f"{ENDED}\n"),
}


@pytest.mark.parametrize("name", MIDDLES)
def test_error_in_a_stream(name: str, gi: Gi, server: ScriptedServer) -> None:
    middle, code, told = MIDDLES[name]
    runs_on(server, ID[8:-1])  # it is asked for, and nothing comes of that
    done = create(gi, server, sse(SO_FAR, middle), code=code)
    hint = f"gi: hint: gi wait --base-url {server.url} {ID[8:]}" if code == 5 else ""
    assert done == Done(code, b"So far so good", told + hint + ID)
