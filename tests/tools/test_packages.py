"""The complaints of the check of the packages."""

from packages import ABI3T, FREE_THREADED, Wheel, complaints, sources, version

WHEEL = Wheel("manylinux2014_x86_64.manylinux_2_17_x86_64", [])
TAGS = ["cp311-abi3-manylinux_2_17_x86_64", "cp311-abi3-manylinux2014_x86_64"]
INFO = f"ironmap-{version()}.dist-info"
NAMES = [
    *(f"ironmap/{name}" for name in sources()),
    "ironmap/_ironmap.abi3.so",
    f"{INFO}/METADATA",
    f"{INFO}/licenses/LICENSE-APACHE",
    f"{INFO}/licenses/LICENSE-MIT",
]


def test_wheel_complete_has_no_complaints():
    assert complaints(WHEEL, NAMES, TAGS) == []


def test_wheel_sources_include_stubs():
    assert {"__init__.py", "__init__.pyi", "py.typed", "_open.py"} <= set(sources())


def test_wheel_sources_include_folders():
    assert "in-children/sitecustomize.py" in sources()


def test_wheel_missing_file():
    without = [name for name in NAMES if name != "ironmap/__init__.py"]
    assert complaints(WHEEL, without, TAGS) == ["no ironmap/__init__.py"]
    assert complaints(WHEEL, NAMES[:-1], TAGS) == [f"no {INFO}/licenses/LICENSE-MIT"]


def test_wheel_extra_file():
    wrong = complaints(WHEEL, [*NAMES, "ironmap/_ironmap.pyd"], TAGS)
    assert wrong == ["ironmap/_ironmap.pyd does not belong there"]


def test_wheel_wrong_tags():
    (wrong,) = complaints(WHEEL, NAMES, ["cp311-abi3-linux_x86_64"])
    assert wrong.startswith("its tags are ['cp311-abi3-linux_x86_64']")


def test_wheel_without_gil_has_its_tags():
    assert ABI3T.name == f"ironmap-{version()}-cp315-abi3.abi3t-{ABI3T.platform}.whl"
    assert ABI3T.tags == [
        "cp315-abi3-manylinux2014_x86_64",
        "cp315-abi3-manylinux_2_17_x86_64",
        "cp315-abi3t-manylinux2014_x86_64",
        "cp315-abi3t-manylinux_2_17_x86_64",
    ]
    assert FREE_THREADED.tags[0] == "cp314-cp314t-manylinux2014_x86_64"
