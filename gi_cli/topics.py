"""What `gi help TOPIC` tells; the man pages tell it in the same words."""

from gi_cli.errors import ExitCode

FORMATS = """\
--format FORMAT chooses what stdout carries; --ndjson, --json and --sse are
short forms. Everything else goes to stderr, in every format.

text    The model's text as it comes, with a line break at the end. Saved media
        stand in it as a Markdown reference, others as the gi get command that
        saves them.
ndjson  One event a line, the server's own JSON byte for byte. Saved media have
        path, bytes and sha256 in place of data. What gi adds has an event_type
        that begins with gi.; what it saw only in the stored interaction is
        marked with gi_synthetic. The last line is always gi.result: exit_code,
        status, interaction_id, usage, files, error. It is written even when
        nothing was sent.
json    One document at the end: the interaction with its steps, as the API
        answers without streaming, and under gi what gi.result has.
sse     The event stream exactly as it was received.

What the API adds later, fields, events, steps, statuses, passes through. gi
render shows a saved sse, ndjson or json file in any of the formats.

gi takes events of up to 128 MiB, and of up to 256 MiB what is not streamed.
One that is larger ends the run with 8, and memory does not run out.
"""

FIELDS = """\
-F PATH=VALUE and -f PATH=TEXT set any field of the request, known to gi or
not.

PATH    a.b  a[0].b  a.0.b   a key or a place in a list
        a[]                  one more in a list
        a["x.y"]             a key with a dot in it
        a[b][c]              the same as a.b.c
VALUE   true, false, null, a number, a JSON object or list, or else text;
        @FILE and @- are read, and count as JSON if they hold an object or a
        list; @@ stands for a leading @. -f takes text as it stands.

The request is made of, the later one winning: --body, the flags, then fields.
A field may add to what a flag has set; one that contradicts it is refused.
Variables and config.toml fill in what none of them has set. --dry-run shows
the outcome.
"""

ENVIRONMENT = """\
GOOGLE_API_KEY         the API key
GEMINI_API_KEY         the same, if the one above is not set
GI_MODEL               --model, of gi create and gi continue
GI_IMAGE_MODEL         --model, of gi image
GI_MEDIA_DIR           --media-dir
GI_BASE_URL            --base-url
GOOGLE_GEMINI_BASE_URL
                       the same, if the one above is not set
GI_OFFLINE             --offline
GI_NO_INPUT            --no-input, as CI does
GI_LEDGER              the file of the ledger, or off
GI_DEBUG               show tracebacks
HTTPS_PROXY HTTP_PROXY ALL_PROXY NO_PROXY
                       proxies, in either case; never for loopback
SSL_CERT_FILE SSL_CERT_DIR
                       certificates to trust in place of the system's
REQUESTS_CA_BUNDLE     the same, if none of those above is set
XDG_CONFIG_HOME        where gi/config.toml is (~/.config)
XDG_STATE_HOME         where gi/ledger.db is (~/.local/state)

A flag wins over a variable, a variable over config.toml. gi doctor shows what
is in force, and where it was set.
"""

COMPLETIONS = """\
Completions for bash, zsh and fish, and the man pages, were installed as

      SHARE/bash-completion/completions/gi
      SHARE/zsh/site-functions/_gi
      SHARE/fish/vendor_completions.d/gi.fish
      SHARE/man/man1/gi.1

In /usr/share and /usr/local/share shells and man find them by themselves.
Elsewhere these lines help:

bash, in ~/.bashrc:
      . SHARE/bash-completion/completions/gi
zsh, in ~/.zshrc:
      fpath+=(SHARE/zsh/site-functions); autoload -Uz compinit; compinit
fish, in ~/.config/fish/config.fish:
      source SHARE/fish/vendor_completions.d/gi.fish
man, in ~/.profile:
      export MANPATH=SHARE/man:

TAB never starts gi: ids come from a text file that gi keeps beside its ledger.
"""


def _exit_codes() -> str:
    """Each code, its meaning, and what to do."""
    rows = [f"{code.value:>4}  {code.meaning}" for code in ExitCode]
    return "\n".join((*rows, "", AFTER_CODES))


AFTER_CODES = """\
The code is the same in every format. Of several ids the worst counts: the
first present of 70, 9, 5, 3, 1, 8, 7, 4, 6, 0.

4 may be tried again later. 5 may be tried again, unless it says that the work
may have been created. 6 goes on with gi wait ID, 7 with gi continue --id ID
--result CALL_ID=VALUE, 9 with gi get ID. 8 keeps what there is. On any code
but 0 and 141 stderr ends with the id, once there is one.
"""

TOPICS = {
    "exit-codes": _exit_codes(),
    "formats": FORMATS,
    "fields": FIELDS,
    "environment": ENVIRONMENT,
    "completions": COMPLETIONS,
}
