"""A FUSE file system of one file. Its server is a child process and implements only the requests
that a map needs.

The requests and answers are those of linux/fuse.h, version 7.31.
"""

import contextlib
import ctypes
import errno
import os
import signal
import stat
import struct

import filesystems
from prelude import PAGE, skipped

from hang import HANG

LOOKUP, FORGET, GETATTR, OPEN, READ, RELEASE, FLUSH, INIT = 1, 2, 3, 14, 15, 18, 25, 26
BATCH_FORGET = 42
ROOT, FILE, NAME = 1, 2, b"file"
HEADER = struct.Struct("<IIQQIIII")  # len, opcode, unique, node, uid, gid, pid, padding
ANSWER = struct.Struct("<IiQ")  # len, error, unique
# With direct I/O the kernel refuses shared maps.
DIRECT_IO, KEEP_CACHE = 1, 2
LONGEST = 1 << 17


class Server:
    """Answers requests until the kernel closes the connection."""

    # The seconds for which the kernel keeps the attributes.
    valid = 3600

    def __init__(self, device, content, open_flags):
        self.device, self.content, self.open_flags = device, content, open_flags

    def run(self):
        while True:
            try:
                request = os.read(self.device, LONGEST + PAGE)
            except OSError:
                return
            _, opcode, unique, node, *_ = HEADER.unpack_from(request)
            if opcode in (FORGET, BATCH_FORGET):
                continue
            error, answer = self.answer(opcode, node, request[HEADER.size :])
            os.write(self.device, ANSWER.pack(ANSWER.size + len(answer), -error, unique) + answer)

    def answer(self, opcode, node, body):
        if opcode == INIT:
            return 0, struct.pack(
                "<IIIIHHIIHHIIHHI6I", 7, 31, 0, 0, 0, 0, LONGEST, 0, 0, 0, 0, 0, 0, 0, *[0] * 7
            )[:64]
        if opcode == GETATTR:
            return 0, struct.pack("<QII", self.valid, 0, 0) + self.attributes(node)
        if opcode == LOOKUP and body.rstrip(b"\0") == NAME:
            times = struct.pack("<QQII", 3600, self.valid, 0, 0)
            return 0, struct.pack("<QQ", FILE, 0) + times + self.attributes(FILE)
        if opcode == OPEN:
            return 0, struct.pack("<QII", 0, self.open_flags, 0)
        if opcode == READ:
            _, offset, size = struct.unpack_from("<QQI", body)
            return self.read(offset, size)
        if opcode in (RELEASE, FLUSH):
            return 0, b""
        return (errno.ENOENT if opcode == LOOKUP else errno.ENOSYS), b""

    def read(self, offset, size):
        return 0, self.content[offset : offset + size]

    def attributes(self, node):
        mode = stat.S_IFDIR | 0o755 if node == ROOT else stat.S_IFREG | 0o644
        size = 0 if node == ROOT else len(self.content)
        blocks = -(-size // 512)
        return struct.pack(
            "<QQQQQQ10I", node, size, blocks, 0, 0, 0, 0, 0, 0, mode, 1, 0, 0, 0, PAGE, 0
        )


class UnreadableFrom(Server):
    """Has an unreadable block from a byte on."""

    def __init__(self, *arguments, readable):
        super().__init__(*arguments)
        self.readable = readable

    def read(self, offset, size):
        if offset + size > self.readable:
            return errno.EIO, b""
        return super().read(offset, size)


class ShortReads(Server):
    """Answers each read with half of a page."""

    def read(self, offset, size):
        return super().read(offset, min(size, PAGE // 2))


class Changing(Server):
    """Has another generation of the bytes for each read."""

    reads = 0

    def read(self, offset, size):
        self.reads += 1
        return 0, bytes([self.reads]) * min(size, len(self.content) - offset)


class Growing(Server):
    """Has no bytes before SIGUSR1 comes."""

    valid = 0

    def __init__(self, device, content, open_flags):
        super().__init__(device, b"", open_flags)
        signal.signal(signal.SIGUSR1, lambda *_: setattr(self, "content", content))


@contextlib.contextmanager
def file_system(content, server_class=Server, open_flags=KEEP_CACHE, **more):
    """Yields the path of a file with this content, and its server."""
    filesystems.private_mounts()
    try:
        device = os.open("/dev/fuse", os.O_RDWR)
    except OSError as error:
        skipped(f"no FUSE here: {error}")
    options = f"fd={device},rootmode=40000,user_id=0,group_id=0".encode()
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.mount(b"test", b"/mnt", b"fuse.test", 0, options):
        skipped(f"no FUSE here: {os.strerror(ctypes.get_errno())}")
    server = os.fork()
    if server == 0:
        signal.alarm(HANG)
        server_class(device, content, open_flags, **more).run()
        os._exit(0)
    os.close(device)
    try:
        yield f"/mnt/{NAME.decode()}", server
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.kill(server, signal.SIGKILL)
        os.waitpid(server, 0)
