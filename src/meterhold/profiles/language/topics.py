"""MQTT topics that reach exactly one device."""

GROUP_SEGMENTS = frozenset({"tasmotas", "sonoffs", "shellies", "bridge", "group", "groups"})
"""Topic levels by which firmwares and bridges address many devices at once, or themselves."""

_MOST_BYTES = 512


def topic_faults(topic: str) -> list[str]:
    """Say everything that keeps a topic from being the name of one place."""
    faults = []
    if not topic:
        faults.append("a topic must not be empty")
    if len(topic.encode("utf-8", errors="replace")) > _MOST_BYTES:
        faults.append(f"a topic longer than {_MOST_BYTES} bytes is refused")
    if "+" in topic or "#" in topic:
        faults.append("a topic with a wildcard (+ or #) names many devices")
    if topic.startswith("$"):
        faults.append("a topic that begins with $ belongs to the broker")
    if topic.startswith("/") or topic.endswith("/") or "//" in topic:
        faults.append("a topic must not have an empty level")
    if any(ord(character) < ord(" ") or character in '"\\\x7f' for character in topic):
        faults.append("a topic must not hold quotes, backslashes or control characters")
    faults.extend(
        f"{level!r} in a topic addresses a group" for level in topic.split("/") if level.lower() in GROUP_SEGMENTS
    )
    return faults
