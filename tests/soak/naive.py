"""The control: what is usually built. A Celery task that posts, then marks, and tries again when anything goes wrong."""

from __future__ import annotations

import os
from typing import Any

import psycopg
from celery import Celery

from tests.employers.client import PDF, call, multipart

app = Celery("naive", broker=os.environ["NAIVE_BROKER"])
app.conf.task_ignore_result = True
app.conf.worker_prefetch_multiplier = 1
app.conf.broker_connection_retry_on_startup = True
app.conf.broker_transport_options = {"visibility_timeout": 300}


@app.task(bind=True, max_retries=8)
def send(self: Any, number: int) -> None:
    """Apply once, as its author believes."""
    body, headers = multipart(
        ("candidate[name]", "Ada Lovelace"),
        ("candidate[email]", f"person{number}@naive.example"),
        ("candidate[phone]", "+44 20 7946 0000"),
        ("candidate[cv]", PDF, "cv.pdf"),
    )
    url = f"{os.environ['NAIVE_ROOT']}/firm{number}/api/offers/naive-{number}/candidates"
    try:
        status = call("POST", url, body, {**headers, "Idempotency-Key": f"naive-{number}"}, timeout=3).status
        if status == 429 or status >= 500:
            raise ConnectionError(status)
        with psycopg.connect(os.environ["NAIVE_DATABASE"], autocommit=True) as database:
            said = "sent" if status < 300 or status == 409 else "failed"
            database.execute("UPDATE naive SET status = %s WHERE number = %s", [said, number])
    except (OSError, psycopg.Error) as error:
        raise self.retry(exc=error, countdown=1) from error
