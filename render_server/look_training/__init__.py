"""Trains a look on art: stills, frames of finished shots, frames that were painted over."""
