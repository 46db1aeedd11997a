"""Trying a profile at a real meter: questions only. Nothing here can write."""
