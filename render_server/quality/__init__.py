"""Figures, pictures and a report that say how good a painted shot is, measured without any learned network."""
