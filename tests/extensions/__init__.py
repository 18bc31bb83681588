"""What ironmap has and the stdlib module has not, beside ``bytes`` and ``io.BytesIO``."""
