"""Libraries that use ``import mmap``, or take a buffer."""

import pytest


def needs(name: str) -> None:
    pytest.importorskip(name, reason=f"{name} is not installed: make interop")


def test_pandas_read_csv(runs):
    needs("pandas")
    program = """
        import pandas, pandas.io.common
        assert pandas.io.common.mmap is ironmap
        with open("data.csv", "w") as file:
            file.write("number,word\\n")
            file.writelines(f"{n},w{n % 7}\\n" for n in range(10_000))
        for engine in ("c", "python"):
            mapped = pandas.read_csv("data.csv", memory_map=True, engine=engine)
            assert mapped.equals(pandas.read_csv("data.csv")), engine
            print(mapped.number.sum())
    """
    assert runs(program) == ["49995000", "49995000"]


def test_joblib_load_mmap_mode_uses_ironmap(runs):
    needs("joblib")
    needs("numpy")
    program = """
        import joblib, numpy as np
        joblib.dump({"weights": np.arange(1000)}, "model")
        for mode in ("r", "r+", "c"):
            weights = joblib.load("model", mmap_mode=mode)["weights"]
            assert isinstance(weights, np.memmap)
            assert isinstance(weights._mmap, ironmap.mmap)
            print(weights.sum())
    """
    assert runs(program) == ["499500"] * 3


def test_joblib_workers_share_memory(runs):
    needs("joblib")
    program = """
        import os, joblib

        def add(m, times):
            for _ in range(times):
                m.fetch_add_u64(8, 1)
            return os.getpid()

        if __name__ == "__main__":
            with ironmap.shared(64) as m:
                jobs = [joblib.delayed(add)(m, 1000)] * 4
                assert os.getpid() not in joblib.Parallel(n_jobs=2)(jobs)
                print(m.load_u64(8))
    """
    assert runs(program) == ["4000"]


def test_joblib_worker_gets_reference(runs):
    needs("joblib")
    program = """
        import os, joblib

        def lines(m):
            return m.count(b"\\n"), os.getpid()

        with open("data", "wb") as file:
            file.write(b"a line\\n" * 1000)
        if __name__ == "__main__":
            with ironmap.open("data", offset=7) as m:
                jobs = [joblib.delayed(lines)(m)] * 2
                for count, process in joblib.Parallel(n_jobs=2)(jobs):
                    assert process != os.getpid()
                    print(count)
    """
    assert runs(program) == ["999", "999"]


def test_shared_memory_of_processes_uses_ironmap(runs):
    program = """
        import multiprocessing.shared_memory
        from multiprocessing import get_context
        assert multiprocessing.shared_memory.mmap is ironmap

        def write(name):
            other = multiprocessing.shared_memory.SharedMemory(name)
            other.buf[:5] = b"hello"
            other.close()

        if __name__ == "__main__":
            memory = multiprocessing.shared_memory.SharedMemory(create=True, size=10_000)
            assert isinstance(memory._mmap, ironmap.mmap)
            process = get_context("spawn").Process(target=write, args=(memory.name,))
            process.start()
            process.join()
            print(bytes(memory.buf[:5]).decode(), process.exitcode)
            memory.close()
            memory.unlink()
            numbers = multiprocessing.shared_memory.ShareableList([1, "two", 3.0])
            print(*numbers)
            numbers.shm.close()
            numbers.shm.unlink()
    """
    assert runs(program) == ["hello", "0", "1", "two", "3.0"]


def test_safetensors_tensors_read_from_map(runs):
    """The library's own reader maps files in Rust; this one maps the tensors."""
    needs("safetensors")
    needs("numpy")
    program = """
        import json, struct
        import numpy as np
        from safetensors.numpy import load, save_file

        tensors = {"w": np.arange(10_000, dtype="<f4").reshape(100, 100), "b": np.ones(3, "<f4")}
        save_file(tensors, "model.safetensors")
        with ironmap.open("model.safetensors") as m:
            (size,) = struct.unpack("<Q", m[:8])
            header = json.loads(m[8 : 8 + size])
            assert load(m[:]).keys() == tensors.keys()
        data = ironmap.open("model.safetensors", offset=8 + size)
        for name, tensor in tensors.items():
            begin, end = header[name]["data_offsets"]
            flat = np.frombuffer(data, "<f4", (end - begin) // 4, begin)
            assert np.array_equal(flat.reshape(header[name]["shape"]), tensor)
            print(int(flat.sum(dtype="f8")))
    """
    assert runs(program) == ["49995000", "3"]


def test_pyarrow_buffer_reads_without_copy(runs):
    needs("pyarrow")
    program = """
        import pyarrow as pa
        table = pa.table({"number": range(10_000)})
        with pa.OSFile("data.arrow", "wb") as sink, pa.ipc.new_file(sink, table.schema) as writer:
            writer.write_table(table)
        m = ironmap.open("data.arrow")
        buffer = pa.py_buffer(m)
        start = buffer.address
        read = pa.ipc.open_file(pa.BufferReader(buffer)).read_all()
        column = read["number"].chunk(0).buffers()[1]
        assert start <= column.address < start + len(m), "copied"
        print(sum(read["number"].to_pylist()))
    """
    assert runs(program) == ["49995000"]


def test_pandas_python_engine_reads_file_map(runs):
    """It reads text from what is an `io.IOBase` or has a mode with a "b"."""
    needs("pandas")
    program = """
        import io
        import pandas
        with open("data.csv", "w") as file:
            file.write("a,b\\n1,2\\n3,4\\n")
        with open("data.txt", "w") as file:
            file.write("a  b  \\n1  2  \\n3  4  \\n")
        for engine in ("c", "python"):
            with ironmap.open("data.csv") as m:
                print(pandas.read_csv(m, engine=engine).a.sum())
        with ironmap.open("data.txt") as m:
            print(pandas.read_fwf(m).b.sum())
    """
    assert runs(program) == ["4", "4", "6"]


@pytest.mark.parametrize(
    ("reader", "writer"),
    [
        ("read_csv", "write_csv"),
        ("scan_csv", "write_csv"),
        ("read_ndjson", "write_ndjson"),
        ("read_parquet", "write_parquet"),
        ("scan_parquet", "write_parquet"),
        ("read_ipc", "write_ipc"),
    ],
)
def test_polars_reads_file_map(runs, reader, writer):
    needs("polars")
    program = f"""
        import polars
        table = polars.DataFrame({{"number": range(10_000)}})
        table.{writer}("data")
        with ironmap.open("data") as m:
            read = polars.{reader}(m).lazy().collect()
            assert read.equals(table)
            print(read["number"].sum())
    """
    assert runs(program) == ["49995000"]


def test_aiohttp_sends_file_map(runs):
    needs("aiohttp")
    program = """
        import asyncio
        import aiohttp
        from aiohttp import web

        async def main():
            async def length(request):
                return web.json_response(len(await request.read()))

            app = web.Application(client_max_size=1 << 30)
            app.add_routes([web.post("/", length)])
            runner = web.AppRunner(app)
            await runner.setup()
            site = web.TCPSite(runner, "127.0.0.1", 0)
            await site.start()
            port = site._server.sockets[0].getsockname()[1]
            with ironmap.open("data") as m:
                async with aiohttp.ClientSession() as session:
                    async with session.post(f"http://127.0.0.1:{port}/", data=m) as answer:
                        print(await answer.json())
            await runner.cleanup()

        with open("data", "wb") as file:
            file.write(b"a line\\n" * 100_000)
        asyncio.run(main())
    """
    assert runs(program) == ["700000"]
