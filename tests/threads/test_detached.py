"""Long work lets other threads go on, and nobody who waits is stuck."""

import pytest

from .running import run_program


@pytest.mark.parametrize(
    "work",
    [
        'm.find(b"absent", 0)',
        'm.rfind(b"absent", 0)',
        "m.read_all()",
        "m.move(0, SIZE // 2, SIZE // 2)",
        "m[: SIZE // 2] == b''",
        "m.readline()",
    ],
)
def test_another_thread_goes_on(work):
    """Counted in steps of the other thread while the call runs, not in time.

    A thread that held the GIL would leave the other one no step at all.
    """
    run_program(f"""
        SIZE = 256 << 20

        class Map(mmap.mmap):
            def read_all(self):
                self.seek(0)
                return len(self.read())

        m = Map(-1, SIZE)
        m.madvise(mmap.MADV_NORMAL)
        steps = 0
        stop = threading.Event()

        def count():
            global steps
            while not stop.is_set():
                steps += 1
                time.sleep(0)

        thread = threading.Thread(target=count)
        thread.start()
        while steps < 10:
            time.sleep(0.001)
        sys.setswitchinterval(100)  # Only who lets go lets others on.
        before = steps
        {work}
        during = steps - before
        sys.setswitchinterval(0.005)
        stop.set()
        thread.join()
        assert during > 0, "nobody else ran"
    """)


def test_flush_lets_others_on():
    run_program("""
        file = tempfile.NamedTemporaryFile()
        file.truncate(64 << 20)
        m = mmap.mmap(file.fileno(), 0)
        steps = 0
        stop = threading.Event()

        def count():
            global steps
            while not stop.is_set():
                steps += 1
                time.sleep(0)

        thread = threading.Thread(target=count)
        thread.start()
        during = 0
        for round in range(20):
            m[::PAGE] = bytes([round]) * (len(m) // PAGE)
            before = steps
            m.flush()
            during += steps - before
        stop.set()
        thread.join()
        assert during > 0, "nobody else ran"
    """)


def test_ctrl_c_reaches_who_waits():
    run_program("""
        m = mmap.mmap(-1, 1 << 30)
        searching = threading.Event()
        stop = threading.Event()

        def search():
            while not stop.is_set():
                searching.set()
                m.rfind(b"absent", 0)

        threads = [threading.Thread(target=search) for _ in range(2)]
        for thread in threads:
            thread.start()
        searching.wait()

        def interrupt():
            time.sleep(0.3)
            os.kill(os.getpid(), signal.SIGINT)

        threading.Thread(target=interrupt).start()
        try:
            while True:
                m.resize(len(m))
        except KeyboardInterrupt:
            pass
        stop.set()
        for thread in threads:
            thread.join()
        assert len(m) == 1 << 30
    """)


def test_a_handler_may_close_the_map_that_is_waited_for():
    run_program("""
        m = mmap.mmap(-1, 1 << 30)
        signal.signal(signal.SIGALRM, lambda *_: m.close())
        searching = threading.Event()

        def search():
            searching.set()
            closed_or(lambda: m.rfind(b"absent", 0), lambda at: at == -1)

        thread = threading.Thread(target=search)
        thread.start()
        searching.wait()
        signal.setitimer(signal.ITIMER_REAL, 0.001)
        for _ in range(100):
            if not closed_or(lambda: m.resize(len(m)), lambda r: r is None):
                break
        thread.join()
        m.close()
    """)


def test_a_forked_child_does_not_wait_for_threads_that_it_has_not():
    run_program("""
        m = mmap.mmap(-1, 256 << 20)
        stop = threading.Event()

        def search():
            while not stop.is_set():
                m.find(b"absent", 0)

        def write():
            while not stop.is_set():
                m[: 64 << 20] = bytes(64 << 20)

        threads = [threading.Thread(target=f) for f in (search, write)]
        for thread in threads:
            thread.start()
        for _ in range(15):
            child = os.fork()
            if child == 0:
                signal.alarm(20)
                assert m[5] == 0
                m[6] = 0
                m.close()
                os._exit(0)
            assert os.waitpid(child, 0)[1] == 0
        stop.set()
        for thread in threads:
            thread.join()
    """)


def test_the_interpreter_ends_under_a_search():
    for _ in range(5):
        run_program("""
            m = mmap.mmap(-1, 64 << 20)

            def search():
                while True:
                    m.find(b"absent", 0)

            threading.Thread(target=search, daemon=True).start()
        """)


def test_a_writer_is_not_kept_out_by_a_stream_of_searches():
    run_program("""
        m = mmap.mmap(-1, 128 << 20)
        stop = threading.Event()

        def search():
            while not stop.is_set():
                m.find(b"absent", 0)

        def write():
            for value in range(200):
                m[0] = value
            stop.set()

        run(search, search, search, write)
        assert m[0] == 199
    """)
