"""Celery on Redis, as a peer of durable tasks. `benches/src/bin/tasks/peers.rs` starts it:

`PLACE=redis://… LOG=FILE celery -A probe worker` runs tasks until it is killed;
`PLACE=redis://… python probe.py enqueue WHAT NUMBER` stores tasks, and prints how many seconds that took.
"""

import os
import sys
import time

from celery import Celery
from celery.signals import task_success

app = Celery("probe", broker=os.environ["PLACE"], backend=os.environ["PLACE"])
app.conf.update(
    # So that a task is not lost with its worker.
    task_acks_late=True,
    task_reject_on_worker_lost=True,
    worker_prefetch_multiplier=1,
    # After how many seconds a task that was not acknowledged is given to another worker.
    broker_transport_options={"visibility_timeout": 5},
    worker_hijack_root_logger=False,
)


def now():
    return time.time_ns() // 1000


def note(line):
    descriptor = os.open(os.environ["LOG"], os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    try:
        os.write(descriptor, line.encode())
    finally:
        os.close(descriptor)


@app.task(bind=True, name="probe")
def probe(self, what, number, at):
    attempt = self.request.retries + 1
    note(f"{what} {number} {attempt} {at} {now()}\n")
    if what == "failing" and attempt == 1:
        raise self.retry(countdown=1)
    if what == "slow":
        time.sleep(0.02)


@task_success.connect
def ended(sender=None, **_):
    what, number, _at = sender.request.args
    if what == "slow":
        note(f"ended {number} 1 0 {now()}\n")


def enqueue(what, number):
    if what in ("stamped", "failing"):
        for each in range(number):
            probe.delay(what, each, now())
            time.sleep(0.023)
        return
    started = time.monotonic()
    for each in range(number):
        probe.delay(what, each, now())
    print(time.monotonic() - started)


if __name__ == "__main__":
    enqueue(sys.argv[2], int(sys.argv[3]))
