"""What systemd is told of the process."""

from __future__ import annotations

import os
import socket


def notify_systemd(state: str) -> None:
    """The notification protocol of sd_notify(3): a datagram to the socket that systemd names; nothing without one."""
    address = os.environ.get("NOTIFY_SOCKET")
    if not address:
        return
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as channel:
        channel.connect("\0" + address[1:] if address.startswith("@") else address)
        channel.send(state.encode())
