"""Maps whose files are cut, full or gone under them.

programs/  each ends by itself, whatever it touched
fatal/     each is killed by a SIGBUS that is not ours
table/     every operation × every kind of map × every cut
support/   what they import
"""
