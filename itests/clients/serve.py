#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""serve.py SOCKET [MEMORY]: a client of io.pgfault.userfault that answers SUCCESS to every fault, as serve.c does."""

import mmap
import os
import socket
import struct
import sys
import time

FAULT = struct.Struct("<6IQ2I")  # flags dev_id pasid grpid perm reserved addr length cookie
RESPONSE = struct.Struct("<2I")  # cookie code
LAST_PAGE = 1 << 1
REFUSED = 1 << 31  # not the kernel's: a refused response, errno in length
PAGE = 4096


def connect(path):
    for _ in range(3000):
        queue = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            queue.connect(path)
            return queue
        except (FileNotFoundError, ConnectionRefusedError):
            queue.close()  # The queue may open its socket after the client has started.
            time.sleep(0.01)
    sys.exit(f"serve: no process listens on {path}")


def read(queue):
    try:
        return queue.recv(1 << 16)
    except ConnectionResetError:
        return b""


def main():
    assert FAULT.size == 40 and RESPONSE.size == 8
    memory = None
    if len(sys.argv) > 2:
        with open(sys.argv[2], "r+b") as file:
            memory = mmap.mmap(file.fileno(), 0)
    queue = connect(sys.argv[1])
    records = groups = cookie_of_group = 0
    pending = b""
    while data := read(queue):
        pending += data
        whole = len(pending) // FAULT.size * FAULT.size
        responses = []
        for flags, dev, pasid, group, perm, reserved, addr, length, cookie in FAULT.iter_unpack(pending[:whole]):
            if flags & REFUSED:
                sys.exit(f"serve: refused, cookie {group} code {perm}: {os.strerror(length)}")
            if cookie == 0 or reserved or length or cookie_of_group not in (0, cookie):
                sys.exit(f"serve: record {records} belongs to no group")
            records += 1
            if memory and addr + PAGE <= len(memory):
                memory[addr : addr + PAGE] = struct.pack("<Q", addr) * (PAGE // 8)
            cookie_of_group = 0 if flags & LAST_PAGE else cookie
            if flags & LAST_PAGE:
                responses.append(RESPONSE.pack(cookie, 0))
        pending = pending[whole:]
        groups += len(responses)
        queue.sendall(b"".join(responses))
    print(f"served {records} records in {groups} groups")


main()
