"""The parts of a statement, each drawn from what the journal tells of one hold."""
