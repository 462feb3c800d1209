"""What the processes of a running Vigil listen on."""

import os
from collections.abc import Sequence

import psutil

from vigil.listeners import Listener, Owner

Port = tuple[str, str, int]
"""Process name, address, port."""


def open_ports() -> set[Port]:
    """Every TCP port that this process or a child of it listens on, and every UDP port that is bound."""
    me = psutil.Process(os.getpid())
    found: set[Port] = set()
    for process in (me, *me.children(recursive=True)):
        owner = Owner.VIGIL if process.pid == me.pid else process.name()
        for connection in process.net_connections("inet"):
            if connection.status in {psutil.CONN_LISTEN, psutil.CONN_NONE} and connection.laddr:
                found.add((str(owner), connection.laddr.ip, connection.laddr.port))
    return found


def unlisted(ports: set[Port], listed: Sequence[Listener]) -> list[Port]:
    """Ports that no row of the table accounts for; a row accounts for one."""
    left = sorted(ports)
    # A row that names its port takes it before one that may have any.
    for listener in sorted(listed, key=lambda listener: not listener.port):
        mine = next((port for port in left if listener.matches(*port)), None)
        if mine is not None:
            left.remove(mine)
    return left


def missing(ports: set[Port], listed: Sequence[Listener]) -> list[str]:
    """Rows of the table that stand for no open port."""
    return [listener.name for listener in listed if not any(listener.matches(*port) for port in ports)]
