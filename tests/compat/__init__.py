"""What a program sees of the module: results, exceptions, positions, files.

Every test runs on the stdlib module and on ironmap. ironmap offers the surface
of Python 3.15 on every interpreter, so where versions differ a test says what
3.15 does, and ``has`` gives an older stdlib module its own expectation.
"""
