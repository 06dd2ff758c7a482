"""`gi files`: the Files API, for inputs that are too large for a request."""

from typing import TYPE_CHECKING

from gi_cli.commands.bind import takes
from gi_cli.options.commands import FilesDelete, FilesGet, FilesList, FilesUpload

if TYPE_CHECKING:
    from gi_cli.run import Run

ABOUT = "Upload files, see and delete those that are kept for 48 hours."
EXAMPLES = {
    "upload": (
        "gi files upload talk.mp4 > id",
        'gi create -i "$(cat id)" "Sum it up."',
    ),
    "list": ("gi files list --ndjson | jq -r .name",),
    "get": ("gi files get files/ID | jq -r .state",),
    "delete": ("gi files delete files/ID",),
}
EPILOG = "What upload prints goes after -i of gi create."


@takes(FilesUpload)
def upload(options: FilesUpload, run: "Run") -> None:
    """Upload files, and print their names."""
    from gi_cli.files import upload

    upload(run, options)


@takes(FilesList)
def list_(options: FilesList, run: "Run") -> None:
    """List the files that the service keeps."""
    from gi_cli.files import show_all

    show_all(run, options)


@takes(FilesGet)
def get(options: FilesGet, run: "Run") -> None:
    """Show what the service knows of a file, as JSON."""
    from gi_cli.files import get

    get(run, options)


@takes(FilesDelete)
def delete(options: FilesDelete, run: "Run") -> None:
    """Delete files from the service."""
    from gi_cli.files import delete

    delete(run, options)


COMMANDS = {"upload": upload, "list": list_, "get": get, "delete": delete}
