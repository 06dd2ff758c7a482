"""What is refused before any request: all that it says, both sides named."""

from pathlib import Path

import pytest

from tests.bodies import RESEARCH, Refusal, check_refused, fields, typed, write_files
from tests.conftest import Gi
from tests.scripted import ScriptedServer

DEEP = ("--agent", RESEARCH)
AS_TEXT = ("-f takes it as text",)


@pytest.fixture(autouse=True)
def _files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_files(tmp_path)
    monkeypatch.chdir(tmp_path)


def clash(one: str, two: str) -> str:
    return f"{one} and {two} contradict each other"


PATHS = {
    "": "-F =: there is no path before the =",
    "=1": "-F =: there is no path before the =",
    "a": "-F a: there is no = behind the path",
    "a..b=secret": "-F a..b: the path breaks at '..b'",
    "a[=1": "-F a[: the path breaks at '['",
    'a["x=1': "-F a[\"x: the path breaks at '[\"x'",
    "[]=1": "-F []: the body is not a list",
    "a[1]=1": "-F a[1]: a has 0 elements, there is no place 1",
    "a.0.b.2=1": "-F a.0.b.2: a[0].b has 0 elements, there is no place 2",
    "model.x=1": "-F model.x: model is not an object",
    "model[]=1": "-F model[]: model is not a list",
    "tools.x=1": "-F tools.x: tools is a list, and 'x' is no index",
    "tools[3]=1": "-F tools[3]: tools has 1 element, there is no place 3",
}


@pytest.mark.parametrize("field", PATHS)
def test_paths(field: str, gi: Gi, server: ScriptedServer) -> None:
    argv = ("-m", "a", "--tool", "google_search", "-F", field)
    check_refused(gi, server, Refusal(argv, PATHS[field]))


VALUES = {
    "{": "it is not JSON: Expecting property name enclosed in double quotes: "
    "line 1 column 2 (char 1)",
    "[1": "it is not JSON: Expecting ',' delimiter: line 1 column 3 (char 2)",
    "[draft] two": "it is not JSON: Expecting value: line 1 column 2 (char 1)",
    "{} {}": "it is not JSON: Extra data: line 1 column 4 (char 3)",
    "[NaN]": "it is not JSON: NaN is no number of JSON",
    '{"a": -Infinity}': "it is not JSON: -Infinity is no number of JSON",
    "1e999": "it is not JSON: 1e999 is too large",
    "[-1e999]": "it is not JSON: -1e999 is too large",
    "[" * 300 + "]" * 300: "it is not JSON: nested too deeply",
    "[" * 90_000 + "]" * 90_000: "it is not JSON: nested too deeply",
}


@pytest.mark.parametrize("value", VALUES, ids=lambda value: value[:20])
def test_values(value: str, gi: Gi, server: ScriptedServer) -> None:
    error = f"-F a.b: {VALUES[value]}"
    check_refused(gi, server, Refusal(("-F", f"a.b={value}"), error, AS_TEXT))


NO_FILES = {
    "@none": "none: No such file or directory",
    "@": "'' is no file name",
    "@.": ". is a directory",
    "@none/x": "none/x: No such file or directory",
    "@role.txt/x": "role.txt/x: Not a directory",
}
TAKE_FILES = ("-F a", "--system", "--tool", "--function", "--schema", "--body")


@pytest.mark.parametrize("value", NO_FILES)
@pytest.mark.parametrize("flag", [*TAKE_FILES, "--tool-choice"])
def test_files(flag: str, value: str, gi: Gi, server: ScriptedServer) -> None:
    name, _, path = flag.partition(" ")
    argv = (name, f"{path}={value}" if path else value)
    check_refused(gi, server, Refusal(argv, f"{flag}: {NO_FILES[value]}"))


