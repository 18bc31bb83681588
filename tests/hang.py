"""The limit on the time of a test."""

# Seconds. Only a hang takes so long: a busy machine is many times slower than an idle one.
HANG = 600
