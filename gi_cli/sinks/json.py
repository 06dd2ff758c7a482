"""One document: the interaction as the API answers without streaming, plus `gi`."""

from typing import Any

from gi_cli.sinks.sink import Sink
from gi_cli.wire import codec


class JsonSink(Sink):
    """Nothing until the end."""

    keeps_steps = True

    def close(self, result: dict[str, Any], document: dict[str, Any]) -> bytes:
        """Give the document; what came before an error stands in it as well."""
        told = {k: v for k, v in result.items() if k != "event_type"}
        whole = {**document, "gi": {**told, **document["gi"]}}
        return codec.dumps(whole, indent=True) + b"\n"
