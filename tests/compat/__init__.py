"""The behaviour of the module: results, exceptions, positions, files.

Every test runs on the stdlib module and on ironmap. ironmap has the interface of
Python 3.15 on every interpreter. Where versions differ, a test expects what 3.15
does, and ``has`` selects the expectation for an older stdlib module.
"""
