"""What crosses the border: orders, holds, statements, problems, configuration."""
