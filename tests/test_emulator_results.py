"""Results of function calls: what the emulator says of them, and which it refuses."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx
import orjson
import pytest

from gi_cli.emulator.storage import Stored
from tests.emulated import (
    CALL,
    CLOCK,
    HELLO,
    HELLO_INPUT,
    IMAGE,
    MODEL,
    THOUGHT,
    WEATHER,
    assembled,
    assert_refused,
    called,
    create,
    emulate,
    result,
    stream,
    text,
)

api = pytest.fixture(emulate)
PATH = "/v1beta/interactions"
BOTH = [WEATHER, CLOCK]
BYE = {"type": "user_input", "content": [{"type": "text", "text": "Bye"}]}
SOME = {"type": "text", "text": "a\nb"}
Step = dict[str, Any]


def spoken(prompt: str) -> Step:
    return {"type": "user_input", "content": [{"type": "text", "text": prompt}]}


class Conversation:
    """The same turns in the two ways there are: kept by the service, or by the client.

    Each turn goes to an emulator of its own; they have nothing but the file in common.
    """

    def __init__(self, file: Path, *, stored: bool, streamed: bool) -> None:
        self._file, self._stored, self._streamed = file, stored, streamed
        self._history: list[Step] = []
        self._last = ""
        self._turns = 0

    def say(self, *steps: Step, **body: object) -> dict[str, Any]:
        """Take a turn, and return what was generated."""
        self._turns += 1
        body = {"tools": BOTH, "store": self._stored, **body}
        self._history += steps
        body["input"] = [*steps] if self._stored else self._history
        if self._last:
            body["previous_interaction_id"] = self._last
        with emulate(Stored(self._file), ids=f"v1_{self._turns}_") as api:
            answer = self._create(api, body)
        if self._stored:
            self._last = answer["id"]
        self._history += answer["steps"]
        return answer

    def _create(self, api: httpx.Client, body: dict[str, Any]) -> dict[str, Any]:
        if self._streamed:
            return assembled(stream(api, **body))
        return create(api, **body)


@pytest.fixture(params=["stored", "by the client"])
def stored(request: pytest.FixtureRequest) -> bool:
    return bool(request.param == "stored")


@pytest.fixture(params=["whole", "streamed"])
def talk(
    request: pytest.FixtureRequest, tmp_path: Path, *, stored: bool
) -> Conversation:
    streamed = request.param == "streamed"
    return Conversation(tmp_path / "e.db", stored=stored, streamed=streamed)


def test_an_answer_quotes_every_result(talk: Conversation) -> None:
    first = talk.say(spoken("both get_time and get_weather in Paris, Count from 1 to"))
    assert first["status"] == "requires_action"
    time, weather = called(first)
    assert weather["arguments"] == {"city": "Paris"}
    printed = "12 °C\n" * 100
    last = talk.say(result(weather, printed), result(time, [SOME], is_error=True))
    assert last["status"] == "completed"
    assert text(last) == (
        "This is an emulated answer to: "
        "both get_time and get_weather in Paris, Count from 1 to\n"
        f"get_weather returned: {printed}\n"
        "get_time failed: a\nb"
    )
    again = talk.say(spoken("get_time"))
    assert [call["name"] for call in called(again)] == ["get_time"]
    last = talk.say(result(called(again)[0], "8:00"))
    assert text(last).splitlines() == [
        "This is an emulated answer to: get_time",
        "get_time returned: 8:00",
        "I saw 1 earlier turn, the last one was: "
        "both get_time and get_weather in Paris, Count from 1 to",
    ]


@pytest.mark.parametrize(
    ("value", "more", "said"),
    [
        ("", {}, "returned: "),
        ("a\nb", {"is_error": False}, "returned: a\nb"),
        ("no", {"is_error": True}, "failed: no"),
        ([], {}, "returned: "),
        ([SOME, SOME], {}, "returned: a\nb\na\nb"),
        ([SOME, IMAGE], {}, "returned: a\nb\nimage (image/png)"),
        ([{"type": "function", "name": "f"}], {}, "returned: function"),
        ({"temp": 22, "ö": [None]}, {}, 'returned: {"temp":22,"ö":[null]}'),
        ({}, {"is_error": True}, "failed: {}"),
    ],
)
@pytest.mark.parametrize(
    ("prompt", "first"),
    [
        ("Hello", "This is an emulated answer to: Hello"),
        ("Count from 1 to 3", "1, 2, 3."),
    ],
)
def test_quotes_a_result(
    api: httpx.Client, prompt: str, first: str, value: Any, more: Step, said: str
) -> None:
    (call,) = called(create(api, input=prompt, tools=[WEATHER]))
    answered = [result(call, value, **more)]
    answer = create(api, input=answered, previous_interaction_id="v1_1")
    assert text(answer) == f"{first}\nget_weather {said}"


def test_media_are_given_until_the_user_speaks_again(talk: Conversation) -> None:
    (call,) = called(talk.say({"type": "user_input", "content": [IMAGE]}))
    assert text(talk.say(result(call, "Snow"))) == (
        "This is an emulated answer.\n"
        "get_weather returned: Snow\n"
        "I was given: image (image/png)"
    )
    assert "I was given" not in text(talk.say(BYE, tools=[]))


def test_words_may_come_with_the_results(talk: Conversation) -> None:
    (call,) = called(talk.say(spoken("Hello")))
    answer = talk.say(result(call, "Snow"), BYE)
    assert (answer["status"], text(answer)) == (
        "completed",
        "This is an emulated answer to: Bye\n"
        "get_weather returned: Snow\n"
        "I saw 1 earlier turn, the last one was: Hello",
    )


@pytest.mark.parametrize("prompt", ["for ever", "an endless caller", "Forever in love"])
def test_calls_for_ever(talk: Conversation, prompt: str) -> None:
    answer = talk.say(spoken(f"{prompt}, both"))
    ids = [call["id"] for call in called(answer)]
    for turn in range(1, 20):
        results = [result(call, str(turn)) for call in called(answer)]
        answer = talk.say(*results)
        assert answer["status"] == "requires_action"
        ids += [call["id"] for call in called(answer)]
    assert len(set(ids)) == len(ids) == 40
    assert ids[-1].endswith("_20_2")


@pytest.mark.parametrize(("rounds", "calls"), [(0, 1), (1, 1), (2, 2), (12, 12)])
def test_calls_in_rounds(talk: Conversation, rounds: int, calls: int) -> None:
    answer = talk.say(spoken(f"in {rounds} rounds"))
    count = 0
    while answer["status"] == "requires_action":
        count += 1
        answer = talk.say(result(called(answer)[0], f"result {count}"))
    assert count == calls
    assert text(answer) == (
        f"This is an emulated answer to: in {rounds} rounds\n"
        f"get_weather returned: result {count}"
    )
    assert called(talk.say(BYE))  # the rounds begin anew


def test_answers_without_the_tools_and_counts_results(talk: Conversation) -> None:
    (call,) = called(talk.say(spoken("for ever")))
    answer = talk.say(result(call, [{"type": "text", "text": "x" * 4000}]), tools=[])
    assert answer["status"] == "completed"
    assert answer["usage"] == {
        "total_tokens": 2038,
        "total_input_tokens": 1002,
        "input_tokens_by_modality": [{"modality": "text", "tokens": 1002}],
        "total_cached_tokens": 0,
        "total_output_tokens": 1016,
        "total_tool_use_tokens": 0,
        "total_thought_tokens": 20,
    }


def test_a_status_that_does_not_tell_of_the_calls(talk: Conversation) -> None:
    answer = talk.say(spoken("status completed"))
    assert answer["status"] == "completed"
    last = talk.say(result(called(answer)[0], "Snow"))
    assert text(last).endswith("get_weather returned: Snow")


def test_get_shows_the_results(api: httpx.Client) -> None:
    (call,) = called(create(api, input="Hello", tools=[WEATHER]))
    answered = [result(call, {"temp": 2}, is_error=True), BYE]
    answer = create(api, input=answered, previous_interaction_id="v1_1")
    kept = api.get(f"{PATH}/v1_2").json()
    assert kept == answer | {"steps": [*answered, *answer["steps"]]}


def test_media_in_results_cost_tokens_and_must_be_there(api: httpx.Client) -> None:
    (call,) = called(create(api, input="Hello", tools=[WEATHER]))
    more = {"previous_interaction_id": "v1_1"}
    usage = create(api, input=[result(call, [IMAGE])], **more)["usage"]
    assert usage["input_tokens_by_modality"] == [
        {"modality": "text", "tokens": 7},
        {"modality": "image", "tokens": 1120},
    ]
    uri = "http://gi.invalid/v1beta/files/nope"
    body = HELLO | {"input": [result(call, [{"type": "image", "uri": uri}])], **more}
    assert api.post(PATH, json=body).status_code == 403


def received(why: str) -> str:
    return f"Invalid input received: {why}"


Answer = Callable[[Step, Step], list[Step]]
BAD_SIGNATURE = "Request contains an invalid argument."

REFUSED: list[tuple[Answer, str]] = [
    (lambda a, b: [BYE], "no function_result for '{a}', '{b}'."),
    (lambda a, b: [result(b, "x")], "no function_result for '{a}'."),
    (lambda a, b: [result(a, "x"), BYE], "no function_result for '{b}'."),
    (
        lambda a, b: [result(a, "x"), BYE, result(b, "x")],
        "no function_result for '{b}'.",
    ),
    (
        lambda a, b: [result(a, "x"), result(b, "x"), result(a, "x")],
        "'input[{at2}].call_id' is '{a}', no call waits for that.",
    ),
    (
        lambda a, b: [result({**a, "id": "c9"}, "x"), result(b, "x")],
        "'input[{at0}].call_id' is 'c9', no call waits for that.",
    ),
    (
        lambda a, b: [result(a, "x"), result({**b, "name": "get_time"}, "x")],
        "'input[{at1}].name' is 'get_time', '{b}' called 'get_weather'.",
    ),
    (
        lambda a, b: [result({**a, "name": ""}, "x"), result(b, "x")],
        "'input[{at0}].name' is required.",
    ),
    (
        lambda a, b: [
            {"type": "function_result", "call_id": a["id"], "result": "x"},
            result(b, "x"),
        ],
        "'input[{at0}].name' is required.",
    ),
]


@pytest.mark.parametrize(("answered", "message"), REFUSED)
@pytest.mark.parametrize("prompt", ["Hello, both", "both, status completed"])
def test_refuses_results(
    api: httpx.Client, prompt: str, answered: Answer, message: str, *, stored: bool
) -> None:
    asked = spoken(prompt)
    first = create(api, input=[asked], tools=[WEATHER], store=stored)
    one, two = called(first)
    steps = answered(one, two)
    history = [] if stored else [asked, *first["steps"]]
    body = {"model": MODEL, "input": history + steps, "store": stored}
    if stored:
        body["previous_interaction_id"] = "v1_1"
    places = {f"at{at}": len(history) + at for at in range(len(steps))}
    expected = message.format(a=one["id"], b=two["id"], **places)
    refused = api.post(PATH, json=body)
    assert_refused(refused, received(expected))
    assert api.post(PATH, json=body | {"stream": True}).json() == refused.json()
    body["input"] = [*history, result(one, "x"), result(two, "x")]
    assert api.post(PATH, json=body).status_code == 200


def test_refuses_to_continue_without_the_results(api: httpx.Client) -> None:
    (call,) = called(create(api, input="Hello", tools=[WEATHER]))
    token = {"continuation_token": "more", "previous_interaction_id": "v1_1"}
    message = received(f"no function_result for '{call['id']}'.")
    assert_refused(api.post(PATH, json={"model": MODEL, **token}), message)
    chained = HELLO | {"previous_interaction_id": "v1_1"}
    assert_refused(api.post(PATH, json=chained), message)


OTHER = {**CALL, "id": "c2"}
SIGNED = {**CALL, "signature": "abc"}


@pytest.mark.parametrize(
    ("steps", "message"),
    [
        ([result(CALL, "x")], received("'input[0].call_id' is 'c1', no call waits")),
        ([HELLO_INPUT, THOUGHT, CALL], received("no function_result for 'c1'.")),
        ([HELLO_INPUT, CALL, result(CALL, "x")], BAD_SIGNATURE),
        ([THOUGHT, HELLO_INPUT, CALL, result(CALL, "x")], BAD_SIGNATURE),
        (
            [HELLO_INPUT, THOUGHT, CALL, result(CALL, "x"), OTHER, result(OTHER, "x")],
            BAD_SIGNATURE,
        ),
        (
            [HELLO_INPUT, {"type": "thought", "signature": ""}, CALL],
            BAD_SIGNATURE,
        ),
        (
            [HELLO_INPUT, {**CALL, "id": 7}],
            "Invalid value for parameter 'input[1].id': must be a string.",
        ),
        (
            [HELLO_INPUT, {**CALL, "name": 7}],
            "Invalid value for parameter 'input[1].name': must be a string.",
        ),
        (
            [{**result(CALL, "x"), "call_id": {}}],
            "Invalid value for parameter 'input[0].call_id': must be a string.",
        ),
        (
            [result(CALL, "x", is_error="no")],
            "Invalid value for parameter 'input[0].is_error': must be a boolean.",
        ),
        (
            [result(CALL, None)],
            "Invalid value for parameter 'input[0].result': "
            "must be a string or an object or an array.",
        ),
        (
            [result(CALL, 4)],
            "Invalid value for parameter 'input[0].result': "
            "must be a string or an object or an",
        ),
        (
            [result(CALL, ["x"])],
            "Invalid value for parameter 'input[0].result[0]': must be an object.",
        ),
        ([result(CALL, [{"a": 1}])], "'input[0].result[0].type' is required."),
        (
            [result(CALL, [SOME, {"type": "poem"}])],
            "Invalid value for parameter 'input[0].result[1].type': must be one of",
        ),
        (
            [result(CALL, [{"type": "text", "text": 7}])],
            "Invalid value for parameter 'input[0].result[0].text': must be a string.",
        ),
    ],
)
def test_refuses_histories(api: httpx.Client, steps: list[Step], message: str) -> None:
    response = api.post(PATH, json={"model": MODEL, "input": steps, "store": False})
    found = response.json()["error"]["message"]
    assert found.startswith(message)
    assert_refused(response, found)


@pytest.mark.parametrize(
    "calls",
    [
        [THOUGHT, CALL, OTHER],
        [THOUGHT, {"type": "model_output", "content": [SOME]}, CALL, OTHER],
        [SIGNED, OTHER],
    ],
)
def test_takes_histories(api: httpx.Client, calls: list[Step]) -> None:
    steps = [HELLO_INPUT, *calls, result(OTHER, "x"), result(CALL, "y")]
    said = "This is an emulated answer to: Hello\nlook returned: x\nlook returned: y"
    assert text(create(api, input=steps, store=False)) == said
    done = [*steps, {"type": "model_output", "content": [SOME]}]
    answer = create(api, input=[*done, BYE], tools=[CLOCK], store=False)
    assert [call["name"] for call in called(answer)] == ["get_time"]


def test_what_was_kept_before_there_were_calls_is_read(tmp_path: Path) -> None:
    file = tmp_path / "e.db"
    with emulate(Stored(file)) as api:
        kept = create(api, input="Hello")
    with closing(sqlite3.connect(file)) as database:
        ((data,),) = database.execute("SELECT record FROM interactions")
        record = orjson.loads(data)
        assert record.pop("outcome") == "completed"
        assert record["asked"].pop() == 0
        database.execute("UPDATE interactions SET record = ?", (orjson.dumps(record),))
        database.commit()
    with emulate(Stored(file), ids="v1_b") as api:
        assert api.get(f"{PATH}/v1_1").json()["steps"][1:] == kept["steps"]
        answer = create(api, input="Then", previous_interaction_id="v1_1")
        assert text(answer).endswith("I saw 1 earlier turn, the last one was: Hello")
