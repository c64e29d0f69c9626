"""Keys come from the environment or the keyring, and go nowhere else."""

from __future__ import annotations

import stat

import keyring
import pytest
from keyring.backend import KeyringBackend
from keyring.backends import null
from keyring.errors import NoKeyringError, PasswordDeleteError

from engine.endpoints.credentials import api_key, forget_key, keep_key, key_file, store_key
from engine.endpoints.profiles import Profile, Profiles
from engine.errors import SettingsError


class Memory(KeyringBackend):
    """A keyring that keeps keys while the test runs."""

    priority = 1

    def __init__(self):
        super().__init__()
        self.kept = {}

    def get_password(self, service, username):
        return self.kept.get((service, username))

    def set_password(self, service, username, password):
        self.kept[service, username] = password

    def delete_password(self, service, username):
        if self.kept.pop((service, username), None) is None:
            raise PasswordDeleteError("none")


class Broken(KeyringBackend):
    """As on a server without one."""

    priority = 1

    def get_password(self, *_):
        raise NoKeyringError("none")

    set_password = delete_password = get_password


@pytest.fixture(autouse=True)
def backend():
    before = keyring.get_keyring()
    keyring.set_keyring(null.Keyring())
    yield keyring.set_keyring
    keyring.set_keyring(before)


def profile(**fields):
    return Profile(**{"name": "lab", "url": "http://h:1"} | fields)


def test_from_the_environment(monkeypatch):
    monkeypatch.setenv("LAB_KEY", " sk-1\n")
    assert api_key(profile(key_env="LAB_KEY")) == "sk-1"


@pytest.mark.parametrize("value", [None, ""])
def test_a_variable_that_is_not_set_is_named(monkeypatch, value):
    monkeypatch.delenv("LAB_KEY", raising=False)
    if value is not None:
        monkeypatch.setenv("LAB_KEY", value)
    with pytest.raises(SettingsError, match=r"\$LAB_KEY, which is not set") as missing:
        api_key(profile(key_env="LAB_KEY"))
    assert "export LAB_KEY" in missing.value.todo


@pytest.mark.parametrize("value", ["sk-ä", "sk-1\nX-Other: 2", "sk\x1b"])
def test_a_key_that_cannot_be_sent_is_refused_without_showing_it(monkeypatch, value):
    monkeypatch.setenv("LAB_KEY", value)
    with pytest.raises(SettingsError) as refused:
        api_key(profile(key_env="LAB_KEY"))
    assert "sk" not in str(refused.value)


def test_no_key_is_no_key(backend):
    assert api_key(profile()) is None
    backend(Broken())
    assert api_key(profile()) is None


def test_the_keyring_keeps_it_and_the_file_does_not(backend):
    backend(Memory())
    Profiles().add("lab", url="http://h:1")
    store_key("lab", "sk-secret")
    assert api_key(profile()) == "sk-secret"
    assert "sk-secret" not in Profiles().path.read_text()
    forget_key("lab")
    assert api_key(profile()) is None
    forget_key("lab")


@pytest.mark.parametrize("absent", [null.Keyring, Broken])
def test_a_keyring_that_keeps_nothing_is_told(backend, absent):
    backend(absent())
    with pytest.raises(SettingsError, match="no keyring"):
        store_key("lab", "sk-1")
    forget_key("lab")


def test_the_environment_goes_first(backend, monkeypatch):
    backend(Memory())
    store_key("lab", "from the keyring")
    monkeypatch.setenv("LAB_KEY", "from-the-environment")
    assert api_key(profile(key_env="LAB_KEY")) == "from-the-environment"


@pytest.mark.parametrize("other", [profile(name="http://h:1"), Profile(name="local", kind="local")])
def test_what_has_no_name_of_its_own_has_no_key(backend, other):
    memory = Memory()
    memory.get_password = lambda *_: pytest.fail("asked the keyring")
    backend(memory)
    assert api_key(other) is None


@pytest.mark.parametrize("absent", [null.Keyring, Broken])
def test_without_a_keyring_a_key_of_ours_lies_in_a_file_that_only_its_user_reads(backend, absent):
    backend(absent())
    assert keep_key("lab", "wk-1.ws-1") == "file"
    assert keep_key("other", "wk-2.ws-2") == "file"
    assert stat.S_IMODE(key_file().stat().st_mode) == 0o600
    assert stat.S_IMODE(key_file().parent.stat().st_mode) == 0o700
    assert (api_key(profile()), api_key(profile(name="other"))) == ("wk-1.ws-1", "wk-2.ws-2")
    forget_key("lab")
    assert (api_key(profile()), api_key(profile(name="other"))) == (None, "wk-2.ws-2")


def test_a_keyring_that_comes_later_takes_over(backend):
    keep_key("lab", "old")
    backend(Memory())
    assert keep_key("lab", "new") == "keyring"
    assert api_key(profile()) == "new"
    assert "old" not in key_file().read_text()


@pytest.mark.parametrize("damage", ["", "[]", '{"lab": 3}', "\udcff"])
def test_a_damaged_key_file_holds_no_keys(damage):
    keep_key("lab", "k")
    key_file().write_bytes(damage.encode("utf-8", "surrogateescape"))
    assert api_key(profile()) is None
    assert keep_key("lab", "k2") == "file"
    assert api_key(profile()) == "k2"
