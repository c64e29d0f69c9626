"""Profiles survive the file they are in, and the file survives us."""

from __future__ import annotations

import stat

import pytest

from engine import paths
from engine.endpoints.profiles import DEFAULT_LOCAL_MODEL, Profile, Profiles, normal_url
from engine.errors import SettingsError, UsageError

COMMENTED = """\
# my servers
current = "lab"

[endpoints.lab]
url = "http://10.0.0.7:8000"  # in the cellar
model = "big"
key_env = "LAB_KEY"

[endpoints.other]
url = "https://example.org"
"""


@pytest.fixture
def write():
    def put(text: str):
        paths.write_private(paths.config_dir() / "endpoints.toml", text)
        return Profiles()

    return put


def test_without_a_file_there_is_the_embedded_model():
    (only,) = Profiles()
    assert (only.name, only.kind, only.model) == ("local", "local", DEFAULT_LOCAL_MODEL)
    assert Profiles().get() == only
    assert not Profiles().path.exists()


def test_what_is_added_is_read_back():
    added = Profiles().add("lab", url="http://h:1/v1/", model="m", key_env="K", flavor="vllm", usd_per_second=0.5)
    profiles = Profiles()
    assert profiles.get("lab") == added
    assert added.url == "http://h:1"
    assert [p.name for p in profiles] == ["local", "lab"]
    assert profiles.current == "local"
    assert stat.S_IMODE(profiles.path.stat().st_mode) == 0o600


def test_comments_and_order_survive_every_change(write):
    profiles = write(COMMENTED)
    profiles.add("third", url="http://h:3")
    profiles.use("other")
    profiles.remove("third")
    assert profiles.path.read_text().rstrip() == COMMENTED.replace('current = "lab"', 'current = "other"').rstrip()


def test_an_added_profile_replaces_its_namesake(write):
    profiles = write(COMMENTED)
    profiles.add("lab", url="http://new:1")
    assert Profiles().get("lab") == Profile(name="lab", url="http://new:1")


def test_use_and_remove():
    profiles = Profiles()
    profiles.add("lab", url="http://h:1")
    assert profiles.use("lab").name == "lab"
    assert Profiles().get().name == "lab"
    profiles.remove("lab")
    assert Profiles().current == "local"
    assert [p.name for p in profiles] == ["local"]


def test_a_url_is_a_profile_without_a_name():
    profile = Profiles().get("http://127.0.0.1:8080/v1/")
    assert profile.name == profile.url == "http://127.0.0.1:8080"
    assert Profiles().use("https://h").name == "https://h"
    assert Profiles().get().url == "https://h"


@pytest.mark.parametrize("name", ["lab", "", "http://h:1"])
def test_what_is_not_there_cannot_be_removed(name):
    with pytest.raises(UsageError, match="Known endpoints: local"):
        Profiles().remove(name)


def test_an_unknown_name_lists_the_known_ones():
    Profiles().add("lab", url="http://h:1")
    with pytest.raises(UsageError, match="Known endpoints: local, lab"):
        Profiles().get("lib")
    with pytest.raises(UsageError):
        Profiles().use("lib")


@pytest.mark.parametrize("name", ["local", "", "a b", "http://h", "a/b", "x" * 65, "\x1b[31m"])
def test_names_that_cannot_be(name):
    with pytest.raises(UsageError):
        Profiles().add(name, url="http://h:1")
    assert not Profiles().path.exists()


@pytest.mark.parametrize(
    "url",
    [
        "h:1",
        "ftp://h",
        "http://",
        "http://h:99999",
        "http://[::1",
        "http://a b",
        "https://user:secret@h",
        "http://h?key=secret",
        "http://h#secret",
    ],
)
def test_urls_that_cannot_be(url):
    with pytest.raises(ValueError):
        normal_url(url)
    with pytest.raises(UsageError, match="url") as refused:
        Profiles().add("lab", url=url)
    assert "secret" not in str(refused.value)
    if url.startswith("http"):
        with pytest.raises(UsageError):
            Profiles().get(url)


@pytest.mark.parametrize("url", ["http://h", "http://h/", "http://h/v1", "http://h/v1/"])
def test_the_version_in_a_url_is_ours(url):
    assert normal_url(url) == "http://h"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("current = ", "cannot be read"),
        ("endpoints = 3", "table"),
        ("[endpoints]\nlab = 3", "table"),
        ('[endpoints.lab]\nurl = "http://h"\nmodle = "m"', "'lab', field 'modle'"),
        ('[endpoints.lab]\nurl = "http://h"\nidle_s = "soon"', "field 'idle_s'"),
        ('[endpoints.lab]\nurl = "http://h"\nusd_per_second = -1', "field 'usd_per_second'"),
        ('[endpoints.lab]\nurl = "h:1"', "field 'url'"),
        ('[endpoints.lab]\nmodel = "m"', "'lab' has no url"),
        ('[endpoints.lab]\nurl = "http://h"\napi_key = "sk-1"', "field 'api_key'"),
    ],
)
def test_a_wrong_file_names_itself_and_the_field(write, text, says):
    with pytest.raises(SettingsError, match=says) as wrong:
        write(text)
    assert "endpoints.toml" in wrong.value.what
    assert "sk-1" not in str(wrong.value)


def test_a_file_that_is_no_text(write):
    path = write("").path
    path.write_bytes(b"\xff\xfe")
    with pytest.raises(SettingsError, match="cannot be read"):
        Profiles()


def test_the_embedded_model_can_be_configured_and_forgets_it(write):
    profiles = write('[endpoints.local]\nidle_s = 60\nmodel = "smollm2-135m"\n')
    local = profiles.get("local")
    assert (local.kind, local.idle_s, local.model) == ("local", 60, "smollm2-135m")
    profiles.remove("local")
    assert profiles.get("local").model == Profiles().get("local").model == DEFAULT_LOCAL_MODEL


def test_a_file_that_cannot_be_written_is_told(tmp_path):
    (tmp_path / "lift-config").write_text("in the way")
    with pytest.raises(SettingsError):
        Profiles().add("lab", url="http://h")


def test_a_current_endpoint_that_is_gone_is_told(write):
    with pytest.raises(UsageError, match="no endpoint called 'gone'"):
        write('current = "gone"').get()


def test_what_a_run_costs():
    profile = Profile(
        name="x",
        url="http://h",
        usd_per_second=0.5,
        usd_per_million_prompt_tokens=2,
        usd_per_million_completion_tokens=4,
    )
    assert profile.cost_usd(prompt_tokens=500_000, completion_tokens=250_000, seconds=4) == 2 + 1 + 1
