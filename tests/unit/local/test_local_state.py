import pytest

from local.errors import StartError
from local.state import DataDirectory, read_info


@pytest.fixture
def directory(tmp_path):
    opened = DataDirectory(tmp_path / "data")
    opened.open()
    yield opened
    opened.close()


def test_only_one_service_can_hold_a_directory(directory):
    with pytest.raises(StartError, match="already runs"):
        DataDirectory(directory.path).open()
    directory.close()
    again = DataDirectory(directory.path)
    again.open()
    again.close()


def test_a_start_forgets_that_an_earlier_run_was_ready(directory):
    directory.write_info({"url": "x"})
    assert read_info(directory.path) == {"url": "x"}
    assert directory.info_file.stat().st_mode & 0o777 == 0o600
    directory.close()
    directory.open()
    assert read_info(directory.path) is None


def test_secrets_and_keys_are_the_same_at_every_start(directory):
    first = directory.secret("app")
    directory.keep_project("db", "p", "k")
    other = DataDirectory(directory.path)
    assert other.secret("app") == first
    assert other.project("db") == ("p", "k")
    assert other.project("another") is None
    assert (directory.path / "secrets.json").stat().st_mode & 0o777 == 0o600


def test_the_project_of_a_database_that_is_gone_is_forgotten(directory):
    directory.keep_project("db", "p", "k")
    directory.forget_project("db")
    assert directory.project("db") is None


def test_a_file_in_place_of_the_directory_is_one_clear_line(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(StartError, match="CAIRN_LOCAL_DIR"):
        DataDirectory(tmp_path / "file").open()


def test_unreadable_secrets_are_one_clear_line(directory):
    (directory.path / "secrets.json").write_text("{")
    with pytest.raises(StartError, match=r"secrets\.json"):
        directory.secret("app")
