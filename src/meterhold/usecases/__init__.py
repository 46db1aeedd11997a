"""What meterhold does, one use case a file. ``ports.py`` names what they need of the world."""
