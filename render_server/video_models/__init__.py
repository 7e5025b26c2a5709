"""What turns guides into painted frames, causally."""
