"""The soak, in parts: soak.py is the program."""
