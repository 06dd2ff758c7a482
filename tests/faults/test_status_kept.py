"""Statuses as the ledger keeps them, whatever way they are written."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.calling import event
from tests.conftest import KEY, Done, FakeClock, run_main
from tests.faults.catalogue import held
from tests.faults.rows import CREATED, HEAD, ID, TARGET, Exchange, get, post
from tests.faults.timed import URL, Timed
from tests.scripted import json_reply, sse

BEGUN = post(sse(CREATED))


def run(home: Path, *argv: str, script: tuple[Exchange, ...], code: int = 0) -> Done:
    clock = FakeClock()
    service = Timed(script, clock)
    environ = {"GEMINI_API_KEY": KEY, "XDG_STATE_HOME": str(home)}
    argv = (*argv, "--base-url", URL)
    done = run_main(*argv, clock=clock, service=service, environ=environ, code=code)
    service.assert_over()
    return done


def told(status: Any) -> Exchange:
    return get(json_reply(HEAD | {"status": status}))


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        pytest.param(
            "COMPLETED", "completed", marks=held("F62", "an upper-case status")
        ),
        pytest.param(None, None, marks=held("F62", "a null status")),
        pytest.param("odd", "odd", marks=held("F61", "an unknown status")),
    ],
)
def test_a_status_in_the_list(given: Any, kept: Any, tmp_path: Path) -> None:
    """It is asked for again until it is one that ends."""
    run(tmp_path, "create", "hi", "--background", "--detach", script=(BEGUN,))
    listed = ("list", "--refresh", "--json")
    (row,) = json.loads(run(tmp_path, *listed, script=(told(given),)).out)
    assert (row["id"], row["status"]) == (ID, kept)
    again = () if given == "COMPLETED" else (told("failed"),)
    (row,) = json.loads(run(tmp_path, *listed, script=again).out)
    assert row["status"] == ("failed" if again else "completed")


@pytest.mark.parametrize("nested", [True, False])
@held("F68", "failed with errors")
def test_why_it_failed_in_an_event_of_its_own(nested: bool, tmp_path: Path) -> None:
    """Under `interaction` as well as flat in the event."""
    errors = [{"code": 13, "message": "Lost."}]
    ended = HEAD | {"status": "failed", "errors": errors}
    flat = {"interaction_id": ID, "status": "failed", "errors": errors}
    fields: dict[str, Any] = {"interaction": ended} if nested else flat
    stream = sse(CREATED, event("interaction.failed", **fields))
    done = run(tmp_path, "create", "hi", script=(post(stream),), code=1)
    said = "gi: error: the interaction ended failed: 13: Lost."
    assert done == Done(1, b"", f"{said}\ngi: id: {ID}\n")


@held("F62", "an upper-case status")
def test_the_status_of_a_cancel(tmp_path: Path) -> None:
    run(tmp_path, "create", "hi", "--background", "--detach", script=(BEGUN,))
    reply = json_reply(HEAD | {"status": "CANCELLED"})
    asked = ("POST", f"{TARGET}/{ID}/cancel", reply)
    assert run(tmp_path, "cancel", ID, script=(asked,)).err == ""
    (row,) = json.loads(run(tmp_path, "list", "--json", script=()).out)
    assert row["status"] == "cancelled"
