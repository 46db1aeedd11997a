"""A simulator made from a profile alone, for seeing a profile at work before there is a meter.

It believes whatever the profile says, so that it is evidence of nothing: no test may rest on it.
"""
