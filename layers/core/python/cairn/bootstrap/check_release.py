"""The service behind functions/check_release."""

from cairn.adapters.releases import Releases
from cairn.settings import CheckReleaseSettings
from cairn.usecases.check_release import CheckRelease


def check_release(settings: CheckReleaseSettings) -> CheckRelease:
    """The service behind functions/check_release."""
    return CheckRelease(Releases(), settings.checked_function, settings.checked_version_arn)
