"""Maps whose files are truncated, or on full or broken file systems.

programs/  each survives its faults
fatal/     each is killed by a SIGBUS, as it should be
table/     every operation × every kind of map × every truncation
support/   modules that the programs import
"""
