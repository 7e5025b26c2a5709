"""The art that looks are trained on: its pieces, their rights, their history. Standard library only; pixels are art_pictures' business."""
