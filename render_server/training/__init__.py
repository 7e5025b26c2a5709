"""Offline training: scenes made by code, the procedural painter that paints the targets, and the training of the network."""
