"""Runs the tests of files on NFS, 9p and vfat, in user-mode Linux, on Debian 12.

    python tools/uml.py [NAME…]

User-mode Linux is a kernel that is a program. Its root is this machine's tree, for reading; server
and client of NFS and 9p are one guest. Needs the extension of `make build`, and root.
"""

import os
import shlex
import sys
from pathlib import Path

import arm64
import chroot
import cross
import disks
import systems

HERE = systems.HERE / "uml"
# Beside this machine's system, where a server would be started.
ROOT = HERE / "root"
PACKAGES = ("diod", "dosfstools", "kmod", "nfs-kernel-server", "user-mode-linux")
SERVED = Path("/media/disk")
# The files of the guest's disks, and how they are made.
DISKS = {"disk": ("ext4", "-q"), "vfat": ("vfat",)}

NINE = "trans=tcp,port=5640,aname={},version=9p2000.L,msize=65536,uname=root,access=any,cache=mmap"
MOUNTS = {
    "nfs": "mount -i -t nfs4 -o vers=4.2,addr=127.0.0.1,clientaddr=127.0.0.1 127.0.0.1:/ /srv",
    "9p": f"mount -t 9p -o {NINE.format(SERVED / '9p')} 127.0.0.1 /srv",
    "vfat": "mount -t vfat -o utf8 /dev/ubdb /srv",
}
CUT = "tests/sigbus/server/cut_on_server.py"
# The kernel itself fails in these: a child of a fork has the pages of MADV_DONTFORK, there is no
# memory for huge pages, and its host ends a process of more than 65,530 areas.
LEFT_OUT = (
    "fork_missing_page_is_fault",
    "huge_stack_and_no_reserve_swap_reach_the_system",
    "every_second_page_private",
)
# It panics in some stores to shared maps of 9p (v9fs_vm_page_mkwrite): there a file is only cut.
CUT_ALONE = "9p"
# FAT has no files of 4 GiB and no holes, and its times change every two seconds.
LACKING = {
    "vfat": (
        *("large_offsets::", "resize_keeps_file_sparse"),
        "snapshot_of_a_changing_file_is_whole_or_an_error",
    )
}

INIT = """\
#!/bin/bash
export PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LANG=C.UTF-8
its() {{
    LD_LIBRARY_PATH={root}/usr/lib/x86_64-linux-gnu:{root}/lib/x86_64-linux-gnu \\
        PATH={root}/usr/sbin:{root}/usr/bin:{root}/sbin:{root}/bin:$PATH "$@"
}}
mount -t proc none /proc
mount -t sysfs none /sys
mkdir -p /dev/shm /dev/pts
mount -t tmpfs none /dev/shm
mount -t devpts none /dev/pts
[ -e /dev/fd ] || ln -s /proc/self/fd /dev/fd
for folder in /media /mnt /run /srv /tmp /var/lib; do mount -t tmpfs none $folder; done
ip link set lo up
mkdir -p /run/modules/lib/modules /var/lib/nfs/rpc_pipefs {served}
ln -s {root}/usr/lib/uml/modules/$(uname -r) /run/modules/lib/modules
its modprobe --dirname /run/modules --all {modules}
mount /dev/ubda {served}
mkdir {served}/nfs {served}/9p

mount -t nfsd none /proc/fs/nfsd
touch /var/lib/nfs/etab
its rpc.mountd --no-nfs-version 3
its exportfs -o rw,no_root_squash,insecure,no_subtree_check,fsid=0 127.0.0.1:{served}/nfs
its rpc.nfsd --no-nfs-version 3 2
# There is no client from before to wait for.
echo Y >/proc/fs/nfsd/v4_end_grace
its diod --no-auth --listen 127.0.0.1:5640 --export {served}/9p --logdest /dev/null

cd {checkout}
{command}
sync
echo o >/proc/sysrq-trigger
sleep 10
"""
MODULES = "nfsd nfs nfsv4 9p 9pnet_fd vfat nls_cp437 nls_iso8859-1 nls_ascii nls_utf8 fuse loop"


def boot(names: list[str]) -> None:
    """Runs this program in the guest; exits with 1 unless all tests passed."""
    guest = [sys.executable, __file__, "guest", disks.test_program(), *names]
    init = HERE / "init"
    settings = {"served": SERVED, "root": ROOT, "modules": MODULES, "checkout": cross.ROOT}
    init.write_text(INIT.format(command=shlex.join(guest), **settings))
    init.chmod(0o755)
    kernel = [
        str(ROOT / "usr/bin/linux.uml"),
        "mem=3G",
        f"uml_dir={HERE}",
        "panic=-1",
        "root=/dev/root",
    ]
    kernel += ["rootfstype=hostfs", "rootflags=/", "ro", f"init={init}"]
    kernel += ["con=null", "con0=null,fd:1"]
    for number, (name, (kind, *quiet)) in enumerate(DISKS.items()):
        image = HERE / f"{name}.img"
        image.unlink(missing_ok=True)
        with image.open("wb") as file:
            file.truncate(8 << 30)
        cross.output([maker(kind), *quiet, str(image)])
        kernel.append(f"ubd{number}={image}")
    (cross.ROOT / "target" / "tmp").mkdir(parents=True, exist_ok=True)
    arm64.report(kernel)


def maker(kind: str) -> str:
    """Returns the program that makes such a file system: ROOT's, if it has one."""
    own = (ROOT / folder / f"mkfs.{kind}" for folder in ("sbin", "usr/sbin"))
    return str(next(filter(Path.exists, own), f"mkfs.{kind}"))


def guest(program: str, names: list[str]) -> None:
    """Runs the tests, in the guest; the last line has how many file systems passed."""
    failed = []
    for name in names:
        each = []
        if name != CUT_ALONE:
            each = disks.commands(program, (*LEFT_OUT, *LACKING.get(name, ())))
        served = SERVED / name
        if served.exists():
            os.environ["IRONMAP_SERVED"] = str(served)
            each.insert(0, [*disks.PYTEST_COMMAND, "--basetemp=/tmp/pytest", CUT])
        failed += disks.run_all(Path("/tmp"), {name: MOUNTS[name]}, each)
    print(f"guest: {len(names) - len(failed)} passed, {len(failed)} failed", flush=True)


def main() -> None:
    if sys.argv[1:2] == ["guest"]:
        return guest(sys.argv[2], sys.argv[3:])
    chosen = sys.argv[1:] or list(MOUNTS)
    if os.geteuid() != 0:
        sys.exit("needs root, to make the guest's system")
    if unknown := sorted(set(chosen) - MOUNTS.keys()):
        sys.exit(f"no file system {', '.join(unknown)}; there are {', '.join(MOUNTS)}")
    cross.need("e2fsprogs", "iproute2", "util-linux")
    chroot.mmdebstrap(ROOT, "bookworm", PACKAGES, "--variant=extract")
    boot(chosen)
    return None


if __name__ == "__main__":
    main()
