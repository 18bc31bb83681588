"""Files mapped without read or without write protection, shared and private."""

from prelude import PAGE, attempt, mmap, new_file, survived, wrong

READ, WRITE, EXEC = mmap.PROT_READ, mmap.PROT_WRITE, mmap.PROT_EXEC
for flags in (mmap.MAP_SHARED, mmap.MAP_PRIVATE):
    for prot in (0, READ, WRITE, EXEC, READ | EXEC, WRITE | EXEC, READ | WRITE):
        file = new_file(2)
        m = mmap.mmap(file.fileno(), 0, flags=flags, prot=prot)
        label = f"flags={flags} prot={prot}"
        attempt(f"{label} read", lambda: m[0], lambda byte: byte == 65)
        attempt(f"{label} find", lambda: m.find(b"A", 0), lambda at: at == 0)
        stored = attempt(f"{label} write", lambda: m.__setitem__(PAGE, 66))
        if stored is None and m[PAGE] != 66:
            wrong("the store went nowhere")
        attempt(f"{label} resize", lambda: m.resize(4 * PAGE))
        attempt(f"{label} read the end", lambda: m[-1])
        m.close()
survived()
