"""What a profile may say: the language as pydantic models, and the rules that one field alone cannot hold."""
