"""Turn a utility's soft-disconnect orders into verified remote disconnects and reconnects."""
