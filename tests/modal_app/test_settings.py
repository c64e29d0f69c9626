"""Profiles, scales, overrides, and what is said about a wrong one."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from modal_app.settings import PROFILES, REVISIONS, SCALES, Settings, SettingsError

CUSTOM = {"model": "acme/coder-3b", "revision": "0" * 40}


def test_the_default_is_the_7b_model_scaled_for_development():
    settings = Settings.from_environment({})
    assert settings.model == "Qwen/Qwen2.5-Coder-7B-Instruct"
    assert settings.gpu == "L40S"
    assert settings.snapshots
    assert (settings.min_containers, settings.max_containers, settings.scaledown_seconds) == (0, 1, 60)


@pytest.mark.parametrize(
    ("profile", "gpu", "size"), [("1.5b", "L4", "1.5B"), ("7b", "L40S", "7B"), ("32b", "H100", "32B")]
)
def test_each_profile_is_complete_and_pinned(profile: str, gpu: str, size: str):
    settings = Settings.choose({"profile": profile})
    assert settings.gpu == gpu
    assert f"-{size}-" in settings.model
    assert settings.revision == REVISIONS[settings.model]


def test_the_weights_fit_into_host_memory_twice_over_where_they_sleep():
    gigabytes = {"1.5b": 3.1, "7b": 15.2, "32b": 65.5}
    assert gigabytes.keys() == PROFILES.keys()
    for profile, size in gigabytes.items():
        assert Settings.choose({"profile": profile}).memory_mib * 2**20 > 1.5 * size * 1e9


def test_longer_scales_wait_longer_and_none_is_always_on():
    waits = [Settings.choose({"scale": scale}).scaledown_seconds for scale in ("dev", "demo", "prod")]
    assert waits == sorted(set(waits))
    assert all(scale["min_containers"] == 0 for scale in SCALES.values())


def test_a_known_model_brings_its_own_profile():
    settings = Settings.choose({"model": "Qwen/Qwen2.5-Coder-32B-Instruct"})
    assert settings.gpu == "H100"
    assert settings.revision == REVISIONS[settings.model]


def test_a_value_overrides_profile_and_scale():
    settings = Settings.choose({"profile": "1.5b", "scale": "prod", "gpu": "H100:2", "max_containers": "3"})
    assert (settings.gpu, settings.gpu_count, settings.max_containers) == ("H100:2", 2, 3)
    assert settings.scaledown_seconds == SCALES["prod"]["scaledown_seconds"]


def test_another_model_needs_a_revision():
    with pytest.raises(SettingsError, match=r"LIFT_MODAL_REVISION is missing.*commit.*acme/coder-3b"):
        Settings.from_environment({"LIFT_MODAL_MODEL": "acme/coder-3b"})
    assert Settings.choose(CUSTOM).revision == "0" * 40


def test_a_revision_of_ones_own_wins():
    assert Settings.choose({"profile": "7b", "revision": "a" * 40}).revision == "a" * 40


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("GPU", "L40S;rm", r"LIFT_MODAL_GPU is 'L40S;rm', which is no GPU type"),
        ("GPU", "H100:9", r"LIFT_MODAL_GPU is 'H100:9'"),
        ("REVISION", "main", r"LIFT_MODAL_REVISION is 'main', which is no commit"),
        ("MODEL", "just-a-name", r"LIFT_MODAL_MODEL is 'just-a-name', which is no model repository"),
        ("SCALEDOWN_SECONDS", "1", r"LIFT_MODAL_SCALEDOWN_SECONDS is '1'.*greater than or equal to 2"),
        ("SCALEDOWN_SECONDS", "3601", r"less than or equal to 3600"),
        ("STARTUP_SECONDS", "soon", r"LIFT_MODAL_STARTUP_SECONDS is 'soon' .*seconds.*integer"),
        ("SNAPSHOTS", "perhaps", r"LIFT_MODAL_SNAPSHOTS is 'perhaps'.*bool"),
        ("PROFILE", "70b", r"LIFT_MODAL_PROFILE is '70b': choose one of 1.5b, 7b, 32b"),
        ("SCALE", "huge", r"LIFT_MODAL_SCALE is 'huge': choose one of dev, demo, prod"),
        ("SCALEDOWN_S", "60", r"LIFT_MODAL_SCALEDOWN_S is not .*\(did you mean LIFT_MODAL_SCALEDOWN_SECONDS\?\)"),
        ("MIN_CONTAINERS", "2", r"min_containers \(2\) is above max_containers \(1\)"),
        ("TARGET_CONCURRENCY", "65", r"target_concurrency \(65\) is above max_concurrency \(64\)"),
        ("HUB_SECRET", "a b", r"LIFT_MODAL_HUB_SECRET is 'a b'"),
    ],
)
def test_a_wrong_variable_is_named_with_the_reason(name: str, value: str, said: str):
    model = {"LIFT_MODAL_REVISION": "0" * 40} if name == "MODEL" else {}
    with pytest.raises(SettingsError, match=said) as raised:
        Settings.from_environment({f"LIFT_MODAL_{name}": value, **model})
    assert "pydantic" not in str(raised.value)


def test_every_wrong_variable_is_named_at_once():
    with pytest.raises(SettingsError) as raised:
        Settings.from_environment({"LIFT_MODAL_GPU": "?", "LIFT_MODAL_MEMORY_MIB": "1"})
    assert len(str(raised.value).splitlines()) == 2


def test_a_command_line_names_its_own_flags():
    with pytest.raises(SettingsError, match="--gpu is '!'"):
        Settings.choose({"gpu": "!"}, lambda name: f"--{name}")


def test_other_variables_and_empty_ones_do_not_count():
    assert Settings.from_environment({"LIFT_MODAL_GPU": " ", "LIFT_DB": "x"}) == Settings.choose({})


@pytest.mark.parametrize("word", ["off", "false", "0", "no", "Off"])
def test_snapshots_can_be_switched_off(word: str):
    assert not Settings.from_environment({"LIFT_MODAL_SNAPSHOTS": word}).snapshots


@pytest.mark.parametrize(
    "chosen",
    [
        *({"profile": profile} for profile in PROFILES),
        {"snapshots": False, "eager": True},
        {"hub_secret": "hf"},
        CUSTOM,
    ],
)
def test_the_container_reads_exactly_what_was_deployed(chosen: dict[str, object]):
    settings = Settings.choose(chosen)
    assert Settings.from_environment(settings.to_environment()) == settings


def test_settings_do_not_change():
    with pytest.raises(ValidationError, match="frozen"):
        Settings.choose({}).gpu = "B200"
