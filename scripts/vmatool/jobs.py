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
_lock = threading.RLock()
_starting = False
_signal = 0		# the one that was caught
_how = signal.SIGKILL


def start(command, **how):
    """Start a command, of the shell if it is a string, in a process group of its own.  It
    inherits what is inheritable: a lock that is held, say.
    """
    global _starting
    with _lock:
        _starting = True
        try:
            process = subprocess.Popen(["sh", "-c", command] if isinstance(command, str) else command,
                                       stdin=subprocess.DEVNULL, start_new_session=True,
                                       close_fds=False, **how)
            _running.add(process)
        finally:
            _starting = False
    if _signal:
        _leave()
    return process


def finish(process, timeout=None):
    """Return the exit status; after @timeout seconds everything it started is killed."""
    try:
        return process.wait(timeout)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        return process.wait()
    except SystemExit:
        process.wait()
        raise
    finally:
        _running.discard(process)


def run(command, log, timeout=None, env=None, errors=None):
    """Run a command with its output in the file @log, and what it says on stderr there, too,
    or in the file @errors; return its exit status.
    """
    with open(log, "wb") as out, open(errors or os.devnull, "wb") as err:
        process = start(command, stdout=out, stderr=err if errors else subprocess.STDOUT,
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


def kill_all(how=signal.SIGKILL):
    with _lock:
        for process in list(_running):
            try:
                os.killpg(process.pid, how)
            except ProcessLookupError:
                pass


def _leave():
    kill_all(_how)
    sys.exit(128 + _signal)


def kill_all_on_signals(how=signal.SIGKILL):
    """A signal ends what runs with the signal @how, and leaves by SystemExit."""
    global _how
    _how = how

    def stop(number, _frame):
        global _signal
        _signal = number
        # What is being started right now is not known yet: start() will see to it.
        if not _starting:
            _leave()
    for number in signal.SIGINT, signal.SIGTERM, signal.SIGHUP:
        signal.signal(number, stop)
