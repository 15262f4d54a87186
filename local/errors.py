"""What can go wrong while starting or calling, one class per answer.

LocalError
├── StartError          the start cannot go on; its text is the one line the user reads
└── CallError           a call of a function did not return
    ├── HandlerRaised   the handler raised, as Lambda's FunctionError
    ├── AllBusy         no process was free in time
    ├── WorkerDied      the process is gone; the call may or may not have had an effect
    └── CallTimedOut    the function's time limit passed, the process was killed
"""


class LocalError(Exception):
    """Base of everything the one-machine run raises."""


class StartError(LocalError):
    """The start cannot go on; the message tells the user what to do."""


class CallError(LocalError):
    """A call of a function did not return a result."""


class HandlerRaised(CallError):
    """The handler raised; Lambda would report a FunctionError."""

    def __init__(self, error_type: str, message: str) -> None:
        super().__init__(message)
        self.error_type = error_type


class AllBusy(CallError):
    """No process was free for as long as the caller would wait; nothing was begun."""


class WorkerDied(CallError):
    """The worker process went away during the call."""


class CallTimedOut(CallError):
    """The function did not answer within its time limit."""
