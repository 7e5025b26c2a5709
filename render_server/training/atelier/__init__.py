"""Procedural shots: rooms, streets, parks and stages with walking mannequins and moving cameras, each a pure function of its seed."""
