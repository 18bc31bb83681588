"""A file that is replaced by rename stays whole for the map."""

from prelude import PAGE, check_intact, content, expect, ironmap, os, survived, tempfile

# FUSE keeps a removed file that is mapped, under a name of its own.
with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
    path = os.path.join(folder, "data")
    with open(path, "w+b") as file:
        file.write(content(2 * PAGE))
        file.flush()
        m = ironmap.mmap(file.fileno(), 0)
        with open(path + ".new", "wb") as new:
            new.write(b"short")
        os.replace(path + ".new", path)
        check_intact(m, file)
        os.remove(path)
        check_intact(m, file)
        expect(m.faults == 0, "a fault was counted")
survived()
