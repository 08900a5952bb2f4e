"""Ctrl-C between two steps instead of in the middle of one."""

import signal
import threading


class Interruptible:
    """with Interruptible() as stop: `stop.requested` turns True at the first Ctrl-C.

    A second Ctrl-C interrupts at once, as usual. Outside the main thread, where Python delivers no
    signals, it does nothing.
    """

    def __init__(self):
        self.requested = False

    def __enter__(self):
        self.ours = threading.current_thread() is threading.main_thread()
        if self.ours:
            self.before = signal.signal(signal.SIGINT, self._request)
        return self

    def __exit__(self, *_):
        if self.ours:
            signal.signal(signal.SIGINT, self.before)

    def _request(self, signum, frame):
        if self.requested:
            raise KeyboardInterrupt
        self.requested = True
