"""How a profile's points are asked for and what their answers mean: compiled once, then pure and quick."""