FLAGS = {
    "--model": ("a", "model", "b"),
    "--agent": ("a", "agent", "b"),
    "--system": ("Be.", "system_instruction", "Do."),
    "--tool": ("google_search", "tools", "[]"),
    "--mcp": ("a=https://a.test", "tools[0].url", "https://b.test"),
    "--function": ('{"name":"f"}', "tools[0].name", "g"),
    "--tool-choice": ("auto", "generation_config.tool_choice", "any"),
    "--thinking": ("low", "generation_config.thinking_level", "high"),
    "--max-output-tokens": ("9", "generation_config.max_output_tokens", "8"),
    "--temperature": ("0.5", "generation_config.temperature", "1"),
    "--seed": ("1", "generation_config", "{}"),
    "--schema": ("{}", "response_format.mime_type", "text/plain"),
    "--service-tier": ("flex", "service_tier", "null"),
}


@pytest.mark.parametrize("flag", FLAGS)
@pytest.mark.parametrize("field", ["-F", "-f"])
def test_a_field_contradicts_a_flag(
    field: str, flag: str, gi: Gi, server: ScriptedServer
) -> None:
    value, path, other = FLAGS[flag]
    argv = (flag, value, field, f"{path}={other}")
    check_refused(gi, server, Refusal(argv, clash(f"{field} {path}", flag)))


REFUSED = {
    "store": Refusal(("--store", *fields("store=false")), clash("-F store", "--store")),
    "no store": Refusal(
        ("--no-store", *fields("store=true")), clash("-F store", "--no-store")
    ),
    "true is not 1": Refusal(
        ("--store", *fields("store=1")), clash("-F store", "--store")
    ),
    "field and field": Refusal(fields("a.b=1", "a.b=2"), clash("-F a.b", "-F a.b")),
    "two spellings": Refusal(
        fields("a.b[0]=1", "a[b].0=2"), clash("-F a[b].0", "-F a.b[0]")
    ),
    "typed and raw": Refusal(
        (*fields("a=1", flag="-f"), *fields("a=1")), clash("-f a", "-F a")
    ),
    "a whole over a part": Refusal(fields("a.b=1", "a={}"), clash("-F a", "-F a.b")),
    "a part over a whole": Refusal(
        fields('a={"b":[1]}', "a.b[0]=2"), clash("-F a.b[0]", "-F a")
    ),
    "into null": Refusal(fields("a=null", "a.b=1"), clash("-F a.b", "-F a")),
    "into a text": Refusal(fields("a=1", "a.b=1"), "-F a.b: a is not an object"),
    "a tool of a flag": Refusal(
        ("--tool", "a", *fields("tools[0].type=b")), clash("-F tools[0].type", "--tool")
    ),
    "model and agent": Refusal(
        ("-m", "a", "--agent", "b"), clash("--model", "--agent") + ": give one"
    ),
    "model and agent's field": Refusal(
        ("-m", "a", *fields("agent=b")), clash("--model", "--agent") + ": give one"
    ),
    "model and agent of the base": Refusal(
        typed(model="a", agent="b"), clash("--model", "--agent") + ": give one"
    ),
    "no store, background": Refusal(
        ("--no-store", *fields("background=true")), clash("--no-store", "background")
    ),
    "store=false, background": Refusal(
        typed(store=False, background=True), clash("store=false", "background")
    ),
    "one response, stream": Refusal(
        ("--no-stream", *fields("stream=true")), clash("--no-stream", "stream")
    ),
    "thoughts, none": Refusal(
        ("--thoughts", *fields("generation_config.thinking_summaries=none")),
        "--thoughts and generation_config.thinking_summaries contradict",
    ),
    "thoughts, no object": Refusal(
        ("--thoughts", *fields("generation_config=1")),
        "--thoughts: generation_config is not an object",
    ),
    "thoughts, no object of an agent": Refusal(
        ("--thoughts", *DEEP, *fields("agent_config=[]")),
        "--thoughts: agent_config is not an object",
    ),
    "a flag into no object": Refusal(
        ("--seed", "1", *typed(generation_config="x")),
        "--seed: generation_config is not an object",
    ),
    "a tool into no list": Refusal(
        ("--tool", "a", *typed(tools={})), "--tool: tools is not a list"
    ),
    "extract and schema": Refusal(
        ("-x", "--schema", "{}"), clash("--extract", "--schema") + ": give one"
    ),
    "no JSON": Refusal(
        ("--body", "@note.md"),
        "--body: it is not JSON: Expecting value: line 1 column 2 (char 1)",
    ),
    "no object": Refusal(("--body", "@list.json"), "--body: it is not a JSON object"),
    "NaN": Refusal(
        ("--body", "@nan.json"), "--body: it is not JSON: NaN is no number of JSON"
    ),
    "empty": Refusal(("--body", ""), "--body: the value is empty"),
    "binary": Refusal(
        ("--body", "@binary"), "binary is not text: it has a NUL at byte 0"
    ),
    "stdin, stdin": Refusal(
        ("--body", "@-", *fields("a=@-")),
        "stdin is named twice: for --body and -F a",
        stdin=b"{}",
    ),
    "stdin, field and field": Refusal(
        fields("a=@-", "b=@-"), "stdin is named twice: for -F a and -F b", stdin=b"x"
    ),
    "no number": Refusal(
        ("--temperature", "warm"), "--temperature: 'warm' is not a number"
    ),
    "too large": Refusal(
        ("--temperature", "1e400"), "--temperature: it is not JSON: 1e400 is too large"
    ),
    "no whole number": Refusal(
        ("--seed", "1.5"),
        "Invalid value for '--seed': '1.5' is not a valid int.",
        ("gi create --help",),
    ),
    "tool choice": Refusal(
        ("--tool-choice", "{"),
        "--tool-choice: it is not JSON: Expecting property name enclosed in double "
        "quotes: line 1 column 2 (char 1)",
    ),
    "schema": Refusal(("--schema", "[]"), "--schema: it is not a JSON object"),
}
OF_MODELS = {
    "--thinking": "low",
    "--max-output-tokens": "9",
    "--temperature": "1",
    "--seed": "1",
    "--tool-choice": "any",
}
OF_NO_RESEARCH = {
    **OF_MODELS,
    "--system": "Be.",
    "--schema": "{}",
    "--function": '{"name":"f"}',
    "--tool": '{"type":"function","name":"f"}',
}
BASES = {
    "generation_config": {"seed": 1},
    "system_instruction": "Be.",
    "response_format": [{"type": "image"}],
    "tools": [{"type": "google_search"}, {"type": "function", "name": "f"}],
}
REFUSED |= {
    f"{flag} of an agent": Refusal(
        ("--agent", "mine", flag, value), f"{flag} does not go with --agent mine"
    )
    for flag, value in OF_MODELS.items()
}
REFUSED |= {
    f"{flag} of research": Refusal(
        (*DEEP, flag, value), f"{flag} does not go with --agent {RESEARCH}"
    )
    for flag, value in OF_NO_RESEARCH.items()
}
REFUSED |= {
    f"{name} of research": Refusal(
        (*DEEP, *typed(**{name: value})), f"{name} does not go with --agent {RESEARCH}"
    )
    for name, value in BASES.items()
}


