"""Development only: man pages and completions, written from the command tree.

`python -m gi_cli.docgen` in a checkout writes man/ and completions/.
"""
