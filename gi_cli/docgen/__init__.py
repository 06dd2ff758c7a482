"""Development only: man pages, completions and a picture, written from gi itself.

`python -m gi_cli.docgen` in a checkout writes man/, completions/ and .assets/.
"""
