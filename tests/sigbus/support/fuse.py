"""A FUSE file system of one file, unreadable from a given byte on. Its server is a child
process and implements only the requests that a map needs.

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
KEEP_CACHE = 2
LONGEST = 1 << 17


class Server:
    """Answers requests until the kernel closes the connection."""

    def __init__(self, device, content, readable):
        self.device, self.content, self.readable = device, content, readable

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
            return 0, struct.pack("<QII", 3600, 0, 0) + self.attributes(node)
        if opcode == LOOKUP and body.rstrip(b"\0") == NAME:
            return 0, struct.pack("<QQQQII", FILE, 0, 3600, 3600, 0, 0) + self.attributes(FILE)
        if opcode == OPEN:
            return 0, struct.pack("<QII", 0, KEEP_CACHE, 0)
        if opcode == READ:
            _, offset, size = struct.unpack_from("<QQI", body)
            if offset + size > self.readable:
                return errno.EIO, b""
            return 0, self.content[offset : offset + size]
        if opcode in (RELEASE, FLUSH):
            return 0, b""
        return (errno.ENOENT if opcode == LOOKUP else errno.ENOSYS), b""

    def attributes(self, node):
        mode = stat.S_IFDIR | 0o755 if node == ROOT else stat.S_IFREG | 0o644
        size = 0 if node == ROOT else len(self.content)
        blocks = -(-size // 512)
        return struct.pack(
            "<QQQQQQ10I", node, size, blocks, 0, 0, 0, 0, 0, 0, mode, 1, 0, 0, 0, PAGE, 0
        )


@contextlib.contextmanager
def file_system(content, readable):
    """Yields the path of a file with this content, readable up to a byte, and its server."""
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
        Server(device, content, readable).run()
        os._exit(0)
    os.close(device)
    try:
        yield f"/mnt/{NAME.decode()}", server
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.kill(server, signal.SIGKILL)
        os.waitpid(server, 0)
