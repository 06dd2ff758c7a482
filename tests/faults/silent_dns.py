"""Become a program whose only name server says nothing: `silent_dns.py ASKED PROGRAM`.

It has to be root of namespaces of its own (`unshare -rmn`). ASKED is written once the
name server was asked.
"""

import fcntl
import os
import socket
import struct
import subprocess
import sys
from pathlib import Path

UP = struct.pack("16sh", b"lo", 1)  # IFF_UP
SIOCSIFFLAGS = 0x8914


def main(asked: Path, *argv: str) -> None:
    server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    fcntl.ioctl(server, SIOCSIFFLAGS, UP)
    server.bind(("127.0.0.1", 53))
    config = asked.with_suffix(".conf")
    config.write_text("nameserver 127.0.0.1\n")
    mount = ("mount", "--bind", str(config), "/etc/resolv.conf")
    subprocess.run(mount, check=True)
    if os.fork():
        os.execvp(argv[0], argv)  # noqa: S606
    os.closerange(0, 3)  # a reader of the program's output sees its end
    while True:
        server.recv(512)
        asked.touch()


if __name__ == "__main__":
    main(Path(sys.argv[1]), *sys.argv[2:])
