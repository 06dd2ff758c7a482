"""The same for formats, other fields, agents, inputs and turns."""

import json
from pathlib import Path
from shlex import quote
from typing import Any

from tests.sdk_cases import (
    FILES,
    MCP,
    MODEL,
    RECIPE,
    RESEARCH,
    STRUCTURED,
    URL,
    Case,
    agent,
    ask,
    config,
    inline,
    shell,
    text,
)

SUMMARIES = {
    "type": "deep-research",
    "thinking_summaries": "auto",
    "visualization": "off",
}
WHAT, FOX = "'What is this?'", text("What is this?")
PICTURE, PAGE = "https://x.example/a.PNG?v=1&w=2#top", "https://x.example/"
IMAGE = {"type": "image", "aspect_ratio": "16:9", "image_size": "2K"}
BLOCK = {"type": "harassment", "threshold": "block_only_high"}
HOOK = {"uris": ["https://hook.example/x"], "user_metadata": {"n": 1, "urgent": True}}
SANDBOX: dict[str, Any] = {
    "type": "remote",
    "sources": [{"type": "inline", "content": "print(1)", "target": "/main.py"}],
    "network": {"allowlist": [{"domain": "pypi.org"}]},
    "env": {"TZ": "UTC"},
}
ANSWERED: dict[str, Any] = {
    "type": "function_result",
    "call_id": "c1",
    "name": "get_weather",
    "result": [{"type": "text", "text": '{"degrees":22}'}],
}
FAILED = {**ANSWERED, "result": "no such town", "is_error": True}
HISTORY: list[dict[str, Any]] = [
    {"type": "user_input", "content": [{"type": "text", "text": "Warm?"}]},
    {"type": "thought", "signature": "c2ln", "summary": []},
    {
        "type": "function_call",
        "id": "c1",
        "name": "get_weather",
        "arguments": {"town": "Bonn", "days": None},
        "signature": "c2lnMg==",
    },
    ANSWERED,
]
YOUTUBE = "https://www.youtube.com/watch?v=a-b_c&t=10s"
PNG = inline("fox.png", "image", "image/png")
JPEG = inline("photo.jpg", "image", "image/jpeg")
PDF = inline("paper.pdf", "document", "application/pdf")
FORMATS = {
    "schema": Case(ask(response_format=STRUCTURED), f"hi --schema {shell(RECIPE)}"),
    "image": Case(
        ask(response_format=IMAGE),
        "hi -F response_format.type=image -F response_format.aspect_ratio=16:9"
        " -F response_format.image_size=2K",
    ),
    "a size of digits": Case(
        ask(response_format={"type": "image", "image_size": "512"}),
        "hi -F response_format.type=image -f response_format.image_size=512",
    ),
    "audio": Case(
        ask(response_format={"type": "audio", "mime_type": "audio/wav"}),
        """hi -F 'response_format={"type":"audio","mime_type":"audio/wav"}'""",
    ),
    "video": Case(
        ask(response_format={"type": "video", "resolution": "720p"}),
        "hi -F response_format[type]=video -F response_format[resolution]=720p",
    ),
    "text and image": Case(
        ask(response_format=[{"type": "text"}, IMAGE]),
        f"hi -F response_format[].type=text -F response_format[]={shell(IMAGE)}",
    ),
    "modalities": Case(
        ask(response_modalities=["text", "image"]),
        "hi -F response_modalities[]=text -F response_modalities[]=image",
    ),
}
BLOCK_TWO = [BLOCK, {**BLOCK, "type": "jailbreak"}]
FIELDS = {
    "service tier": Case(ask(service_tier="flex"), "hi --service-tier flex"),
    "not stored": Case(ask(store=False), "hi --no-store"),
    "stored": Case(ask(store=True), "hi --store"),
    "background": Case(ask(background=True), "hi -F background=true"),
    "labels": Case(
        ask(labels={"team": "blue", "cost-centre": "7"}),
        """hi -f labels.team=blue -f 'labels["cost-centre"]=7'""",
    ),
    "safety": Case(
        ask(safety_settings=BLOCK_TWO),
        f"hi -F safety_settings[]={shell(BLOCK)}"
        " -F safety_settings[].type=jailbreak"
        " -F safety_settings[].threshold=block_only_high",
    ),
    "sandbox": Case(ask(environment="remote"), "hi -F environment=remote"),
    "sandbox with sources": Case(
        ask(environment=SANDBOX), f"hi --body {shell({'environment': SANDBOX})}"
    ),
    "webhook": Case(
        ask(webhook_config=HOOK),
        "hi -F webhook_config.uris[]=https://hook.example/x"
        " -F webhook_config.user_metadata.n=1"
        " -F webhook_config.user_metadata.urgent=true",
    ),
    "cached content": Case(
        ask(cached_content="cachedContents/a"), "hi -F cached_content=cachedContents/a"
    ),
    "field of tomorrow": Case(
        ask(extra_body={"new_thing": {"x": 1, "y": [None, "z"]}}),
        "hi -F new_thing.x=1 -F new_thing.y[]=null -F new_thing.y[]=z",
    ),
    "setting of tomorrow": Case(
        config(seed=1, mood={"calm": 0.5}),
        "hi --seed 1 -F generation_config.mood.calm=0.5",
    ),
}
AGENTS = {
    "agent": Case(
        agent("mine", background=True, store=True),
        "hi --agent mine -F background=true --store",
    ),
    "Deep Research": Case(
        agent(RESEARCH, background=True, agent_config=SUMMARIES),
        f"hi --agent {RESEARCH} -F background=true --thoughts"
        " -F agent_config.visualization=off",
    ),
    "Deep Research with tools": Case(
        agent(RESEARCH, background=True, tools=[{"type": "url_context"}, MCP]),
        f"hi --agent {RESEARCH} -F background=true --tool url_context"
        f" --mcp tickets={quote(URL)}",
    ),
    "settings of an agent": Case(
        agent("mine", agent_config={"type": "dynamic", "depth": 2}),
        "hi --agent mine -F agent_config.type=dynamic -F agent_config.depth=2",
    ),
}
INPUTS = {
    "image": Case(ask([FOX, PNG]), f"{WHAT} -i fox.png"),
    "image that the SDK reads": Case(
        ask([FOX, {**PNG, "data": Path("fox.png")}]), f"{WHAT} -i fox.png"
    ),
    "image alone": Case(ask([JPEG]), "-i photo.jpg"),
    "image on stdin": Case(ask([FOX, JPEG]), f"{WHAT} -i -", FILES["photo.jpg"]),
    "several": Case(
        ask([FOX, PDF, JPEG, PNG]), f"{WHAT} -i paper.pdf -i photo.jpg -i fox.png"
    ),
    "WAV": Case(ask([inline("call.wav", "audio", "audio/wav")]), "-i call.wav"),
    "MP3": Case(ask([inline("song.mp3", "audio", "audio/mp3")]), "-i song.mp3"),
    "PDF": Case(ask([FOX, PDF]), f"{WHAT} -i paper.pdf"),
    "CSV": Case(ask([inline("table.csv", "document", "text/csv")]), "-i table.csv"),
    "video": Case(ask([inline("clip.mp4", "video", "video/mp4")]), "-i clip.mp4"),
    "text file": Case(
        ask([FOX, text(FILES["notes.md"].decode())]), f"{WHAT} -i notes.md"
    ),
    "stdin first": Case(
        ask([text("diff"), FOX, JPEG]), f"- {WHAT} -i photo.jpg", b"diff"
    ),
    "stated type": Case(
        ask([inline("call.wav", "audio", "audio/l16")]),
        "-i 'call.wav;type=audio/l16'",
    ),
    "image by address": Case(
        ask([{"type": "image", "uri": PICTURE, "mime_type": "image/png"}]),
        f"-i {quote(PICTURE)}",
    ),
    "video in a bucket": Case(
        ask([{"type": "video", "uri": "gs://b/clip.mov", "mime_type": "video/mov"}]),
        "-i gs://b/clip.mov",
    ),
    "page": Case(
        ask([{"type": "document", "uri": PAGE, "mime_type": "text/html"}]),
        f"-i '{PAGE};type=text/html'",
    ),
    "YouTube": Case(
        ask([FOX, {"type": "video", "uri": YOUTUBE}]), f"{WHAT} -i {quote(YOUTUBE)}"
    ),
    "detail of a content": Case(
        ask([FOX, {**PDF, "resolution": "high"}]),
        f"--body {shell({'input': [FOX, {**PDF, 'resolution': 'high'}]})}",
    ),
}
TURNS = {
    "next by field": Case(
        ask("more", previous_interaction_id="v1_a"),
        "more -F previous_interaction_id=v1_a",
    ),
    "next": Case(
        ask("more", previous_interaction_id="v1_a"),
        "more --id v1_a --no-inherit",
        command="continue",
    ),
    "next with settings": Case(
        ask("more", previous_interaction_id="v1_a", system_instruction="Be."),
        "more --id v1_a --no-inherit -s Be.",
        command="continue",
    ),
    "function result": Case(
        ask([ANSWERED], previous_interaction_id="v1_a"),
        f"-F previous_interaction_id=v1_a -F input[]={shell(ANSWERED)}",
    ),
    "two function results": Case(
        ask([ANSWERED, FAILED], previous_interaction_id="v1_a"),
        f"-F previous_interaction_id=v1_a -F input={shell([ANSWERED, FAILED])}",
    ),
    "history": Case(
        ask(HISTORY, store=False),
        "--no-store -F input=@-",
        json.dumps(HISTORY).encode(),
    ),
    "token": Case(
        {"model": MODEL, "stream": True, "continuation_token": "t=="},
        "-F continuation_token=t==",
    ),
}
