"""What gi says on stderr of many a fault."""

from tests.faults.rows import ID

NAMED = f"gi: id: {ID}\n"
WAIT = f"gi: hint: gi wait --base-url URL {ID}\n"
KEY_HINTS = "gi: hint: the key is from GEMINI_API_KEY\ngi: hint: gi doctor\n"
PROXY = "gi: hint: a proxy may have answered: check --base-url and HTTPS_PROXY\n"
REFUSED = "gi: error: the API refused the request: "
MAY_EXIST = "; the interaction may have been created; it was not sent again"
BROKE_OFF = "gi: error: the stream ended before the interaction was completed"
DIFFERENT = f"gi: error: what the service has stored is not what was shown\n{NAMED}"
ENDS = {  # of an interaction that has output: the code, and why
    "completed": (0, ""),
    "failed": (1, "the interaction ended failed"),
    "cancelled": (1, "the interaction ended cancelled"),
    "incomplete": (8, "the interaction ended incomplete"),
    "budget_exceeded": (8, "the interaction ended budget_exceeded"),
    "requires_action": (7, "the model waits for an action that it did not name"),
    "requires_continuation": (8, "the interaction stopped at the decode limit"),
}
