"""Simulated meters that behave, and misbehave, like real ones; nothing here imports the gateway."""
