"""The only room that knows httpx: connecting, sending, streaming, mapping errors."""
