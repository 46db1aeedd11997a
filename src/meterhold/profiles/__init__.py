"""What a meter model is: profiles as data, and everything that can be said of them without touching a wire."""

from meterhold.domain.commands import Capability
from meterhold.profiles.addresses import check_address, example_address
from meterhold.profiles.carrier import CarrierRules
from meterhold.profiles.commanding import (
    command_id,
    command_topics,
    plan_command,
    plan_withdraw,
    plan_writes,
    show_command,
)
from meterhold.profiles.describing import describe
from meterhold.profiles.json_schema import profile_json_schema
from meterhold.profiles.language.base import Wire
from meterhold.profiles.language.definition import Line
from meterhold.profiles.language.sections import Timing
from meterhold.profiles.loader import load_profiles, parse_profile
from meterhold.profiles.modbus_steps import resolve
from meterhold.profiles.ordering import is_news
from meterhold.profiles.profile import Profile, decode_look, decode_settings
from meterhold.profiles.requests import follows, plan_latest, plan_look, plan_receipts, plan_settings, topics_to_follow
from meterhold.profiles.showing import PointShown, show_points

__all__ = [
    "Capability",
    "CarrierRules",
    "Line",
    "PointShown",
    "Profile",
    "Timing",
    "Wire",
    "check_address",
    "command_id",
    "command_topics",
    "decode_look",
    "decode_settings",
    "describe",
    "example_address",
    "follows",
    "is_news",
    "load_profiles",
    "parse_profile",
    "plan_command",
    "plan_latest",
    "plan_look",
    "plan_receipts",
    "plan_settings",
    "plan_withdraw",
    "plan_writes",
    "profile_json_schema",
    "resolve",
    "show_command",
    "show_points",
    "topics_to_follow",
]
