import pytest

from local.addresses import app_role, as_role, read_url, without_password, write_url
from local.errors import StartError


@pytest.mark.parametrize(
    ("owner", "app"),
    [
        ("postgresql://o:p@h:5433/name?sslmode=require", "postgresql://r:s%2F@h:5433/name?sslmode=require"),
        ("postgres://o@h", "postgresql://r:s%2F@h/o"),
        ("postgresql:///name?host=/run/pg&user=o", "postgresql://r:s%2F@/name?host=%2Frun%2Fpg"),
        ("postgresql://o@a:1,b:2/name", "postgresql://r:s%2F@/name?port=1%2C2&host=a%2Cb"),
        ("host=h dbname=name user=o password=p", "postgresql://r:s%2F@h/name"),
    ],
)
def test_the_application_url_differs_in_role_and_password_only(owner, app):
    assert as_role(read_url(owner), "r", "s/") == app
    assert read_url(app) == {**read_url(owner), "user": "r", "password": "s/"}


def test_a_url_survives_reading_and_writing():
    url = "postgresql://o:p%40%3A@h:5433/na%2Fme?sslmode=require"
    assert write_url(read_url(url)) == url


def test_the_role_is_named_after_the_database_within_what_postgres_allows():
    assert app_role({"dbname": "My-Db"}) == "cairn_my_db"
    assert len(app_role({"dbname": "x" * 100})) == 63


def test_what_names_a_database_holds_no_credentials():
    assert without_password(read_url("postgresql://o:p@h/name")) == "postgresql://h/name"


def test_a_url_of_something_else_is_refused_without_showing_it():
    with pytest.raises(StartError) as refused:
        read_url("mysql://user:secret@host/name")
    assert "secret" not in str(refused.value)
