"""Python's mmap module on a Rust core: ``import ironmap as mmap``.

Every name comes from the extension, which offers the constants that this
system has. As in the stdlib module there is no ``__all__``.
"""

from ironmap._ironmap import *
