"""Another process truncates the file while a thread searches it, as log rotation does."""

import subprocess
import sys
import threading

from prelude import PAGE, check_error, expect, grow, ironmap, new_map, notes, survived

file, m = new_map(pages=8000, access=ironmap.ACCESS_READ)
searching = threading.Event()
errors = []


def search():
    while not errors:
        try:
            expect(m.find(b"\xff", 0) == -1, "found what is not there")
        except ironmap.FaultError as error:
            errors.append(error)
        searching.set()


thread = threading.Thread(target=search, daemon=True)
thread.start()
searching.wait()
fd = file.fileno()
subprocess.run(
    [sys.executable, "-c", f"import os; os.ftruncate({fd}, {PAGE})"], pass_fds=[fd], check=True
)
thread.join()
check_error("search", errors[0], PAGE, PAGE)
grow(m, file)
notes.append(str(errors[0]))
survived()
