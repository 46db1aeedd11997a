"""Which of a broker's shards carries a meter."""

from zlib import crc32

from meterhold.usecases.ports import Links


def shard_of(links: Links, link: str, meter_id: str) -> str:
    """The link that carries a meter of a configured link: the same in every process, and after every restart."""
    shards = links.shards(link)
    return shards[crc32(meter_id.encode()) % len(shards)]
