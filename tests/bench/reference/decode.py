"""Decode the events and do nothing with them but count."""

import sys

import httpx
from httpx_sse import EventSource

with httpx.stream("POST", sys.argv[1], json={"model": "m", "input": "hi"}) as response:
    count = sum(1 for _ in EventSource(response).iter_sse())
sys.stdout.write(f"{count}\n")
