"""The product's own Celery app with the entries of auto-apply alone: in a soak nobody reads feeds or scores jobs anew."""

from relevnt.celery import app

KEPT = ("tick", "run-rules", "look-after-applications")
app.conf.beat_schedule = {name: app.conf.beat_schedule[name] for name in KEPT}
app.conf.beat_max_loop_interval = 1
