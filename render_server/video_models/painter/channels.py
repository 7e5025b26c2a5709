"""What the network is fed, by name. Standard library only, so that a training needs no more than torch, numpy, Pillow and safetensors."""

from __future__ import annotations

STRUCTURE = ("red", "green", "blue", "nearness", "normal_x", "normal_y", "normal_z", "edge", "facing")
SCAFFOLD = ("hash_a", "hash_b", "along", "across", "cos2", "sin2", "bristle", "red", "green", "blue", "height", "layer", "size")
MARKS = ("broad", "wavy", "fine", "line")
GUIDES = len(STRUCTURE) + len(SCAFFOLD) + len(MARKS)
STROKE_COLOUR = len(STRUCTURE) + SCAFFOLD.index("red")  # where the stroke's colour stands in the guides
LAYER = len(STRUCTURE) + SCAFFOLD.index("layer")  # 0 where there is no stroke
FOLDS = ((7.31, 3.17), (5.7, 9.1))  # how a stroke's two hashes fold into two more random numbers: the fraction of the weighted sum
MEMORY = 4  # the previous frame carried here (3), and where it is usable
INPUTS = GUIDES + MEMORY + len(FOLDS)
INKS = 6  # the colours of ground and line, OKLab
