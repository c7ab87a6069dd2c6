"""What the web server itself writes to its log: the same lines as ours, without the messages of exceptions or secret addresses."""

from __future__ import annotations

from typing import Any

from gunicorn.glogging import Logger

from relevnt.logs import LineFormatter


class WebLogger(Logger):  # type: ignore[misc]
    """gunicorn's own logger, told to write a line as the rest of Relevnt does."""

    def setup(self, cfg: Any) -> None:
        """Set gunicorn's handlers up, then write their lines in our way."""
        super().setup(cfg)
        for handler in (*self.error_log.handlers, *self.access_log.handlers):
            handler.setFormatter(LineFormatter())
