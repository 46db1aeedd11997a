"""``python -m meterhold`` is the ``meterhold`` command."""

from meterhold.cli import main

if __name__ == "__main__":
    main()
