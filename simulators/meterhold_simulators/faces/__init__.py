"""How each model looks on its wire: register tables and message formats, encoded here and nowhere else."""
