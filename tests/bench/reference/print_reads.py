"""Decode and print, with one flush for each read from the network."""

import sys
from collections.abc import Iterator

import httpx
import orjson
from httpx_sse import EventSource

url, format = sys.argv[1:]
out = open(1, "wb", buffering=1 << 20)  # noqa: SIM115


class Flushed(httpx.SyncByteStream):
    def __iter__(self) -> Iterator[bytes]:
        for read in response.iter_bytes():
            yield read
            out.flush()


with httpx.stream("POST", url, json={"model": "m", "input": "hi"}) as response:
    tapped = httpx.Response(200, headers=response.headers, stream=Flushed())
    for event in EventSource(tapped).iter_sse():
        if event.event != "done":
            value = orjson.loads(event.data)
            if format == "ndjson":
                out.write(event.data.encode() + b"\n")
            elif event.event == "step.delta":
                out.write(value["delta"]["text"].encode())
