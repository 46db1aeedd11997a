"""The codecs that ship with the package, one a module: what a vendor's bytes mean, as plain functions.

A codec is a module (or any object) named by an entry point of the group ``meterhold.codecs``. It has any of:

``decode(message) -> dict``
    makes bytes (or whatever a message holds) into named values; raises ``ValueError`` for what it cannot read;
``encode(command, number) -> str``
    makes the text that stands in a payload for a command; ``number`` (1 to 255) tells one command from the next;
``words(value) -> Sequence[int]``
    makes the words that must be written, from a value that was read: a key made of a serial number.

All are pure: same input, same output, nothing else touched.
"""
