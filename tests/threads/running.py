"""Runs a program that uses threads in a process of its own, with a deadline."""

import subprocess
import sys
import textwrap

PRELUDE = """
import faulthandler, os, signal, sys, tempfile, threading, time
import ironmap as mmap

# A hang prints every thread's stack and ends the process with status 1.
faulthandler.dump_traceback_later({deadline}, exit=True)
PAGE = mmap.PAGESIZE


def run(*functions):
    '''Each function in a thread of its own; the first exception is raised.'''
    wrong = []

    def guarded(function):
        try:
            function()
        except BaseException as error:
            wrong.append(error)

    threads = [threading.Thread(target=guarded, args=(f,)) for f in functions]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if wrong:
        raise wrong[0]


def closed_or(function, expected):
    '''The right answer, or that the map is closed; nothing in between.'''
    try:
        result = function()
    except ValueError as error:
        assert str(error) == "mmap closed or invalid", error
        return False
    assert expected(result), result
    return True
"""


def run_program(source: str, *, deadline: int = 60) -> str:
    """What the program printed; it must end by itself, with status 0."""
    prelude = PRELUDE.replace("{deadline}", str(deadline))
    done = subprocess.run(
        [sys.executable, "-c", prelude + textwrap.dedent(source)],
        capture_output=True,
        text=True,
        timeout=deadline + 30,
    )
    assert done.returncode == 0, f"status {done.returncode}\n{done.stdout}\n{done.stderr}"
    return done.stdout
