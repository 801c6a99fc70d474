# SPDX-License-Identifier: GPL-2.0
"""Running commands, several at a time, and leaving none behind."""

import concurrent.futures
import os
import signal
import subprocess
import sys
import threading
from subprocess import PIPE

_running = set()
_lock = threading.Lock()


def start(command, **how):
    """Start a shell command in a process group of its own."""
    with _lock:
        process = subprocess.Popen(["sh", "-c", command], stdin=subprocess.DEVNULL,
                                   start_new_session=True, **how)
        _running.add(process)
    return process


def finish(process, timeout=None):
    """Return the exit status; after @timeout seconds everything it started is killed."""
    try:
        return process.wait(timeout)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        return process.wait()
    finally:
        _running.discard(process)


def run(command, log, timeout=None, env=None):
    """Run a shell command with its output in the file @log; return its exit status."""
    with open(log, "wb") as out:
        process = start(command, stdout=out, stderr=subprocess.STDOUT,
                        env={**os.environ, **(env or {})})
    return finish(process, timeout)


def parallel(function, items, jobs):
    """Yield function(item) for each item, in their order, @jobs at a time."""
    with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
        try:
            yield from pool.map(function, items)
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            kill_all()
            raise


def kill_all():
    with _lock:
        for process in list(_running):
            try:
                os.killpg(process.pid, signal.SIGKILL)
            except ProcessLookupError:
                pass


def kill_all_on_signals():
    def stop(number, _frame):
        kill_all()
        sys.exit(128 + number)
    for number in signal.SIGINT, signal.SIGTERM, signal.SIGHUP:
        signal.signal(number, stop)
