"""Each cause that lies in a device has one plain sentence."""

import pytest

from meterhold.domain.sentences import SENTENCES, sentence
from meterhold.domain.words import Because

OF_DEVICES = [
    Because.WELDED,
    Because.LEAKING,
    Because.INTERMEDIATE_POSITION,
    Because.NO_MOVEMENT,
    Because.LOAD_SIDE_VOLTAGE,
    Because.LOAD_TOO_HIGH,
    Because.TRIPPED,
    Because.LOCAL_CONTROL,
    Because.BATTERY_LOW,
    Because.EMPTY_PIPE,
    Because.LEAK_ON_RESTORE,
    Because.NO_EVIDENCE,
    Because.DEVICE_OFFLINE,
]


@pytest.mark.parametrize("because", OF_DEVICES)
def test_an_operator_is_told_in_a_sentence(because: Because) -> None:
    """Not in a code."""
    said = sentence(because)
    assert because.value not in said
    assert len(said.split()) > 4


def test_no_two_causes_sound_the_same() -> None:
    """Who reads one knows which it is."""
    assert len(set(SENTENCES.values())) == len(SENTENCES)


def test_a_cause_that_is_no_device_s_is_named() -> None:
    """Rather than nothing."""
    assert sentence(Because.PAYMENT_REQUIRED) == "PAYMENT_REQUIRED"


OF_RULES = [
    *(because for because in Because if because.startswith("POLICY_")),
    Because.MORATORIUM,
    Because.INSPECTION_DUE,
    Because.PROTECTED_CUSTOMER,
    Because.FIRE_SERVICE,
]


@pytest.mark.parametrize("because", OF_RULES)
def test_whoever_is_stopped_by_a_rule_hears_it_in_a_sentence(because: Because) -> None:
    """As for a device."""
    assert because.value not in sentence(because)
