"""`gi emulator --replay`: saved streams as answers, for gi, curl and any client."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import orjson
import pytest

from tests.emulated import HELLO, MODEL, RESEARCH, assert_refused, events
from tests.emulating import KEY, PATH, client, emulating
from tests.processes import environment, run

STREAMED = {**HELLO, "stream": True}
WEATHER = '{"name":"get_weather","parameters":{"type":"object"}}'


def asked(folder: Path, *argv: str, code: int = 0) -> bytes:
    env = environment(folder, GEMINI_API_KEY=KEY)
    return run(*argv, env=env, cwd=folder, code=code).out


def saved(folder: Path, name: str, *argv: str) -> bytes:
    """A stream as --save-events keeps it, from an emulator elsewhere."""
    asked(folder, "create", "--offline", "--save-events", name, *argv)
    return (folder / name).read_bytes()


@pytest.fixture
def hello(tmp_path: Path) -> bytes:
    return saved(tmp_path, "hello.sse", "Hello")


@pytest.fixture
def api(hello: bytes, tmp_path: Path) -> Iterator[httpx.Client]:
    """A service that has the one stream to give."""
    with (
        emulating(tmp_path, "--replay", "hello.sse") as running,
        client(running.url) as api,
    ):
        yield api


def id_of(data: bytes) -> str:
    return data.split(b'"id":"')[1].split(b'"')[0].decode()


def test_gi_gets_the_bytes_in_order(hello: bytes, tmp_path: Path) -> None:
    count = saved(tmp_path, "count.sse", "Count from 1 to 100")
    files = ("--replay", "count.sse", "--replay", "hello.sse")
    with emulating(tmp_path, *files) as running:
        reach = ("--base-url", running.url)
        assert asked(tmp_path, "create", "--sse", *reach, "x") == count
        text = asked(tmp_path, "create", *reach, "--save-events", "new.sse", "x")
        assert text == b"This is an emulated answer to: Hello\n"
        assert (tmp_path / "new.sse").read_bytes() == hello
        id = id_of(hello)
        assert asked(tmp_path, "get", *reach, id) == text
        assert asked(tmp_path, "create", *reach, "x", code=1) == b""
        assert asked(tmp_path, "delete", *reach, id) == b""
        assert asked(tmp_path, "get", *reach, id, code=1) == b""


def test_curl_gets_the_bytes(hello: bytes, tmp_path: Path) -> None:
    with emulating(tmp_path, "--replay", "hello.sse") as running:
        argv = ("-sN", "-d", orjson.dumps(STREAMED).decode(), f"{running.url}{PATH}")
        done = run(*argv, env=environment(tmp_path), program="curl")
    assert done.out == hello


def test_calls_and_their_results_are_two_answers(tmp_path: Path) -> None:
    calls = ("--function", WEATHER, "--exec", "get_weather=echo 12", "Weather?")
    data = saved(tmp_path, "calls.sse", *calls)
    with emulating(tmp_path, "--replay", "calls.sse") as running:
        again = asked(tmp_path, "create", "--base-url", running.url, "--sse", *calls)
    assert again == data


def test_without_a_stream_it_is_the_interaction(
    api: httpx.Client, hello: bytes
) -> None:
    made = api.post(PATH, json=HELLO).json()
    *_, completed = [e for e in hello.split(b"\n\n") if b"interaction.completed" in e]
    told = orjson.loads(completed.partition(b"data: ")[2])["interaction"]
    assert made | told == made
    assert [step["type"] for step in made["steps"]] == ["thought", "model_output"]
    kept = api.get(f"{PATH}/{made['id']}").json()
    asked = {"type": "user_input", "content": [{"type": "text", "text": "Hello"}]}
    assert kept == {**kept, **made, "steps": [asked, *made["steps"]]}


def test_a_request_is_checked_and_one_too_many_is_refused(
    api: httpx.Client, hello: bytes
) -> None:
    assert api.post(PATH, json={**STREAMED, "previous_interaction_id": "x"}).is_error
    assert api.post(PATH, json={"model": MODEL}).is_error
    assert api.post(PATH, json=STREAMED).content == hello
    message = "There is no saved stream left: the one was replayed."
    for _ in range(2):
        assert_refused(api.post(PATH, json=STREAMED), message)


def test_faults_meet_saved_streams_too(hello: bytes, tmp_path: Path) -> None:
    argv = ("--replay", "hello.sse", "--fault", "drop-after=4, on=CREATE")
    with emulating(tmp_path, *argv) as running:
        text = asked(tmp_path, "create", "--base-url", running.url, "x")
    assert text == b"This is an emulated answer to: Hello\n"


def test_a_stream_is_resumed_with_its_own_ids(tmp_path: Path) -> None:
    job = {"agent": RESEARCH, "input": "x", "background": True, "stream": True}
    with emulating(tmp_path) as running, client(running.url) as api:
        data = api.post(PATH, json=job).content
    (tmp_path / "job.sse").write_bytes(data)
    told = [orjson.loads(e.split(b"data: ")[1]) for e in data.split(b"\n\n")[:-2]]
    ids = [event["event_id"] for event in told if "event_id" in event]
    with (
        emulating(tmp_path, "--replay", "job.sse") as running,
        client(running.url) as api,
    ):
        assert api.post(PATH, json=job).content == data
        path, query = f"{PATH}/{id_of(data)}", {"stream": "true"}
        assert api.get(path, params=query).content == data
        rest = api.get(path, params={**query, "last_event_id": ids[-2]})
        assert [event["event_type"] for event in events(rest)][-1:] == [
            "interaction.completed"
        ]
        assert data.endswith(rest.content)
        unknown = api.get(path, params={**query, "last_event_id": "x"})
        assert unknown.status_code == 400


def test_what_was_recovered_is_recovered_again(tmp_path: Path) -> None:
    """The stream breaks where it broke, and GET tells the rest."""
    argv = ("create", "--offline", "--sse", "-H", "x-gi-fault: truncate", "Hello")
    data = asked(tmp_path, *argv)
    assert b"event: gi.recovered\n" in data
    (tmp_path / "cut.sse").write_bytes(data)
    with emulating(tmp_path, "--replay", "cut.sse") as running:
        again = asked(tmp_path, "create", "--base-url", running.url, "Hello")
    assert again == b"This is an emulated answer to: Hello\n"


def test_a_replayed_interaction_outlives_the_server(
    hello: bytes, tmp_path: Path
) -> None:
    state = ("--state", "state.db")
    files = ("--replay", "hello.sse")
    with emulating(tmp_path, *state, *files) as running, client(running.url) as api:
        api.post(PATH, json=STREAMED)
    with emulating(tmp_path, *state) as running, client(running.url) as api:
        follow_up = {**HELLO, "previous_interaction_id": id_of(hello)}
        assert "I saw 1 earlier turn" in api.post(PATH, json=follow_up).text
        streamed = api.get(f"{PATH}/{id_of(hello)}", params={"stream": "true"})
        assert events(streamed)[0]["interaction"]["id"] == id_of(hello)
