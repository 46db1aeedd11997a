"""A broker divided into shards: links of their own, over which the broker's meters are spread."""

_MARK = "#"
"""No configured name holds it."""


def shard_names(link: str, shards: int) -> tuple[str, ...]:
    """The names of a link's shards; its own name where it is not divided."""
    return (link,) if shards == 1 else tuple(f"{link}{_MARK}{number}" for number in range(shards))
