"""The HTTP side: a guard in front, routers without logic, problems as JSON."""
