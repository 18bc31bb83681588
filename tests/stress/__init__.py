"""The soak; soak.py is the program."""
