"""Post, and print the text as it comes: `gi create`, written by hand."""

import sys

import httpx
import orjson
from httpx_sse import EventSource

body = orjson.dumps({"model": "m", "input": "hi", "stream": True})
headers = {"content-type": "application/json", "x-goog-api-key": "k"}
with httpx.stream("POST", sys.argv[1], content=body, headers=headers) as response:
    for event in EventSource(response).iter_sse():
        if event.event == "step.delta":
            sys.stdout.write(orjson.loads(event.data)["delta"]["text"])
            sys.stdout.flush()
