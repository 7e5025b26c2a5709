"""What the plug-in does, without Maya: the host is handed in."""
