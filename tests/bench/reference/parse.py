"""Parse the events; the data of pictures are not decoded, only their length printed."""

import sys

import httpx
import orjson
from httpx_sse import EventSource

with httpx.stream("POST", sys.argv[1], json={"model": "m", "input": "hi"}) as response:
    for event in EventSource(response).iter_sse():
        if event.event == "step.delta":
            value = orjson.loads(event.data)
            sys.stdout.write(f"{len(value['delta']['data'])}\n")
