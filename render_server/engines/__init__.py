"""Engines: what starts workers on machines with a GPU."""
