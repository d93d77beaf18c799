#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""nest.py SOCKET MEMORY DEV_ID PASID [EVENTS]: a client of io.pgfault.userfault that keeps the page table of a device.

The client attaches an x86-64 table of four levels, which lies in MEMORY, for the PASID of the device. It maps each page
that faults to a page of MEMORY, one after the other, and answers SUCCESS; when MEMORY is full, it takes all pages back
and invalidates. The guest's address of a byte is its offset in MEMORY. When the queue closes the socket, the client
prints its counts and ends, as nest.c does.
"""

import mmap
import os
import select
import socket
import struct
import sys
import time

FAULT = struct.Struct("<6IQ2I")  # flags dev_id pasid grpid perm reserved addr length cookie
RESPONSE = struct.Struct("<2I")  # cookie code
CONTROL = struct.Struct("<6I")  # token op dev_id pasid type length
VTD_S1 = struct.Struct("<2Q2I")  # flags pgtbl_addr addr_width reserved
VTD_S1_INVALIDATE = struct.Struct("<2Q2I")  # addr npages flags reserved
WORD = struct.Struct("<Q")
EVENT = struct.Struct("<2I")  # flags sequence, and 32 bytes
LAST_PAGE, ACKNOWLEDGED, REFUSED = 1 << 1, 1 << 30, 1 << 31
ATTACH, INVALIDATE, OP = 1, 3, 1 << 31
VTD = 1
EVERYTHING = (1 << 64) - 1
PAGE = 4096
ENTRY = 0x27  # present, writable, user, accessed
ROOT = PAGE  # page 0 stays unused


class Guest:
    def __init__(self, memory):
        self.memory = memory
        self.clear()

    def clear(self):
        self.memory[ROOT : ROOT + PAGE] = bytes(PAGE)
        self.free = ROOT + PAGE

    def page(self):
        page, self.free = self.free, self.free + PAGE
        self.memory[page : page + PAGE] = bytes(PAGE)
        return page

    def room(self):
        return self.free + 4 * PAGE <= len(self.memory)  # three tables and a page

    def map(self, addr):
        table = ROOT
        for shift in (39, 30, 21, 12):
            entry = table + (addr >> shift & 511) * 8
            (word,) = WORD.unpack_from(self.memory, entry)
            if not word & 1:
                word = self.page() | ENTRY
                WORD.pack_into(self.memory, entry, word)
            table = word & ~(PAGE - 1) & (1 << 52) - 1


def connect(path):
    for _ in range(3000):
        queue = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            queue.connect(path)
            return queue
        except (FileNotFoundError, ConnectionRefusedError):
            queue.close()  # The queue may open its socket after the client has started.
            time.sleep(0.01)
    sys.exit(f"nest: no process listens on {path}")


def receive(queue):
    try:
        return queue.recv(1 << 16)
    except ConnectionResetError:
        return b""


def main():
    device, pasid = int(sys.argv[3], 0), int(sys.argv[4], 0)
    with open(sys.argv[2], "r+b") as file:
        guest = Guest(mmap.mmap(file.fileno(), 0))
    queue = connect(sys.argv[1])
    events = connect(sys.argv[5]) if len(sys.argv) > 5 else None
    token = faults = invalidations = lost = event_count = 0

    def control(op, data):
        nonlocal token
        token += 1
        queue.sendall(CONTROL.pack(token, OP | op, device, pasid, VTD, len(data)) + data)

    def respond(cookie, last):
        if last:  # A group gets one response.
            queue.sendall(RESPONSE.pack(cookie, 0))

    control(ATTACH, VTD_S1.pack(0, ROOT, 48, 0))
    pending, of_events, waiting = b"", b"", []
    sources = [queue] + ([events] if events else [])
    while sources:
        ready, _, _ = select.select(sources, [], [])
        if events in ready:
            data = receive(events)
            of_events += data
            if not data:
                sources.remove(events)
            while len(of_events) >= EVENT.size:
                flags, sequence = EVENT.unpack_from(of_events)
                size = EVENT.size if flags & 1 else EVENT.size + 32
                if len(of_events) < size:
                    break
                lost, event_count = lost + (flags & 1), event_count + 1 - (flags & 1)
                of_events = of_events[size:]
        if queue not in ready:
            continue
        data = receive(queue)
        if not data:
            sources.remove(queue)
        pending += data
        whole = len(pending) // FAULT.size * FAULT.size
        for flags, _, _, group, perm, _, addr, length, cookie in FAULT.iter_unpack(pending[:whole]):
            if flags & ACKNOWLEDGED:
                if length:
                    sys.exit(f"nest: operation {perm} of record {group}: {os.strerror(length)}")
                if perm == INVALIDATE:
                    # No device uses the old pages any more, so they may be given again.
                    guest.clear()
                    for held, at, last in waiting:
                        guest.map(at)
                        respond(held, last)
                    invalidations, waiting = invalidations + 1, []
            elif flags & REFUSED:
                print(f"nest: cookie {group} refused: {os.strerror(length)}", file=sys.stderr)
            else:
                faults += 1
                if waiting or not guest.room():
                    if not waiting:
                        guest.memory[ROOT : ROOT + PAGE] = bytes(PAGE)
                        control(INVALIDATE, VTD_S1_INVALIDATE.pack(0, EVERYTHING, 0, 0))
                    waiting.append((cookie, addr, flags & LAST_PAGE))
                else:
                    guest.map(addr)
                    respond(cookie, flags & LAST_PAGE)
        pending = pending[whole:]
    print(f"mapped {faults} pages, {invalidations} invalidations, {event_count} events, {lost} losses told")


main()
