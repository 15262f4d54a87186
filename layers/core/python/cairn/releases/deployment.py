"""Whether a new version gets traffic: it is asked until it knows, or no time is left."""

import time
from collections.abc import Callable
from typing import Final, Protocol

from cairn.kernel.observability import logger
from cairn.platform.release_check import Status, Verdict

_PAUSE: Final = 5  # seconds; a database that was paused takes 15 to 30 to resume
_NEEDS: Final = 180  # seconds that one more question and the answer to CodeDeploy may take


class Releases(Protocol):
    """New versions, and the deployments that wait to give them traffic."""

    def ask(self, version_arn: str) -> Verdict:
        """What a version says of itself."""
        ...

    def answer(self, deployment_id: str, execution_id: str, *, succeeded: bool) -> None:
        """Lets a deployment go on, or ends it."""
        ...


class CheckRelease:
    """Checks the new version of one function, and answers the deployment that waits for it."""

    def __init__(self, releases: Releases, function: str, version_arn: str, *, pause: float = _PAUSE) -> None:
        """`pause` is in seconds, between two questions."""
        self._releases = releases
        self._function = function
        self._version_arn = version_arn
        self._pause = pause

    def __call__(self, deployment_id: str, execution_id: str, seconds_left: Callable[[], float]) -> Verdict:
        """The verdict, which the deployment has been told; one that still waits has failed."""
        while (verdict := self._releases.ask(self._version_arn)).status is Status.WAITING:
            if seconds_left() < _NEEDS + self._pause:
                break
            time.sleep(self._pause)
        self._log(verdict)
        self._releases.answer(deployment_id, execution_id, succeeded=verdict.status is Status.GOOD)
        return verdict

    def _log(self, verdict: Verdict) -> None:
        arn = self._version_arn
        if verdict.status is Status.GOOD:
            logger.info(f"The release of {self._function} may have traffic.", action="release.passed", version_arn=arn)
        else:
            sentence = f"The release of {self._function} gets no traffic: {verdict.reason}"
            logger.error(sentence, action="release.refused", version_arn=arn)
