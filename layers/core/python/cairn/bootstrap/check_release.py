"""The service behind functions/check_release."""

from cairn.kernel.settings import CheckReleaseSettings
from cairn.releases.codedeploy import Releases
from cairn.releases.deployment import CheckRelease


def check_release(settings: CheckReleaseSettings) -> CheckRelease:
    """The service behind functions/check_release."""
    return CheckRelease(Releases(), settings.checked_function, settings.checked_version_arn)