@pytest.mark.parametrize("name", REFUSED)
def test_refused(name: str, gi: Gi, server: ScriptedServer) -> None:
    check_refused(gi, server, REFUSED[name])


INPUTS = {
    "the base has one": Refusal(
        ("hi", *typed(input="x")),
        "--body has an input, and there is a PROMPT: give one",
    ),
    "a field is one": Refusal(
        ("hi", *fields("input=x")),
        "-F input has an input, and there is a PROMPT: give one",
    ),
    "a part is one": Refusal(
        ("-", *fields("input[0].type=text")),
        "-F input[0].type has an input, and there is a PROMPT: give one",
        stdin=b"x",
    ),
    "the base has one, and a file": Refusal(
        ("-i", "role.txt", *typed(input="x")),
        "--body has an input, and there is -i: give one",
    ),
    "none in the base": Refusal(
        ("--body", "{}"), "there is no prompt, and --body has no input", stdin=b"unread"
    ),
    "nothing": Refusal(fields("input="), "there is no prompt"),
    "nothing of the base": Refusal(typed(input=[]), "there is no prompt"),
    "null": Refusal(fields("input=null"), "there is no prompt"),
}


@pytest.mark.parametrize("name", INPUTS)
def test_inputs(name: str, gi: Gi, server: ScriptedServer) -> None:
    check_refused(gi, server, INPUTS[name], command=("create",))
