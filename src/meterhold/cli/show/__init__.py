"""How the API's documents look to people."""
