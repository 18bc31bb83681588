"""Extensions of ironmap, compared with ``bytes`` and ``io.BytesIO``."""
